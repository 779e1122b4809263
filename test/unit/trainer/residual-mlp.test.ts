import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { optimizerSchema, type TrainerEvent, type TrainerRun } from "../../../analysis/study/trainer-contract.ts";
import { createEngine } from "../../../trainers/reference/engine/engine.ts";
import { allocateParameters, initializeParameters } from "../../../trainers/reference/training/parameters.ts";
import { createTask } from "../../../trainers/reference/training/task.ts";
import { type MetricLine, trainRun } from "../../../trainers/reference/training/train-run.ts";
import { residualMlpRun } from "./model-runs.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ladder-residual-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function trained(run: TrainerRun) {
  const lines: (MetricLine | TrainerEvent)[] = [];
  const outcome = await trainRun(run, { write: (line) => lines.push(line) });
  const checkpoint = lines.find((line) => "event" in line && line.event === "checkpoint");
  return { outcome, path: checkpoint !== undefined && "path" in checkpoint ? checkpoint.path : null };
}

const damped = (run: TrainerRun): TrainerRun => ({
  ...run,
  tensors: run.tensors.map((row) => ({ ...row, damping: { fanIn: 0.1, fanOut: 0.1 } })),
});

describe("residual multi-layer perceptron", () => {
  for (const productsPerBlock of [1, 2] as const)
    it(`learns with 64 blocks of ${productsPerBlock} products`, async () => {
      const run = residualMlpRun({ depth: 64, productsPerBlock, steps: 100, sequences: 32, learningRate: 2 ** -7, evaluationBatches: 4 });
      const { outcome } = await trained(run);
      // Five classes: chance is ln 5 = 1.609.
      expect(outcome.loss).toBeLessThan(1.3);
    });

  for (const productsPerBlock of [1, 2] as const)
    it(`publishes inputs and output gradients of every matrix (${productsPerBlock} products): their product is its gradient`, async () => {
      const plain = residualMlpRun({ productsPerBlock, activation: "silu", width: 9 });
      const tensors = plain.tensors.map((row, index) => ({
        ...row,
        forwardMultiplier: 1 + 0.1 * index,
        backwardMultiplier: 0.7,
        weightGradientMultiplier: 0.3 + 0.2 * index,
      }));
      const run = { ...plain, tensors, operations: { ...plain.operations, embeddingMultiplier: 1.3, outputMultiplier: 0.8 } };
      const engine = await createEngine();
      const parameters = allocateParameters(engine, run.tensors);
      initializeParameters(engine, parameters, 1);
      const task = createTask(engine, run, parameters);
      task.train(0);
      expect(task.products?.map(({ name }) => name).sort()).toEqual(run.tensors.map(({ name }) => name).sort());
      for (const { name, inputs, outputGradient, rows, factor } of task.products ?? []) {
        const parameter = parameters.find(({ row }) => row.name === name);
        const [fanOut = 0, fanIn = 0] = parameter?.row.shape ?? [];
        const x = engine.floats(inputs, rows * fanIn);
        const dy = engine.floats(outputGradient, rows * fanOut);
        const gradient = engine.floats(parameter?.gradient ?? 0, fanOut * fanIn);
        const largest = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        expect(largest).toBeGreaterThan(0);
        for (let i = 0; i < fanOut; i += 1)
          for (let j = 0; j < fanIn; j += 1) {
            let sum = 0;
            for (let row = 0; row < rows; row += 1) sum += (dy[row * fanOut + i] ?? 0) * (x[row * fanIn + j] ?? 0);
            expect(Math.abs(factor * sum - (gradient[i * fanIn + j] ?? 0))).toBeLessThan(1e-5 * largest);
          }
      }
    });

  for (const settings of [{ name: "adamw", beta1: 0.9, beta2: 0.95 }, { name: "kfac", momentum: 0.5 }, { name: "foof" }])
    it(`stopped and resumed ends with the same bits (${settings.name})`, async () => {
      const optimizer = optimizerSchema.parse(settings);
      const run = damped({ ...residualMlpRun({ steps: 10, optimizer }), checkpoint: { folder, everySteps: 5 } });
      const whole = await trained(run);
      expect(whole.outcome.status).toBe("finished");
      const resumed = await trained({ ...run, resumeFrom: whole.path, checkpoint: { folder, everySteps: 0 } });
      expect(resumed.outcome.loss).toBe(whole.outcome.loss);
    });

  it("is refused with residual blocks that are not its own", async () => {
    const run = residualMlpRun();
    const attention = { branch: "attention", skipMultiplier: 1, branchMultiplier: 1 } as const;
    for (const residualBlocks of [[], [attention, attention, attention]])
      await expect(trainRun({ ...run, operations: { ...run.operations, residualBlocks } })).rejects.toMatchObject({
        code: "RUN_UNSUPPORTED",
        problems: [{ path: "operations.residualBlocks", message: "depth 3 has 3 residual blocks, all feedForward" }],
      });
  });
});
