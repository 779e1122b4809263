import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { PlannedRun } from "../analysis/study/trial.ts";
import type { Executor, JobStatus } from "../infra/executors/executor.ts";
import { readLogTail } from "../infra/log-tail.ts";
import { type AttemptOutcome, decideOutcome } from "../infra/trainer-contract/attempt-outcome.ts";
import type { AttemptRecord } from "../infra/trainer-contract/attempt-record.ts";
import { composeTrainerRun, writeRunFile } from "../infra/trainer-contract/run-file.ts";
import { type BadLine, type CheckpointLine, RunOutput } from "../infra/trainer-contract/run-output.ts";
import type { MetricPoint } from "../infra/trainer-contract/trainer-line.ts";

/** A run that is trained once, outside of any sweep, in a folder that its caller removes. */
export interface LocalTraining {
  readonly run: PlannedRun;
  /** Program and arguments; never a shell line. */
  readonly command: readonly string[];
  /** Absolute folder in which the command is started. */
  readonly workingDirectory: string;
  /** Absolute folder under which the run gets its own. */
  readonly home: string;
  /** Says who asked for it, in the attempt's key. */
  readonly purpose: string;
  /** 0: only when asked to stop. */
  readonly checkpointEverySteps: number;
  /** Seconds until it is stopped. */
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal;
}

/** Everything that a trainer said, and how it ended. */
export interface LocalOutcome {
  readonly state: AttemptOutcome["state"] | "timeout";
  /** Why, in one clause; null when there is nothing to explain. */
  readonly message: string | null;
  /** Held-out loss of its `done` line, nats per token. */
  readonly loss: number | null;
  readonly points: readonly MetricPoint[];
  readonly badLines: readonly BadLine[];
  readonly checkpoints: readonly CheckpointLine[];
  readonly record: AttemptRecord;
  readonly stderrTail: string;
}

/**
 * Runs a trainer to its end as a sweep would and reads what it wrote. Nothing is stored.
 *
 * @throws the signal's reason when it is aborted; the trainer is ended then
 */
export async function trainLocally(executor: Executor, training: LocalTraining): Promise<LocalOutcome> {
  const { run, command, workingDirectory, home, purpose, checkpointEverySteps } = training;
  const folder = join(home, "runs", run.runKey, "attempt-1");
  const checkpointFolder = join(dirname(folder), "checkpoints");
  await mkdir(folder, { recursive: true });
  await mkdir(checkpointFolder);
  const files = { run: join(folder, "run.json"), metrics: join(folder, "metrics.jsonl") };
  await writeRunFile(
    files.run,
    composeTrainerRun(run.resolved, { runKey: run.runKey, attempt: 1, checkpointFolder, checkpointEverySteps, resumeFrom: null }),
  );
  const attemptKey = `${purpose}-${run.runKey}`;
  const variables = { LADDER_RUN: files.run, LADDER_METRICS: files.metrics, LADDER_ATTEMPT: attemptKey };
  const { jobId } = await executor.submit({ attemptKey, folder, command, workingDirectory, variables });
  const status = await waitForEnd(executor, jobId, training);
  const logs = executor.logs(jobId);
  const stderrTail = await readLogTail(logs.stderr, 12);
  const said = { ...(await readAll(new RunOutput({ metrics: files.metrics, stdout: logs.stdout }))), stderrTail };
  if (status === "timeout") {
    const message = `it did not end within ${String(training.timeoutSeconds)} s and was stopped`;
    return { ...said, state: "timeout", message, loss: null };
  }
  const end =
    status.state === "exited"
      ? { kind: "exited" as const, ...status }
      : { kind: "lost" as const, reason: "the executor does not know how it ended" };
  const { state, message, loss } = decideOutcome(said.record, end, stderrTail);
  return { ...said, state, message, loss };
}

async function waitForEnd(
  executor: Executor,
  jobId: string,
  { timeoutSeconds, signal }: Pick<LocalTraining, "timeoutSeconds" | "signal">,
): Promise<JobStatus | "timeout"> {
  const deadline = performance.now() + timeoutSeconds * 1000;
  for (;;) {
    const status = (await executor.poll([jobId])).get(jobId) ?? { state: "unknown" };
    if (status.state !== "running") return status;
    if (signal.aborted || performance.now() > deadline) {
      await executor.cancel(jobId, { graceMs: 3_000 });
      signal.throwIfAborted();
      return "timeout";
    }
    await sleep(50);
  }
}

async function readAll(output: RunOutput): Promise<Pick<LocalOutcome, "points" | "badLines" | "checkpoints" | "record">> {
  const points: MetricPoint[] = [];
  const badLines: BadLine[] = [];
  const checkpoints: CheckpointLine[] = [];
  for (let more = true; more; ) {
    const batch = await output.read();
    points.push(...batch.points);
    badLines.push(...batch.badLines);
    checkpoints.push(...batch.checkpoints);
    more = batch.more;
  }
  const rest = output.finish();
  return {
    points: [...points, ...rest.points],
    badLines: [...badLines, ...rest.badLines],
    checkpoints: [...checkpoints, ...rest.checkpoints],
    record: output.record,
  };
}
