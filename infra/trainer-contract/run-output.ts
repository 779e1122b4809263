import { type AttemptRecord, emptyAttemptRecord, recordLine } from "./attempt-record.ts";
import { FileTail, type TailBatch, type TailRestart } from "./file-tail.ts";
import type { StreamLine } from "./line-assembler.ts";
import { type MetricPoint, parseTrainerLine } from "./trainer-line.ts";

/** A trainer that cannot append to a file prints the same lines to stdout behind this. */
export const stdoutPrefix = "LADDER: ";

/** A line that could not be read, or not wholly: counted, kept and shown. */
export interface BadLine {
  readonly source: "metrics" | "stdout";
  /** 1, 2, … in its file: with the source it tells the same line read twice from two lines. */
  readonly number: number;
  /** The line, at most 500 characters of it. */
  readonly text: string;
  readonly problem: string;
}

export interface CheckpointLine {
  readonly step: number;
  readonly path: string;
}

/** What a trainer has said since the last look. */
export interface OutputBatch {
  readonly points: readonly MetricPoint[];
  readonly badLines: readonly BadLine[];
  readonly checkpoints: readonly CheckpointLine[];
  readonly restarts: readonly TailRestart[];
  /** True when there is more to read at once. */
  readonly more: boolean;
}

/** Follows one attempt's output: its metrics file and, behind the prefix, its stdout. */
export class RunOutput {
  private readonly metrics: FileTail;
  private readonly stdout: FileTail;
  private current: AttemptRecord = emptyAttemptRecord;

  constructor(files: { readonly metrics: string; readonly stdout: string }) {
    this.metrics = new FileTail(files.metrics);
    this.stdout = new FileTail(files.stdout);
  }

  /** Everything said so far, folded. */
  get record(): AttemptRecord {
    return this.current;
  }

  /** What was appended since the last call (bounded; see `more`). */
  async read(): Promise<OutputBatch> {
    return this.interpret(await this.metrics.read(), await this.stdout.read());
  }

  /** A last line that was never ended, for when the trainer is known to be gone and `read` has no more. */
  finish(): OutputBatch {
    const rest = (lines: readonly StreamLine[]): TailBatch => ({ lines, restarts: [], more: false });
    return this.interpret(rest(this.metrics.finish()), rest(this.stdout.finish()));
  }

  private interpret(metrics: TailBatch, stdout: TailBatch): OutputBatch {
    const points: MetricPoint[] = [];
    const badLines: BadLine[] = [];
    const checkpoints: CheckpointLine[] = [];
    const take = (source: BadLine["source"], { number, text }: StreamLine): void => {
      const line = parseTrainerLine(text);
      this.current = recordLine(this.current, line);
      if (line.kind === "metric") points.push(...line.points);
      if (line.kind === "event" && line.event.event === "checkpoint") checkpoints.push({ step: line.event.step, path: line.event.path });
      if (line.kind === "event" && line.event.event === "coordinates") {
        const { step, values } = line.event;
        points.push(...Object.entries(values).map(([name, value]) => ({ name: `coordinates/${name}`, step, value })));
      }
      const problem = line.kind === "bad" || line.kind === "metric" ? line.problem : undefined;
      if (problem !== undefined) badLines.push({ source, number, text: text.slice(0, 500), problem });
    };
    for (const line of metrics.lines) take("metrics", line);
    for (const line of stdout.lines.flatMap(unprefixed)) take("stdout", line);
    return { points, badLines, checkpoints, restarts: [...metrics.restarts, ...stdout.restarts], more: metrics.more || stdout.more };
  }
}

/** The line behind the prefix, or nothing. A progress bar may stand before it, ended by a carriage return. */
export function unprefixed({ number, text }: StreamLine): readonly StreamLine[] {
  const visible = text.slice(text.lastIndexOf("\r") + 1);
  return visible.startsWith(stdoutPrefix) ? [{ number, text: visible.slice(stdoutPrefix.length) }] : [];
}
