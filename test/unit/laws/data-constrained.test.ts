import { describe, expect, it } from "vitest";
import { predictOutput } from "../../../analysis/fits/output-scale.ts";
import { findLaw } from "../../../analysis/laws/index.ts";
import { log } from "../../../analysis/numerics/elementary.ts";

const law = findLaw("data-constrained");

/** Loss of one run; a scale of 0 or Infinity is a limit of the law. */
function loss({ N = 1e7, D = 1e9, U = 1e9, RD = 15, RN = 5 }): number {
  const coordinates = Float64Array.of(log(1.8), log(500), log(1400), 0.35, RD === 0 ? -746 : log(RD), RN === 0 ? -746 : log(RN));
  const columns = { N: Float64Array.of(N), D: Float64Array.of(D), U: Float64Array.of(U) };
  return predictOutput(law, coordinates, columns)[0] ?? Number.NaN;
}

describe("loss on repeated tokens", () => {
  it("is that of unique tokens where nothing is repeated, whatever the scale", () => {
    const once = loss({});
    expect(loss({ RD: 0 })).toBe(once);
    expect(loss({ RD: 1e20 })).toBe(once);
    expect(loss({ U: 5e9 })).toBe(once);
  });

  it("falls with every epoch, by less each time, and never below that of fresh tokens", () => {
    const losses = [1, 2, 4, 8, 16, 64, 1000].map((epochs) => loss({ D: epochs * 1e9 }));
    for (const [index, value] of losses.entries()) if (index > 0) expect(value).toBeLessThan(losses[index - 1] ?? 0);
    for (const epochs of [2, 4, 16]) expect(loss({ D: epochs * 1e9 })).toBeGreaterThan(loss({ D: epochs * 1e9, U: epochs * 1e9 }));
    // Beyond some 15 epochs repetition is worth RD unique tokens a token, and no more.
    expect(loss({ D: 1e15 })).toBeCloseTo(loss({ D: 1.6e10, U: 1.6e10 }), 9);
  });

  it("of repeated tokens that are worth nothing stays, and of ones worth their full value is that of fresh ones", () => {
    expect(loss({ D: 8e9, RD: 0 })).toBe(loss({ D: 1e9 }));
    expect(loss({ D: 8e9, RD: 1e17 })).toBeCloseTo(loss({ D: 8e9, U: 8e9 }), 12);
  });

  it("of models larger than the unique tokens can use falls less than of ones that are fed", () => {
    const gain = (U: number): number => loss({ N: 1e10, U, D: 1e11 }) / loss({ N: 1e11, U, D: 1e11 });
    expect(gain(1e8)).toBeLessThan(gain(1e11));
    expect(loss({ N: 1e12, U: 1e7, D: 1e7, RN: 0 })).toBe(loss({ N: 1e11, U: 1e7, D: 1e7, RN: 0 }));
  });
});
