import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type TrainerEvent, trainerEventSchema, type TrainerRun } from "../../../analysis/study/trainer-contract.ts";
import { mlpRun, transformerRun } from "../../unit/trainer/example-runs.ts";

const program = fileURLToPath(new URL("../../../trainers/reference/main.ts", import.meta.url));
const tsx = import.meta.resolve("tsx");

interface Started {
  readonly child: ChildProcess;
  readonly metrics: string;
  /** Resolves with the exit code and what was written to stderr. */
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

describe("the trainer as a process", () => {
  let folder = "";
  let count = 0;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ladder-trainer-process-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function start(run: unknown, nodeOptions: readonly string[] = [], environment: Readonly<Record<string, string>> = {}): Started {
    count += 1;
    const runFile = join(folder, `run-${count}.json`);
    const metrics = join(folder, `metrics-${count}.jsonl`);
    writeFileSync(runFile, JSON.stringify(run));
    const child = spawn(process.execPath, [...nodeOptions, "--import", tsx, program], {
      env: { ...process.env, LADDER_RUN: runFile, LADDER_METRICS: metrics, ...environment },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    const ended = new Promise<{ code: number | null; stderr: string }>((resolve) =>
      child.once("close", (code) => resolve({ code, stderr })),
    );
    return { child, metrics, ended };
  }

  const linesOf = (path: string): readonly unknown[] =>
    existsSync(path)
      ? readFileSync(path, "utf8")
          .split("\n")
          .slice(0, -1)
          .map((line): unknown => JSON.parse(line))
      : [];
  const eventsOf = (path: string): readonly TrainerEvent[] =>
    linesOf(path).flatMap((line) => trainerEventSchema.safeParse(line).data ?? []);
  const pointsOf = (path: string) => linesOf(path).filter((line) => typeof line === "object" && line !== null && !("event" in line));

  it("trains to a done line and exits 0", async () => {
    const { ended, metrics } = start(mlpRun());
    expect((await ended).code).toBe(0);
    expect(eventsOf(metrics)).toMatchObject([{ event: "done", step: 20, tokens: 320 }]);
  });

  it("SIGTERM: checkpoint and exit 75; resumed, it ends with the bits of a run that was never stopped", async () => {
    const run: TrainerRun = {
      ...transformerRun({ width: 32, steps: 600, sequences: 16, logEverySteps: 5 }),
      checkpoint: { folder: join(folder, "checkpoints"), everySteps: 0 },
    };
    const whole = start(run);
    expect((await whole.ended).code).toBe(0);

    const first = start(run);
    const deadline = Date.now() + 60_000;
    while (pointsOf(first.metrics).length < 4 && Date.now() < deadline) await delay(5);
    first.child.kill("SIGTERM");
    expect((await first.ended).code).toBe(75);
    const [checkpoint, ...others] = eventsOf(first.metrics);
    expect(others).toEqual([]);
    if (checkpoint?.event !== "checkpoint") throw new Error("no checkpoint line");
    expect(checkpoint.step).toBeLessThan(600);

    const second = start({ ...run, attempt: 2, resumeFrom: checkpoint.path });
    expect((await second.ended).code).toBe(0);
    const [resumed, done] = eventsOf(second.metrics);
    expect(resumed).toEqual({ event: "resumed", firstStep: checkpoint.step + 1 });
    expect(done).toMatchObject({ event: "done", step: 600 });
    expect([...pointsOf(first.metrics), ...pointsOf(second.metrics)]).toEqual(pointsOf(whole.metrics));
  });

  it("divergence is exit 0 with its line", async () => {
    const { ended, metrics } = start(mlpRun({ optimizer: { name: "sgd", momentum: 0.9 }, learningRate: 1e20 }));
    expect((await ended).code).toBe(0);
    expect(eventsOf(metrics)).toMatchObject([{ event: "diverged" }]);
  });

  it("a refused run exits 2, names every field, and writes no line", async () => {
    const run = mlpRun();
    const { ended, metrics } = start({ ...run, tensors: run.tensors.slice(1) });
    const { code, stderr } = await ended;
    expect(code).toBe(2);
    expect(stderr).toContain('no row for the model\'s tensor "layers.0"');
    expect(stderr).not.toContain("    at ");
    expect(linesOf(metrics)).toEqual([]);
    expect((await start({ ...run, extra: 1 }).ended).code).toBe(2);
  });

  it("a changed text exits 2, a missing environment variable too", async () => {
    const path = join(folder, "text.txt");
    writeFileSync(path, "abc\n".repeat(500));
    const sha256 = createHash("sha256").update("something else").digest("hex");
    const run = transformerRun({ vocabularySize: 96 });
    const { code, stderr } = await start({ ...run, data: { kind: "text", id: "t", path, sha256, heldOutFraction: 0.1 } }).ended;
    expect(code).toBe(2);
    expect(stderr).toContain(sha256);
    const missing = await start(run, [], { LADDER_RUN: "" }).ended;
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain("LADDER_RUN is not set");
  });

  it("Node without WebAssembly says so", async () => {
    const { code, stderr } = await start(mlpRun(), ["--jitless"]).ended;
    expect(code).toBe(5);
    expect(stderr).toContain("run node without --jitless");
  });
});
