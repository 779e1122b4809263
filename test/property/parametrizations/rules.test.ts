import fc from "fast-check";
import { expect, test } from "vitest";
import { tensorFactor } from "../../../analysis/parametrizations/evaluate.ts";
import { findParametrization, parametrizations } from "../../../analysis/parametrizations/index.ts";
import { type OptimizerFamily, optimizerFamilies, tensorQuantities } from "../../../analysis/parametrizations/contract.ts";
import { tensorRoles } from "../../../analysis/study/trainer-contract.ts";

const growth = fc.double({ min: 1 / 64, max: 64, noNaN: true });
const growths = fc.record({ fanIn: growth, fanOut: growth });
const anyParametrization = fc.constantFrom(...parametrizations);
const anyRole = fc.constantFrom(...tensorRoles);
const anyFamily = fc.constantFrom<OptimizerFamily[]>(...optimizerFamilies);

function close(actual: number, expected: number): void {
  expect(Math.abs(actual / expected - 1)).toBeLessThan(1e-12);
}

test("climbing in two steps is climbing in one: factors multiply", () => {
  fc.assert(
    fc.property(
      anyParametrization,
      anyRole,
      anyFamily,
      fc.constantFrom(...tensorQuantities),
      growths,
      growths,
      (parametrization, role, family, quantity, first, second) => {
        const factor = (at: { fanIn: number; fanOut: number }) => tensorFactor(parametrization, role, family, quantity, at);
        close(factor({ fanIn: first.fanIn * second.fanIn, fanOut: first.fanOut * second.fanOut }), factor(first) * factor(second));
      },
    ),
    { seed: 41, numRuns: 500 },
  );
});

test("mup keeps learningRate x weightDecay of every tensor constant over width", () => {
  const mup = findParametrization("mup");
  fc.assert(
    fc.property(anyRole, anyFamily, growths, (role, family, at) => {
      close(tensorFactor(mup, role, family, "learningRate", at) * tensorFactor(mup, role, family, "weightDecay", at), 1);
    }),
    { seed: 42, numRuns: 300 },
  );
});

// Yang and Littwin's abc-symmetry: y = a W x, W ~ N(0, b^2), step c. What a network computes depends on a b, and on a c
// (Adam-like) or a^2 c (SGD) only; table 3 has no multiplier on the output, table 8 has 1/fanIn.
test("mup's output rule (table 8) is that of table 3 by abc-symmetry", () => {
  const mup = findParametrization("mup");
  fc.assert(
    fc.property(growth, (fanIn) => {
      const at = { fanIn, fanOut: 1 };
      const a = tensorFactor(mup, "output", "adamLike", "forwardMultiplier", at);
      const b = tensorFactor(mup, "output", "adamLike", "initStd", at);
      close(a * b, 1 / fanIn); // table 3: variance 1/fanIn^2
      close(a * tensorFactor(mup, "output", "adamLike", "learningRate", at), 1 / fanIn); // table 3: Adam 1/fanIn
      close(a * a * tensorFactor(mup, "output", "sgd", "learningRate", at), 1 / fanIn); // table 3: SGD 1/fanIn
    }),
    { seed: 43, numRuns: 200 },
  );
});
