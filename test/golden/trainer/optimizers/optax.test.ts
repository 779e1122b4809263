import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { optimizerSchema } from "../../../../analysis/study/trainer-contract.ts";
import { createEngine } from "../../../../trainers/reference/engine/engine.ts";
import { createOptimizer } from "../../../../trainers/reference/training/optimizer.ts";
import { allocateParameters } from "../../../../trainers/reference/training/parameters.ts";

const goldenSchema = z.strictObject({
  optax: z.string(),
  jax: z.string(),
  steps: z.literal(5),
  cases: z
    .array(
      z.strictObject({
        name: z.string(),
        shape: z.array(z.int()),
        weightSize: z.number(),
        gradientSize: z.number(),
        every: z.int(),
        learningRate: z.number(),
        epsilonSquared: z.number(),
        optimizer: optimizerSchema,
        weights: z.array(z.array(z.number())).length(5),
      }),
    )
    .length(10),
});
type Case = z.infer<typeof goldenSchema>["cases"][number];

const { cases } = goldenSchema.parse(JSON.parse(readFileSync(new URL("optax.json", import.meta.url), "utf8")));

/** The formula of make_optax_adafactor.py. */
function fill(view: Float32Array, stream: number, size: number): void {
  for (let i = 0; i < view.length; i += 1) {
    const k = 31 * i + 101 * stream;
    view[i] = size * (((k * k + 7 * k) % 1009) / 1009 - 0.4);
  }
}

/** Our weights before the first and after each of five steps. */
async function ownWeights({ shape, weightSize, gradientSize, learningRate, epsilonSquared, optimizer }: Case) {
  const engine = await createEngine();
  const [fanOut = 1, fanIn = 1] = shape;
  const row = {
    name: "tensor",
    role: "hidden" as const,
    shape,
    fanIn,
    fanOut,
    initStd: 0,
    initMean: 0,
    forwardMultiplier: 1,
    backwardMultiplier: 1,
    learningRate,
    weightDecay: 0,
    epsilon: Math.sqrt(epsilonSquared),
    group: "all",
  };
  const parameters = allocateParameters(engine, [row]);
  const [parameter] = parameters;
  if (parameter === undefined) throw new Error("no parameter");
  const state = createOptimizer(engine, optimizer, parameters);
  const weights = () => engine.floats(parameter.weights, parameter.length);
  fill(weights(), 0, weightSize);
  const kept = [weights().slice()];
  for (let step = 0; step < 5; step += 1) {
    fill(engine.floats(parameter.gradient, parameter.length), step + 1, gradientSize);
    state.update(step, 1);
    kept.push(weights().slice());
  }
  return kept;
}

describe("every step equals optax's to 1e-6 of its size", () => {
  for (const golden of cases)
    it(`${golden.optimizer.name}: ${golden.name}`, async () => {
      const own = await ownWeights(golden);
      const start = own[0] ?? new Float32Array(0);
      let before: readonly number[] = [...start].filter((_, i) => i % golden.every === 0);
      golden.weights.forEach((expected, step) => {
        const found = own[step + 1] ?? start;
        const changes = expected.map((weight, i) => Math.abs(weight - (before[i] ?? Number.NaN)));
        const largestChange = Math.max(...changes);
        expect(largestChange).toBeGreaterThan(0);
        expected.forEach((weight, i) => {
          const storage = (step + 1) * 2 ** -24 * Math.abs(weight);
          const error = Math.abs((found[i * golden.every] ?? Number.NaN) - weight);
          expect(error - storage).toBeLessThanOrEqual(1e-6 * largestChange);
        });
        before = expected;
      });
    });
});
