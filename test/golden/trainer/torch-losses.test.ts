import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { type TrainerRun, trainerRunSchema } from "../../../analysis/study/trainer-contract.ts";
import { createEngine } from "../../../trainers/reference/engine/engine.ts";
import { createMlp } from "../../../trainers/reference/models/mlp.ts";
import { createTransformer } from "../../../trainers/reference/models/transformer.ts";
import { createOptimizer } from "../../../trainers/reference/training/optimizer.ts";
import { allocateParameters } from "../../../trainers/reference/training/parameters.ts";
import { scheduleFactor } from "../../../trainers/reference/training/schedule.ts";
import { fillIntegers, fillUniform } from "./formula.ts";

const goldenSchema = z.strictObject({ madeBy: z.string(), torch: z.string(), run: trainerRunSchema, losses: z.array(z.number()).length(40) });
const repeatedBatches = 4;

/** Forty losses of our own trainer on the golden run's weights and batches. */
async function ownLosses(run: TrainerRun): Promise<readonly number[]> {
  const engine = await createEngine();
  const parameters = allocateParameters(engine, run.tensors);
  parameters.forEach(({ row, weights, length }, index) => fillUniform(engine.floats(weights, length), index + 1, row.initStd));
  const optimizer = createOptimizer(engine, run.optimizer, parameters);
  const { model, scale, operations } = run;
  const { width, depth, headDimension, batchSizeTokens } = scale;
  if (model.architecture === "custom" || model.architecture === "residualMlp") throw new Error(`no golden run is a ${model.architecture}`);
  const build = () => {
    if (model.architecture === "mlp") {
      const { inputDimension, classes } = model;
      const network = createMlp(engine, { width, depth, inputDimension, classes, batch: batchSizeTokens }, operations, parameters);
      const fill = (salt: number) => fillUniform(engine.floats(network.inputs, batchSizeTokens * inputDimension), 1000 + salt, 1);
      return { network, classes, fill };
    }
    const { vocabularySize: classes, sequenceLength } = model;
    const shape = { width, depth, headDimension, sequenceLength, vocabularySize: classes, feedForwardWidth: model.feedForwardRatio * width };
    const network = createTransformer(engine, { ...shape, batch: batchSizeTokens / sequenceLength }, operations, parameters);
    const fill = (salt: number) => fillIntegers(engine.integers(network.tokens, network.rows), 1000 + salt, classes);
    return { network, classes, fill };
  };
  const { network, classes, fill } = build();
  return Array.from({ length: 40 }, (_, step) => {
    const batch = step % repeatedBatches;
    fill(batch);
    fillIntegers(engine.integers(network.targets, network.rows), 2000 + batch, classes);
    const loss = network.forward();
    network.backward();
    optimizer.update(step, scheduleFactor(run.schedule, step));
    return loss;
  });
}

describe("losses against PyTorch", () => {
  const files = readdirSync(new URL(".", import.meta.url)).filter((name) => name.endsWith(".json"));
  it("has golden runs of both models", () => {
    expect(files).toHaveLength(4);
  });
  for (const file of files)
    it(`${file}: 40 steps within 1e-5 nats`, async () => {
      const { run, losses } = goldenSchema.parse(JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")));
      const own = await ownLosses(run);
      const differences = losses.map((loss, step) => Math.abs(loss - (own[step] ?? Number.NaN)));
      expect(Math.max(...differences)).toBeLessThan(1e-5);
      expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) - 0.3);
    });
});
