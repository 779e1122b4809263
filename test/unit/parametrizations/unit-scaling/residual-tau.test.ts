import fc from "fast-check";
import { expect, test } from "vitest";
import { fixedResidualCoefficients } from "../../../../analysis/parametrizations/rule-sets/munit.ts";
import { residualCoefficients, residualTaus } from "../../../../analysis/parametrizations/unit-scaling/residual-tau.ts";

const multiplier = fc.double({ min: 1 / 16, max: 16, noNaN: true });
const branches = fc.array(fc.constantFrom("attention" as const, "feedForward" as const), { minLength: 1, maxLength: 200 });

test("a unit-scaled stream stays so: squares of skip and branch sum to 1", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1e6, noNaN: true }), (tau) => {
      const { skipMultiplier, branchMultiplier } = residualCoefficients(tau);
      expect(skipMultiplier * skipMultiplier + branchMultiplier * branchMultiplier).toBeCloseTo(1, 14);
      expect(branchMultiplier / skipMultiplier / tau).toBeCloseTo(1, 12);
    }),
    { seed: 51, numRuns: 300 },
  );
  fc.assert(
    fc.property(fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), (tau) => {
      const { skipMultiplier, branchMultiplier } = fixedResidualCoefficients(tau);
      expect(skipMultiplier * skipMultiplier + branchMultiplier * branchMultiplier).toBeCloseTo(1, 14);
    }),
    { seed: 52, numRuns: 300 },
  );
});

/** Share of the embedding and of every branch in the mean square at the end of the stream. */
function finalShares(taus: readonly number[]): { readonly embedding: number; readonly branches: readonly number[] } {
  const coefficients = taus.map(residualCoefficients);
  const skipsAfter = (index: number) => coefficients.slice(index).reduce((product, { skipMultiplier }) => product * skipMultiplier ** 2, 1);
  return {
    embedding: skipsAfter(0),
    branches: coefficients.map(({ branchMultiplier }, index) => branchMultiplier ** 2 * skipsAfter(index + 1)),
  };
}

test("what the tau rule promises: branches of a kind contribute alike, kinds by their ratio, both on average by the multiplier", () => {
  fc.assert(
    fc.property(branches, multiplier, multiplier, (kinds, residualMultiplier, attentionResidualRatio) => {
      const shares = finalShares(residualTaus(kinds, { residualMultiplier, attentionResidualRatio }));
      const total = (kind: "attention" | "feedForward") =>
        shares.branches.filter((_, index) => kinds[index] === kind).reduce((sum, share) => sum + share, 0) / shares.embedding;
      for (const kind of ["attention", "feedForward"] as const) {
        const own = shares.branches.filter((_, index) => kinds[index] === kind);
        for (const share of own) expect(share / (own[0] ?? Number.NaN)).toBeCloseTo(1, 9);
      }
      const present = [total("attention"), total("feedForward")].filter((share) => share > 0);
      const mean = present.reduce((sum, share) => sum + share, 0) / present.length;
      expect(Math.sqrt(mean) / residualMultiplier).toBeCloseTo(1, 9);
      if (present.length === 2) expect(Math.sqrt(total("attention") / total("feedForward")) / attentionResidualRatio).toBeCloseTo(1, 9);
    }),
    { seed: 53, numRuns: 200 },
  );
});

test("a share of all or nothing is refused", () => {
  for (const tau of [0, 1, -0.1, 1.5, Number.NaN])
    expect(() => fixedResidualCoefficients(tau)).toThrow(/residualTau is .* above 0 and below 1/);
});
