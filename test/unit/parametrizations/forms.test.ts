import { describe, expect, test } from "vitest";
import { lookupTable, matrix, vector } from "../../../analysis/parametrizations/architectures/shapes.ts";
import type { TensorShape } from "../../../analysis/parametrizations/architectures/contract.ts";
import { fillHyperparameters } from "../../../analysis/parametrizations/hyperparameters.ts";
import { findParametrization } from "../../../analysis/parametrizations/index.ts";
import { readOptimizer } from "../../../analysis/parametrizations/optimizers/index.ts";
import { type ResolvedTensor, resolveTable } from "../../../analysis/parametrizations/resolve.ts";

/** Width 64 from 16: everything that grows grows by 4. */
function resolve(
  tensorsAt: (width: number) => readonly TensorShape[],
  parametrization: string,
  optimizer: string,
): readonly ResolvedTensor[] {
  const scale = { width: 64, depth: 2, headDimension: 8, batchSizeTokens: 256, tokenHorizon: 51_200 };
  return resolveTable({
    parametrization: findParametrization(parametrization),
    optimizer: readOptimizer(optimizer),
    tensors: tensorsAt(64),
    baseTensors: tensorsAt(16),
    scale,
    base: { ...scale, width: 16 },
    hyperparameters: fillHyperparameters({ learningRate: 1, dampingFanIn: 1, dampingFanOut: 1 }),
    weightDecayKind: "decoupled",
  });
}

describe("what a form does to a tensor that is more than a matrix of noise", () => {
  test("a gain of 1 with a multiplier of 2 starts at 1/2, so that the norm's output stays", () => {
    const [gain] = resolve((width) => [vector("gain", "normGain", width)], "mup:form=9", "adam");
    expect(gain?.row).toMatchObject({ forwardMultiplier: 2, initMean: 0.5, learningRate: 0.5 });
  });

  const table = (width: number) => [lookupTable("table", 7, width, { tied: true }), matrix("w", "hidden", width, width)];
  test.each([
    ["mup:form=8", "adam"],
    ["mup:form=3", "adam"],
    ["mup:form=9", "adam"],
    ["mup:form=9", "sgd"],
    // Rules of matrices are written in form 3, where an output of its own has no multiplier: a shared table still needs one.
    ["mup:form=8", "shampoo"],
    ["mup:form=3", "kfac"],
    ["mup:form=9", "muon-plain"],
  ])(
    "a table that is the readout too, %s under %s: logits start 1/4 as large a weight as at the base, the embedding stays",
    (id, optimizer) => {
      const [tied] = resolve(table, id, optimizer);
      expect((tied?.row.forwardMultiplier ?? 0) * (tied?.row.initStd ?? 0)).toBe(1);
      expect((tied?.tiedReadout?.value ?? 0) * (tied?.row.initStd ?? 0)).toBe(1 / 4);
    },
  );

  test("SP has no multiplier on a shared table", () => {
    expect(resolve(table, "sp", "adam")[0]?.tiedReadout?.value).toBe(1);
  });
});

describe("grafting", () => {
  const hidden = (width: number) => [matrix("w", "hidden", 4 * width, width), vector("b", "bias", width)];

  test("the learning rate is that of the size's optimizer, the damping that of the direction's", () => {
    const [grafted, bias] = resolve(hidden, "mup:form=3", "adam#shampoo");
    const [adam] = resolve(hidden, "mup:form=3", "adam");
    const [shampoo] = resolve(hidden, "mup:form=3", "shampoo");
    expect(grafted?.row.learningRate).toBe(adam?.row.learningRate);
    expect(grafted?.row.learningRate).toBe(1 / 4);
    expect(grafted?.row.damping).toEqual(shampoo?.row.damping);
    expect(bias?.row.damping).toBeUndefined();
    expect(resolve(hidden, "mup:form=3", "adam#kfac")[0]?.row.damping).toEqual({ fanIn: 4, fanOut: 1 / 4 });
  });

  test("a direction without a rule is refused, as its damping would not be scaled", () => {
    expect(() => resolve(hidden, "u-mup", "adam#shampoo")).toThrow(/no rule: u-mup says nothing about shampoo/);
  });
});
