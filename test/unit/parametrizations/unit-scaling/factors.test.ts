import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  activationDegree,
  activationFactors,
  gatedActivationFactor,
} from "../../../../analysis/parametrizations/unit-scaling/activations.ts";
import { attentionFactor, softmaxFactors } from "../../../../analysis/parametrizations/unit-scaling/attention.ts";
import { applyConstraint, type Constraint } from "../../../../analysis/parametrizations/unit-scaling/constraints.ts";
import { normFactors, sumFactors } from "../../../../analysis/parametrizations/unit-scaling/elementwise.ts";
import { crossEntropyFactors, meanSquaredErrorFactors } from "../../../../analysis/parametrizations/unit-scaling/losses.ts";
import {
  convolutionFactors,
  embeddingFactors,
  linearFactors,
  linearReadoutFactors,
  matrixProductFactors,
} from "../../../../analysis/parametrizations/unit-scaling/products.ts";
import { activations } from "../../../../analysis/study/trainer-contract.ts";

const size = fc.integer({ min: 1, max: 1 << 20 });
const multiplier = fc.double({ min: 1 / 64, max: 64, noNaN: true });
const twoWay: readonly Constraint[] = ["none", "to-output-scale", "to-grad-input-scale", "gmean", "hmean", "amean"];
const constraint = fc.constantFrom(...twoWay);

function expectUsable(...lists: readonly object[]): void {
  const values: readonly unknown[] = lists.flatMap((list): unknown[] => Object.values(list));
  expect(values.filter((value) => typeof value !== "number" || !(value > 0 && Number.isFinite(value)))).toEqual([]);
}

test("every factor is finite and positive, whatever the shape and the multiplier", () => {
  fc.assert(
    fc.property(size, size, size, multiplier, constraint, (first, second, third, factor, tied) => {
      const fans = { fanIn: first, fanOut: second, rows: third };
      expectUsable(linearFactors(fans, tied), linearReadoutFactors(fans), linearReadoutFactors(fans, tied));
      expectUsable(matrixProductFactors({ rows: first, inner: second, columns: third }, "gmean"));
      expectUsable(convolutionFactors({ channelsIn: first, channelsOut: second, kernelLength: 3, batch: 2, inputLength: third + 2 }, tied));
      expectUsable(embeddingFactors({ rows: first, reads: second }), normFactors([first], first * second));
      expectUsable(sumFactors([first, second], [second], "amean"), softmaxFactors(first, factor, tied));
      expectUsable(crossEntropyFactors({ rows: first, classes: second + 1 }, factor), meanSquaredErrorFactors(first));
      for (const causal of [true, false])
        expectUsable([attentionFactor({ sequenceLength: first, headDimension: second, causal, multiplier: factor })]);
      for (const name of activations) expectUsable(activationFactors(name, factor, tied), [gatedActivationFactor(name, factor)]);
    }),
    { seed: 61, numRuns: 200 },
  );
});

test("a constraint puts one number for all, between the smallest and the largest", () => {
  const scale = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(constraint, scale, scale, (name, output, gradient) => {
      const tied = applyConstraint(name, [output, gradient]);
      if (name === "none") expect(tied).toEqual([output, gradient]);
      else {
        expect(tied[0]).toBe(tied[1]);
        expect(tied[0]).toBeGreaterThanOrEqual(Math.min(output, gradient) * (1 - 1e-12));
        expect(tied[0]).toBeLessThanOrEqual(Math.max(output, gradient) * (1 + 1e-12));
      }
    }),
    { seed: 62, numRuns: 300 },
  );
});

test("a constraint by a gradient that the operation has not is refused", () => {
  expect(() => applyConstraint("to-right-grad-scale", [1, 2])).toThrow(
    /constraint to-right-grad-scale is for operations with 2 input gradients, this one has 1/,
  );
  expect(() => applyConstraint("to-grad-input-scale", [1, 2, 3])).toThrow(/with 1 input gradients, this one has 2/);
});

test("fewer than two classes have no gradient", () => {
  expect(() => crossEntropyFactors({ rows: 8, classes: 1 }, 1)).toThrow(/over 1 classes/);
});

/** Moments of f(z), z ~ N(0, 1), by the trapezoidal rule: kinks cost it step^2. */
function momentsOf(f: (z: number) => number): { readonly deviation: number; readonly rootMeanSquare: number } {
  const step = 1 / 2048;
  let mean = 0;
  let square = 0;
  for (let z = -10 + step / 2; z < 10; z += step) {
    const weight = (Math.exp((-z * z) / 2) * step) / Math.sqrt(2 * Math.PI);
    mean += weight * f(z);
    square += weight * f(z) ** 2;
  }
  return { deviation: Math.sqrt(square - mean * mean), rootMeanSquare: Math.sqrt(square) };
}

describe("activations and their slopes have unit scale", () => {
  const exact = {
    relu: { value: (x: number) => Math.max(0, x), slope: (x: number) => (x > 0 ? 1 : 0) },
    squaredRelu: { value: (x: number) => Math.max(0, x) ** 2, slope: (x: number) => 2 * Math.max(0, x) },
    tanh: { value: Math.tanh, slope: (x: number) => 1 - Math.tanh(x) ** 2 },
  };
  const silu = (x: number) => x / (1 + Math.exp(-x));
  const modelled = {
    silu: { value: silu, slope: (x: number) => (silu(x + 1e-4) - silu(x - 1e-4)) / 2e-4 },
  };
  const cases = [
    // Without kinks both integrals are exact to rounding.
    ...Object.entries(exact).map(([name, functions]) => ({ name, ...functions, tolerance: name === "tanh" ? 1e-10 : 1e-3 })),
    // The library's empirical model is itself up to a few per cent off.
    ...Object.entries(modelled).map(([name, functions]) => ({ name, ...functions, tolerance: 0.05 })),
  ];

  test.each(cases)("$name", ({ name, value, slope, tolerance }) => {
    const activation = activations.find((candidate) => candidate === name);
    if (activation === undefined) throw new Error(`no activation ${name}`);
    for (const factor of [1 / 8, 1 / 2, 1, 2, 8]) {
      const degree = factor ** activationDegree(activation);
      const { output, inputGradient } = activationFactors(activation, factor, "none");
      const deviation = momentsOf((z) => value(factor * z) / degree).deviation;
      expect(Math.abs(output * deviation - 1)).toBeLessThan(tolerance);
      const gradient = momentsOf((z) => (factor * slope(factor * z)) / degree).rootMeanSquare;
      expect(Math.abs(inputGradient * gradient - 1)).toBeLessThan(tolerance);
      const gated = momentsOf((z) => value(factor * z) / degree).rootMeanSquare;
      expect(Math.abs(gatedActivationFactor(activation, factor) * gated - 1)).toBeLessThan(tolerance);
    }
  });
});
