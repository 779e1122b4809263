import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Optimizer, TrainerEvent, TrainerRun } from "../../../analysis/study/trainer-contract.ts";
import { type MetricLine, type TrainHooks, trainRun } from "../../../trainers/reference/training/train-run.ts";
import { mlpRun, transformerRun } from "./example-runs.ts";

type Line = MetricLine | TrainerEvent;
const isMetric = (line: Line): line is MetricLine => !("event" in line);
const isEvent = (line: Line): line is TrainerEvent => "event" in line;
/** The checkpoint lines, and at least one. */
function checkpointsOf(events: readonly TrainerEvent[]) {
  const [first, ...rest] = events.filter((event) => event.event === "checkpoint");
  if (first === undefined) throw new Error("no checkpoint line");
  return [first, ...rest] as const;
}

/** Trains and keeps every line. */
async function trained(run: TrainerRun, hooks: Omit<TrainHooks, "write"> = {}) {
  const lines: Line[] = [];
  const outcome = await trainRun(run, { ...hooks, write: (line) => lines.push(line) });
  const events = lines.filter(isEvent);
  return { outcome, lines, metrics: lines.filter(isMetric), events };
}

/** Asks to stop before update number `steps`. */
const stopAfter = (steps: number) => {
  let asked = 0;
  return { shouldStop: () => asked++ >= steps };
};

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ladder-trainer-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("what a run reports", () => {
  it("logs loss, the learning rate of each group and the RMS of each tensor, from step 0", async () => {
    const run = transformerRun({ steps: 20, logEverySteps: 8 });
    const { metrics, events, outcome } = await trained(run);
    expect(metrics.map((line) => line.step)).toEqual([0, 8, 16, 20, 20]);
    const [start, first] = metrics;
    for (const row of run.tensors) {
      expect(start?.[`parameterRms/${row.name}`]).toBeGreaterThan(row.initStd * 0.7);
      expect(start?.[`parameterRms/${row.name}`]).toBeLessThan(row.initStd * 1.3);
      expect(first).toHaveProperty([`parameterRms/${row.name}`]);
    }
    // Update 8 (from 1) is number 7 from 0: warm-up 2, then 18 steps down to 0.
    for (const group of ["input", "hidden", "output"]) expect(first?.[`learningRate/${group}`]).toBeCloseTo(2 ** -5 * (1 - 5 / 18), 12);
    expect(first?.tokens).toBe(8 * 32);
    expect(metrics.at(-1)).toEqual({ step: 20, tokens: 640, heldOutLoss: outcome.loss });
    expect(events).toEqual([
      { event: "done", step: 20, tokens: 640, loss: outcome.loss, cpuSeconds: outcome.cpuSeconds, schedule: run.schedule },
    ]);
    expect(outcome.cpuSeconds).toBeGreaterThan(0);
  });

  it("gives the same bits again, and other bits for another seed", async () => {
    const first = await trained(transformerRun());
    expect((await trained(transformerRun())).metrics).toEqual(first.metrics);
    expect((await trained(transformerRun({ seed: 2 }))).outcome.loss).not.toBe(first.outcome.loss);
  });

  it("learns: a transformer comes close to the entropy of its source, never below", async () => {
    const run = transformerRun({ width: 32, steps: 300, sequences: 16, vocabularySize: 8, learningRate: 2 ** -6, evaluationBatches: 40 });
    const { outcome, metrics } = await trained({
      ...run,
      data: { kind: "markov", id: "m", seed: 1, vocabularySize: 8, concentration: 0.5 },
    });
    const entropy = metrics[0]?.["entropyRate"] ?? Number.NaN;
    expect(outcome.loss).toBeLessThan(entropy + 0.1);
    // 5,120 held-out tokens: sampling error about 0.01.
    expect(outcome.loss).toBeGreaterThan(entropy - 0.04);
  });

  it("learns: a multi-layer perceptron beats chance on held-out examples", async () => {
    const run = mlpRun({ steps: 200, sequences: 64, learningRate: 2 ** -7, evaluationBatches: 4 });
    const { outcome } = await trained({ ...run, data: { kind: "teacher", id: "t", seed: 1, examples: 4000 } });
    expect(outcome.loss).toBeLessThan(0.7 * Math.log(5));
  });

  it("evaluates at rungs and checkpoints there when checkpoints are on", async () => {
    const run = { ...mlpRun({ steps: 10 }), rungs: [64, 160], checkpoint: { folder, everySteps: 100 } };
    const { metrics, events } = await trained(run);
    expect(metrics.filter((line) => "heldOutLoss" in line).map((line) => line.step)).toEqual([4, 10]);
    expect(events.map((line) => ("step" in line ? [line.event, line.step] : []))).toEqual([
      ["checkpoint", 4],
      ["checkpoint", 10],
      ["done", 10],
    ]);
  });
});

describe("divergence", () => {
  it("is a result with its step, not an error", async () => {
    const run = mlpRun({ optimizer: { name: "sgd", momentum: 0.9 }, learningRate: 1e20, steps: 50 });
    const { outcome, events } = await trained(run);
    expect(outcome.status).toBe("diverged");
    expect(outcome.loss).toBeNull();
    expect(outcome.step).toBeLessThan(50);
    expect(events).toEqual([{ event: "diverged", step: outcome.step }]);
  });
});

describe("checkpoints", () => {
  const optimizers: readonly Optimizer[] = [
    { name: "adam", beta1: 0.9, beta2: 0.95 },
    { name: "sgd", momentum: 0.9 },
  ];
  for (const optimizer of optimizers)
    it(`a run stopped and resumed ends with the bits of one that never stopped (${optimizer.name})`, async () => {
      const run = {
        ...transformerRun({ steps: 24, logEverySteps: 4, optimizer, learningRate: 0.01 }),
        checkpoint: { folder, everySteps: 0 },
      };
      const whole = await trained(run);
      const first = await trained(run, stopAfter(10));
      expect(first.outcome).toMatchObject({ status: "preempted", step: 10, loss: null });
      const [event] = checkpointsOf(first.events);
      expect(event).toMatchObject({ event: "checkpoint", step: 10 });
      const second = await trained({ ...run, attempt: 2, resumeFrom: event.path });
      expect(second.lines[0]).toEqual({ event: "resumed", firstStep: 11 });
      expect(second.outcome.loss).toBe(whole.outcome.loss);
      expect([...first.metrics, ...second.metrics]).toEqual(whole.metrics);
    });

  it("are written every so many steps and leave no partial file", async () => {
    const run = { ...mlpRun({ steps: 10 }), checkpoint: { folder: join(folder, "new", "folder"), everySteps: 4 } };
    const { events } = await trained(run);
    expect(checkpointsOf(events).map((event) => event.step)).toEqual([4, 8, 10]);
    expect(readdirSync(run.checkpoint.folder).sort()).toEqual(checkpointsOf(events).map((event) => basename(event.path)));
  });

  it("refuses a damaged file, another model's file and a missing one", async () => {
    const run = { ...mlpRun(), checkpoint: { folder, everySteps: 0 } };
    const { events } = await trained(run, stopAfter(3));
    const [event] = checkpointsOf(events);
    const resumed = (changes: Partial<TrainerRun>) => trained({ ...run, resumeFrom: event.path, ...changes });
    await expect(resumed({ optimizer: { name: "sgd", momentum: 0 } })).rejects.toMatchObject({
      kind: "input",
      code: "CHECKPOINT_MISMATCH",
    });
    await expect(resumed({ ...mlpRun({ width: 20 }), resumeFrom: event.path })).rejects.toMatchObject({ code: "CHECKPOINT_MISMATCH" });
    await expect(resumed({ resumeFrom: join(folder, "none") })).rejects.toMatchObject({ kind: "missing", code: "CHECKPOINT_MISSING" });
    const bytes = readFileSync(event.path);
    bytes[200] = (bytes[200] ?? 0) ^ 1;
    writeFileSync(event.path, bytes);
    await expect(resumed({})).rejects.toMatchObject({ kind: "input", code: "CHECKPOINT_DAMAGED" });
    writeFileSync(event.path, bytes.subarray(0, 20));
    await expect(resumed({})).rejects.toMatchObject({ code: "CHECKPOINT_DAMAGED" });
  });

  it("a folder that cannot be written to is an error that says so", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    const run = { ...mlpRun(), checkpoint: { folder: join(file, "checkpoints"), everySteps: 2 } };
    await expect(trained(run)).rejects.toMatchObject({ kind: "unavailable", code: "CHECKPOINT_NOT_WRITTEN" });
  });
});
