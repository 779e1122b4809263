import { describe, expect, it } from "vitest";
import type { FitRows } from "../../../../analysis/fits/contract.ts";
import { envelope } from "../../../../analysis/fits/isoflop/envelope.ts";
import { lossAt, trueExponent } from "./synthetic.ts";

/** Curves of models from 1e7 to 2e10 parameters over tokens that reach the same compute, points evenly in ln D. */
function curves(sizes: readonly number[], points = 60, clustered = true): FitRows {
  const rows = sizes.flatMap((size, cluster) =>
    Array.from({ length: points }, (_, index) => {
      const tokens = (0.5 * 20 * size * 1000 ** (index / (points - 1))) / 30;
      return { cluster, size, tokens, compute: 6 * size * tokens, loss: lossAt(size, tokens) };
    }),
  );
  const column = (of: (row: (typeof rows)[number]) => number): Float64Array => Float64Array.from(rows, of);
  return {
    columns: { C: column((row) => row.compute), N: column((row) => row.size), D: column((row) => row.tokens) },
    output: column((row) => row.loss),
    ...(clustered ? { clusters: Int32Array.from(rows, ({ cluster }) => cluster) } : {}),
  };
}

const sizes = Array.from({ length: 23 }, (_, index) => 1e7 * 2 ** (index / 2));

describe("the envelope of training curves", () => {
  it("follows the true exponents of parameters and tokens", () => {
    const parameters = envelope(curves(sizes), { optimumOf: "N", computeValues: 300, draws: 100 });
    expect(Math.abs(parameters.law.exponent - trueExponent)).toBeLessThan(0.02);
    const tokens = envelope(curves(sizes), { optimumOf: "D", computeValues: 300, draws: 20 });
    expect(parameters.law.exponent + tokens.law.exponent).toBeCloseTo(1, 6);
    expect(parameters.law.exponentInterval.low).toBeLessThan(trueExponent);
    expect(parameters.law.exponentInterval.high).toBeGreaterThan(trueExponent);
    expect(parameters.law.method).toBe("bootstrap over 23 whole runs, 100 redraws, percentiles");
  });

  it("leaves out compute where the smallest or largest run is the best, and lists who wins where", () => {
    const { winners, atEdge, used, warnings } = envelope(curves(sizes), { optimumOf: "N", computeValues: 300, draws: 5 });
    expect(atEdge).toBeGreaterThan(0);
    expect(used + atEdge).toBe(300);
    expect(warnings).toEqual([expect.stringContaining(`at ${atEdge} of 300 compute values`)]);
    expect(winners.map(({ cluster }) => cluster)).toEqual([...winners.map(({ cluster }) => cluster)].sort((left, right) => left - right));
    for (const [index, winner] of winners.entries()) {
      expect(winner.from).toBeLessThanOrEqual(winner.to);
      expect(winner.from).toBeGreaterThan(winners[index - 1]?.to ?? 0);
    }
  });

  it("says what is missing when there are no curves", () => {
    expect(() => envelope(curves(sizes, 60, false), { optimumOf: "N" })).toThrow(
      expect.objectContaining({ code: "ENVELOPE_CURVES", hint: expect.stringContaining("say which rows belong to one run") as string }),
    );
    expect(() => envelope(curves(sizes.slice(0, 2)), { optimumOf: "N" })).toThrow(
      expect.objectContaining({
        code: "ENVELOPE_CURVES",
        message: "an envelope needs the training curves of three runs or more; 2 have two points",
      }),
    );
  });

  it("refuses runs of which none in the middle is ever the best", () => {
    expect(() => envelope(curves([1e7, 1e8, 1e13]), { optimumOf: "N", computeValues: 100 })).toThrow(
      expect.objectContaining({ code: "ENVELOPE_NO_INTERIOR_MINIMUM" }),
    );
  });

  it("needs a column of tokens for tokens only", () => {
    const rows = curves(sizes);
    const { C = new Float64Array(), N = new Float64Array() } = rows.columns;
    const without = { ...rows, columns: { C, N } };
    expect(envelope(without, { optimumOf: "N", computeValues: 100, draws: 5 }).curves).toBe(23);
    expect(() => envelope(without, { optimumOf: "D" })).toThrow("the envelope of tokens needs a column D");
  });
});
