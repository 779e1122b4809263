import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Optimizer, optimizerSchema, type TrainerEvent, type TrainerRun } from "../../../analysis/study/trainer-contract.ts";
import { type MetricLine, trainRun } from "../../../trainers/reference/training/train-run.ts";
import { mlpRun, transformerRun } from "./example-runs.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ladder-optimizers-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

const element = { name: "adamw", beta1: 0.9, beta2: 0.95, roles: ["output"] };
const optimizers: readonly Optimizer[] = [
  { name: "sgd", momentum: 0.9, weightDecayCoupling: "coupled" },
  { name: "adam", beta1: 0.9, beta2: 0.95, weightDecayCoupling: "coupled" },
  { name: "lion", beta1: 0.9, beta2: 0.99 },
  ...[
    { name: "adafactor", minimumDimensionFactored: 8 },
    { name: "muon" },
    { name: "muon", orthogonalization: "exact", fallback: element },
    { name: "shampoo", momentum: 0.9 },
    { name: "shampoo", statisticsDecay: 0.9, fallback: element },
    { name: "kfac" },
    { name: "kfac", statisticsDecay: 0.9, momentum: 0.9, fallback: element },
    { name: "foof", statisticsDecay: 0.5 },
  ].map((settings) => optimizerSchema.parse(settings)),
];

function withOptimizer(run: TrainerRun, optimizer: Optimizer): TrainerRun {
  const tensors = run.tensors.map((row) => ({ ...row, weightDecay: 0.1, damping: { fanIn: 0.1, fanOut: 0.1 } }));
  return { ...run, optimizer, tensors, checkpoint: { folder, everySteps: 5 } };
}

async function trained(run: TrainerRun) {
  const lines: (MetricLine | TrainerEvent)[] = [];
  const outcome = await trainRun(run, { write: (line) => lines.push(line) });
  const checkpoint = lines.find((line) => "event" in line && line.event === "checkpoint");
  const last = lines.findLast((line) => "step" in line && !("event" in line) && "parameterRms/readout" in line);
  return { outcome, last, path: checkpoint !== undefined && "path" in checkpoint ? checkpoint.path : "" };
}

describe("a resumed run", () => {
  for (const optimizer of optimizers)
    it(`ends with the bits of an uninterrupted one: ${JSON.stringify(optimizer)}`, async () => {
      const needsProducts = optimizer.name === "kfac" || optimizer.name === "foof";
      const run = withOptimizer(needsProducts ? mlpRun({ steps: 10 }) : transformerRun({ steps: 10 }), optimizer);
      const whole = await trained(run);
      expect(whole.outcome.status).toBe("finished");
      const resumed = await trained({ ...run, resumeFrom: whole.path, checkpoint: { folder, everySteps: 0 } });
      expect(resumed.outcome.loss).toBe(whole.outcome.loss);
      expect(resumed.last).toEqual(whole.last);
    });

  it("refuses a checkpoint whose optimizer kept other state", async () => {
    const run = withOptimizer(mlpRun({ steps: 5 }), optimizerSchema.parse({ name: "shampoo" }));
    const { path } = await trained(run);
    const averaged = { ...run, optimizer: optimizerSchema.parse({ name: "shampoo", momentum: 0.9 }), resumeFrom: path };
    await expect(trainRun(averaged)).rejects.toMatchObject({ kind: "input", code: "CHECKPOINT_MISMATCH" });
  });
});

describe("training", () => {
  for (const [name, learningRate] of [
    ["lion", 2 ** -9],
    ["adafactor", 2 ** -4],
    ["muon", 2 ** -5],
    ["shampoo", 2 ** -2],
    ["kfac", 2 ** -5],
    ["foof", 2 ** -3],
  ] as const)
    it(`${name} learns what a multi-layer perceptron is taught`, async () => {
      const optimizer = optimizerSchema.parse(name === "lion" ? { name, beta1: 0.9, beta2: 0.99 } : { name });
      const run = withOptimizer(mlpRun({ steps: 120, sequences: 32, learningRate, evaluationBatches: 4 }), optimizer);
      const { outcome } = await trained({ ...run, checkpoint: { folder, everySteps: 0 } });
      // Five classes: chance is ln 5 = 1.609.
      expect(outcome.loss).toBeLessThan(1.35);
    });
});
