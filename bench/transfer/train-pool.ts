import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { PlannedRun } from "../../analysis/study/trial.ts";
import { trainerEventSchema } from "../../analysis/study/trainer-contract.ts";
import { composeTrainerRun, writeRunFile } from "../../infra/trainer-contract/run-file.ts";

const finishedSchema = z.object({ runKey: z.string(), loss: z.number().nullable() });
const program = join(import.meta.dirname, "../../dist/trainers/reference/main.js");

/**
 * Trains every run with the built reference trainer, one process a processor, longest first. Results are appended to
 * `<folder>/finished.jsonl` as they come; a run key found there is not trained again.
 *
 * @returns held-out loss in nats per token by run key, null where the run diverged
 */
export async function trainAll(runs: readonly PlannedRun[], folder: string): Promise<ReadonlyMap<string, number | null>> {
  mkdirSync(folder, { recursive: true });
  const ledger = join(folder, "finished.jsonl");
  const losses = readLedger(ledger);
  const queue = [...new Map(runs.filter((run) => !losses.has(run.runKey)).map((run) => [run.runKey, run])).values()];
  queue.sort((left, right) => right.resolved.scale.trainingFlops - left.resolved.scale.trainingFlops);
  const total = queue.length;
  const lane = async () => {
    for (let run = queue.shift(); run !== undefined; run = queue.shift()) {
      const loss = await train(run);
      losses.set(run.runKey, loss);
      appendFileSync(ledger, `${JSON.stringify({ runKey: run.runKey, loss })}\n`);
      console.error(
        `${total - queue.length}/${total} width ${run.resolved.scale.width} seed ${run.seed}: ${loss === null ? "diverged" : loss.toFixed(4)}`,
      );
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
  return losses;
}

function readLedger(ledger: string): Map<string, number | null> {
  if (!existsSync(ledger)) return new Map();
  const lines = readFileSync(ledger, "utf8")
    .split("\n")
    .filter((line) => line.endsWith("}"));
  return new Map(lines.map((line) => finishedSchema.parse(JSON.parse(line))).map(({ runKey, loss }) => [runKey, loss]));
}

async function train(run: PlannedRun): Promise<number | null> {
  const folder = mkdtempSync(join(tmpdir(), "ladder-bench-"));
  try {
    const runFile = join(folder, "run.json");
    const metrics = join(folder, "metrics.jsonl");
    await writeRunFile(
      runFile,
      composeTrainerRun(run.resolved, {
        runKey: run.runKey,
        attempt: 1,
        checkpointFolder: folder,
        checkpointEverySteps: 0,
        resumeFrom: null,
      }),
    );
    await runProcess(runFile, metrics);
    return outcome(metrics);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runProcess(runFile: string, metrics: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program], {
      env: { ...process.env, LADDER_RUN: runFile, LADDER_METRICS: metrics },
      stdio: ["ignore", "ignore", "inherit"],
    });
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`the trainer ended with ${String(code)}`))));
  });
}

function outcome(metrics: string): number | null {
  for (const line of readFileSync(metrics, "utf8").trimEnd().split("\n").reverse()) {
    const event = trainerEventSchema.safeParse(JSON.parse(line));
    if (!event.success) continue;
    if (event.data.event === "done") return event.data.loss;
    if (event.data.event === "diverged") return null;
  }
  throw new Error(`no done line in ${metrics}`);
}
