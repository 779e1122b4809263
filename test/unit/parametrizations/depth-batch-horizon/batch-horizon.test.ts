import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { findParametrization } from "../../../../analysis/parametrizations/index.ts";
import { readOptimizer } from "../../../../analysis/parametrizations/optimizers/index.ts";
import { resolveOptimizer } from "../../../../analysis/parametrizations/resolve-operations.ts";
import { baseScale, factorsOf, resolveModel } from "./resolved-model.ts";

const small = { vocabularySize: 96, sequenceLength: 32 };
const query = "blocks.0.attention.query";
const factors = (id: string, batch: number, horizon: number, more: Parameters<typeof resolveModel>[1] = {}) =>
  factorsOf(
    resolveModel(id, {
      parameters: small,
      scale: { batchSizeTokens: baseScale.batchSizeTokens * batch, tokenHorizon: baseScale.tokenHorizon * horizon },
      ...more,
    }),
    query,
  );
/** [1 - beta1, 1 - beta2] of an AdamW of 0.9 and 0.95 at the base. */
function distances(id: string, batch: number, horizon: number): readonly [number, number] {
  const optimizer = resolveOptimizer({ name: "adamw", beta1: 0.9, beta2: 0.95 }, readOptimizer("adamw"), findParametrization(id), {
    scale: { ...baseScale, batchSizeTokens: baseScale.batchSizeTokens * batch, tokenHorizon: baseScale.tokenHorizon * horizon },
    base: baseScale,
  });
  if (optimizer.name !== "adamw") throw new Error("not adamw");
  return [1 - optimizer.beta1, 1 - optimizer.beta2];
}

describe("the SDE rule: kappa = batch growth / horizon growth", () => {
  test.each([
    [4, 1],
    [1, 4],
    [16, 4],
    [1 / 4, 1],
  ])("batch x %d, horizon x %d under AdamW: learning rate, decay kappa^1/2, epsilon kappa^-1/2, 1 - betas kappa", (batch, horizon) => {
    const kappa = batch / horizon;
    const found = factors("mup+batch-sde", batch, horizon);
    expect(found["learningRate"]).toBeCloseTo(Math.sqrt(kappa), 12);
    expect(found["weightDecay"]).toBeCloseTo(Math.sqrt(kappa), 12);
    expect(found["epsilon"]).toBeCloseTo(1 / Math.sqrt(kappa), 12);
    const [first, second] = distances("mup+batch-sde", batch, horizon);
    expect(first).toBeCloseTo(0.1 * kappa, 12);
    expect(second).toBeCloseTo(0.05 * kappa, 12);
  });

  test("every tensor is scaled: tables, gains and the readout too", () => {
    const model = resolveModel("mup+batch-sde", { scale: { batchSizeTokens: 4 * baseScale.batchSizeTokens } });
    for (const name of model.tensors.keys()) expect(factorsOf(model, name), name).toMatchObject({ learningRate: 2, epsilon: 1 / 2 });
  });

  test("where learning rate and horizon move, the decay over a whole run stays, whatever the kind of decay", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("decoupled", "independent", "constantTimescale"),
        fc.constantFrom("mup+batch-sde", "completedp", "completedp:token-exponent=0.3"),
        fc.integer({ min: -2, max: 3 }),
        fc.integer({ min: -2, max: 3 }),
        (weightDecayKind, id, batchOctaves, horizonOctaves) => {
          const overRun = (batch: number, horizon: number): number => {
            const scale = { batchSizeTokens: baseScale.batchSizeTokens * batch, tokenHorizon: baseScale.tokenHorizon * horizon };
            const row = resolveModel(id, { parameters: small, scale, weightDecayKind }).tensors.get(query)?.row;
            return (row?.learningRate ?? 0) * (row?.weightDecay ?? 0) * (scale.tokenHorizon / scale.batchSizeTokens);
          };
          expect(overRun(2 ** batchOctaves, 2 ** horizonOctaves) / overRun(1, 1)).toBeCloseTo(1, 10);
        },
      ),
      { seed: 5, numRuns: 30 },
    );
  });

  test("SGD: learning rate kappa, decay coefficient as it is", () => {
    expect(factors("mup+batch-sde", 4, 2, { optimizer: "sgd" })).toMatchObject({ learningRate: 2, weightDecay: 1 });
  });

  test("a batch so large that a beta would leave (0, 1) is refused", () => {
    expect(() => distances("mup+batch-sde", 16, 1)).toThrow(/carries beta1 = 0.9 to -0.59/);
  });
});

describe("the simple batch rules", () => {
  test("linear for SGD, square root for Adam, over the batch alone", () => {
    expect(factors("mup+batch-linear", 8, 4, { optimizer: "sgd" })).toMatchObject({ learningRate: 8, weightDecay: 1 });
    expect(factors("mup+batch-square-root", 4, 4)).toMatchObject({ learningRate: 2, epsilon: 1, weightDecay: 1 });
    expect(distances("mup+batch-square-root", 4, 4)).toEqual([1 - 0.9, 1 - 0.95]);
  });

  test("Marin's: hidden 0.3 over the horizon, the rest by kappa; 1 - beta2 follows the batch alone", () => {
    const model = resolveModel("mup+batch-marin", {
      scale: { batchSizeTokens: 4 * baseScale.batchSizeTokens, tokenHorizon: 16 * baseScale.tokenHorizon },
    });
    expect(factorsOf(model, query)["learningRate"]).toBeCloseTo(2 * Math.pow(16, -0.3), 12);
    expect(factorsOf(model, "tokenEmbedding")).toMatchObject({ learningRate: 1 / 2, epsilon: 2 });
    const [first, second] = distances("mup+batch-marin", 4, 16);
    expect(first).toBe(1 - 0.9);
    expect(second).toBeCloseTo(0.2, 12);
  });

  test.each([
    ["mup+batch-linear", "adamw"],
    ["mup+batch-square-root", "sgd"],
    ["mup+batch-sde", "muon"],
    ["mup+horizon-bjorck", "sgd"],
    ["mup+bordelon", "shampoo"],
    ["completedp", "sgd"],
  ])("%s has no rule for %s and says so, rather than another optimizer's", (id, optimizer) => {
    expect(() => resolveModel(id, { parameters: small, optimizer })).toThrow(/no rule: .* says nothing about .*swept, not transferred/);
  });
});

describe("horizon rules", () => {
  test("Bjorck and Step Law have opposite signs; a fitted exponent is anybody's", () => {
    expect(factors("mup+horizon-bjorck", 1, 10)["learningRate"]).toBeCloseTo(Math.pow(10, -0.32), 12);
    expect(factors("mup+horizon-bjorck:beta=0.65", 1, 10)["learningRate"]).toBeCloseTo(Math.pow(10, -0.65), 12);
    expect(factors("mup+horizon-step-law", 1, 10)["learningRate"]).toBeCloseTo(Math.pow(10, 0.307), 12);
    expect(factors("mup+horizon-fitted:exponent=-0.26", 1, 10, { optimizer: "sgd" })["learningRate"]).toBeCloseTo(Math.pow(10, -0.26), 12);
    expect(factors("mup+horizon-fitted:exponent=0.1", 1, 10)["learningRate"]).toBeCloseTo(Math.pow(10, 0.1), 12);
    expect(factors("mup+horizon-fitted", 1, 10)["learningRate"]).toBe(1);
  });

  test("each says the other's sign", () => {
    expect(findParametrization("mup+horizon-bjorck").summary).toContain("opposite sign of horizon-step-law");
    expect(findParametrization("mup+horizon-step-law").summary).toContain("opposite sign of horizon-bjorck");
  });

  test("a horizon rule multiplies a batch rule", () => {
    expect(factors("mup+batch-square-root+horizon-bjorck", 4, 10)["learningRate"]).toBeCloseTo(2 * Math.pow(10, -0.32), 12);
  });

  test("Complete(d)P's exponent over tokens is a choice: 0.5 by the SDE", () => {
    expect(factors("completedp", 1, 4)["learningRate"]).toBe(1 / 2);
    expect(factors("completedp:token-exponent=0.3", 1, 4)["learningRate"]).toBeCloseTo(Math.pow(4, -0.3), 12);
  });
});

test("Complete(d)P carries values of single modules as it carries all", () => {
  const rate = (hyperparameters: Readonly<Record<string, number>>, width: number, name: string) =>
    resolveModel("completedp", { parameters: small, scale: { width }, hyperparameters }).tensors.get(name)?.row.learningRate;
  expect(rate({ "learningRate@attention.query": 3 }, 256, query)).toBeCloseTo((0.01 * 3) / 4, 12);
  expect(rate({ "learningRate@attention.query": 3 }, 256, "blocks.0.attention.key")).toBeCloseTo(0.01 / 4, 12);
});

test.each([
  ["mup+batch-sde+horizon-bjorck", "tokenHorizon"],
  ["mup+batch-sde+batch-square-root", "batchSizeTokens"],
  ["mup+horizon-bjorck+horizon-step-law", "tokenHorizon"],
  ["mup+batch-square-root+horizon-step-law", "batchSizeTokens"],
  ["completedp+batch-sde", "batchSizeTokens"],
  ["completep+completep-depth", "depth"],
  ["mup+completep", "complete rule sets"],
])("%s is refused: both speak for %s", (id, shared) => {
  expect(() => findParametrization(id)).toThrow(shared);
});

test("a component alone is no rule set", () => {
  for (const id of ["depth-mup", "batch-sde", "horizon-bjorck"])
    expect(() => findParametrization(id)).toThrow(`${id} completes a rule set and is none by itself`);
});
