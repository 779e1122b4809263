import { describe, expect, test } from "vitest";
import type { TensorShape } from "../../../analysis/parametrizations/architectures/contract.ts";
import { matrix } from "../../../analysis/parametrizations/architectures/shapes.ts";
import type { TensorQuantity } from "../../../analysis/parametrizations/contract.ts";
import { fillHyperparameters } from "../../../analysis/parametrizations/hyperparameters.ts";
import { toForm } from "../../../analysis/parametrizations/forms.ts";
import { findParametrization } from "../../../analysis/parametrizations/index.ts";
import { readOptimizer } from "../../../analysis/parametrizations/optimizers/index.ts";
import { readTensor, type ResolvedTensor, resolveTable } from "../../../analysis/parametrizations/resolve.ts";

/** Rows of a second-order paper's table as its code prints them: deviation fanIn^-b; learning rate x (base width / width)^c. */
interface PrintedSet {
  readonly b: readonly [number, number, number];
  readonly c: Readonly<Record<string, readonly [number, number, number]>>;
}

// Ishikawa and Karakida 2023 (arXiv:2312.12226), read in the first author's classmup 1c5597c: set_mup, create_optim. Input, hidden, output.
const printed: Readonly<Record<string, PrintedSet>> = {
  sp: {
    b: [0.5, 0.5, 0.5],
    c: { sgd: [0, 0, 0], adam: [0, 0, 0], kfac: [0, 0, 0], shampoo: [0, 0, 0], foof: [0, 0, 0] },
  },
  ntp: {
    b: [0.5, 0.5, 0.5],
    c: { sgd: [0, 1, 1], kfac: [0, 0, 0], shampoo: [0, 0.5, 0.5], foof: [0, 0, 0] },
  },
  "mup:form=3": {
    b: [0.5, 0.5, 1],
    c: { sgd: [-1, 0, 1], adam: [0, 1, 1], kfac: [0, 0, 0], shampoo: [-0.5, 0, 0.5], foof: [-1, -1, 0] },
  },
};
/** rho_A / fanIn^-1 and rho_B / fanOut^(2 b_output - 1): the input keeps rho_A, the output rho_B. As powers of width. */
const printedDamping = { fanIn: [0, 1, 1], fanOut: [-1, -1, 0] } as const;

const roles = ["input", "hidden", "output"] as const;
function tensors(width: number): readonly TensorShape[] {
  return [matrix("input", "input", width, 32), matrix("hidden", "hidden", width, width), matrix("output", "output", 8, width)];
}

/** The three layers at a width, without multipliers. */
function layers(parametrization: string, optimizer: string, width: number): readonly ResolvedTensor[] {
  const pair = { scale: at(width), base: at(64) };
  const set = findParametrization(parametrization);
  const table = resolveTable({
    ...pair,
    parametrization: set,
    optimizer: readOptimizer(optimizer),
    tensors: tensors(width),
    baseTensors: tensors(64),
    hyperparameters: fillHyperparameters({ learningRate: 1 }),
    weightDecayKind: "decoupled",
  });
  return table.map((resolved) => {
    const readings = readTensor(resolved, resolved.optimizer, pair);
    const tensor = { role: resolved.tensor.role, optimizer: resolved.optimizer, weightDecayKind: "decoupled", readings } as const;
    return {
      ...resolved,
      factors: toForm("form3", resolved.factors, { ...tensor, measure: set.initialDeviation === "unit" ? "size" : "growth" }),
    };
  });
}

function at(width: number) {
  return { width, depth: 2, headDimension: 8, batchSizeTokens: 32, tokenHorizon: 3200 };
}

/** How a quantity of a layer grew from width 64 to a width. */
function growth(parametrization: string, optimizer: string, width: number, layer: number, quantity: TensorQuantity): number {
  const [here, base] = [layers(parametrization, optimizer, width), layers(parametrization, optimizer, 64)];
  return (here[layer]?.factors[quantity].value ?? Number.NaN) / (base[layer]?.factors[quantity].value ?? Number.NaN);
}

for (const [parametrization, { b, c }] of Object.entries(printed))
  describe.each(Object.entries(c))(`${parametrization}, %s`, (optimizer, exponents) => {
    test.each(roles)("%s: deviation and learning rate of the printed table at 2, 4 and 16 times the width", (role) => {
      const layer = roles.indexOf(role);
      for (const factor of [2, 4, 16]) {
        // The input's fan-in does not grow, so its b says nothing about width.
        const deviation = role === "input" ? 1 : Math.pow(factor, 0 - (b[layer] ?? Number.NaN));
        expect(growth(parametrization, optimizer, 64 * factor, layer, "initStd")).toBeCloseTo(deviation, 12);
        const rate = Math.pow(factor, 0 - (exponents[layer] ?? Number.NaN));
        expect(growth(parametrization, optimizer, 64 * factor, layer, "learningRate")).toBeCloseTo(rate, 12);
      }
    });
  });

describe("damping under muP", () => {
  test.each(roles)("K-FAC, %s: A follows the fan-in, B one over the fan-out", (role) => {
    const layer = roles.indexOf(role);
    for (const factor of [2, 4, 16]) {
      expect(growth("mup:form=3", "kfac", 64 * factor, layer, "dampingFanIn")).toBeCloseTo(
        Math.pow(factor, printedDamping.fanIn[layer] ?? Number.NaN),
        12,
      );
      expect(growth("mup:form=3", "kfac", 64 * factor, layer, "dampingFanOut")).toBeCloseTo(
        Math.pow(factor, printedDamping.fanOut[layer] ?? Number.NaN),
        12,
      );
    }
  });

  test.each(roles)("FOOF, %s: A alone", (role) => {
    const layer = roles.indexOf(role);
    for (const factor of [2, 16]) {
      expect(growth("mup:form=3", "foof", 64 * factor, layer, "dampingFanIn")).toBeCloseTo(
        Math.pow(factor, printedDamping.fanIn[layer] ?? Number.NaN),
        12,
      );
      expect(growth("mup:form=3", "foof", 64 * factor, layer, "dampingFanOut")).toBe(1);
    }
  });

  test("a row holds what was given at the base, times the growth: 1e-2 and 1e-3 unless a study says otherwise", () => {
    const [input, hidden, output] = layers("mup:form=3", "kfac", 256);
    expect(input?.row.damping).toEqual({ fanIn: 1e-2, fanOut: 1e-3 / 4 });
    expect(hidden?.row.damping).toEqual({ fanIn: 4e-2, fanOut: 1e-3 / 4 });
    expect(output?.row.damping).toEqual({ fanIn: 4e-2, fanOut: 1e-3 });
  });

  test("every row names the paper and the code that it was read in", () => {
    for (const optimizer of ["kfac", "shampoo", "foof"])
      for (const { factors } of layers("mup:form=3", optimizer, 256))
        for (const quantity of ["learningRate", "dampingFanIn"] as const) {
          const sources = factors[quantity].sources.map(({ source }) => source).join();
          expect(sources).toMatch(/2312\.12226|2512\.05620/);
        }
  });
});
