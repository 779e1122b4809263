import { describe, expect, it } from "vitest";
import { computeSplitter } from "../../../analysis/fits/allocation.ts";
import { planAllocation } from "../../../analysis/fits/allocation-plan.ts";
import { nestedLaws } from "../../../analysis/fits/allocation-readings.ts";
import type { FitRows } from "../../../analysis/fits/contract.ts";
import { toCoordinate } from "../../../analysis/fits/coordinates.ts";
import { predictOutput } from "../../../analysis/fits/output-scale.ts";
import { findLaw } from "../../../analysis/laws/index.ts";
import { exp, log } from "../../../analysis/numerics/elementary.ts";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { keptFit } from "./kept-fit.ts";
import { lossRows } from "./size-token-rows.ts";

const chinchilla = findLaw("chinchilla");

/** Six budgets of nine sizes around the optimum of L = 1.8 + 400 / N^0.34 + 2000 / D^0.37. */
function budgetedRows(): FitRows {
  const stream = randomStream(3, "budgeted-rows");
  const points = [1e19, 3e19, 1e20, 3e20, 1e21, 3e21].flatMap((C) =>
    [-4, -3, -2, -1, 0, 1, 2, 3, 4].map((step) => {
      const N = 0.11 * Math.sqrt(C / 6) * exp(0.35 * step);
      return { C, N, D: C / (6 * N) };
    }),
  );
  const columns = Object.fromEntries((["N", "D", "C"] as const).map((name) => [name, Float64Array.from(points, (point) => point[name])]));
  const truth = Float64Array.of(log(1.8), log(400), log(2000), 0.34, 0.37);
  return { columns, output: predictOutput(chinchilla, truth, columns).map((loss) => loss * exp(0.001 * stream.normal())) };
}

describe("a plan for compute", () => {
  const rows = budgetedRows();
  const open = keptFit(chinchilla, rows, { draws: 60, others: { C: rows.columns["C"] ?? rows.output } });
  const plan = planAllocation(open, [1e22, 1e24]);

  it("holds the true exponents and splits inside its intervals, which widen with the distance", () => {
    const [near, far] = plan.places;
    expect(plan.exponents?.constant).toBe(true);
    const truth = 0.37 / 0.71;
    expect(plan.exponents?.size.low).toBeLessThan(truth);
    expect(plan.exponents?.size.high).toBeGreaterThan(truth);
    expect((plan.exponents?.size.value ?? 0) + (plan.exponents?.tokens.value ?? 0)).toBeCloseTo(1, 6);
    const width = (place: typeof near): number => log((place?.size.high ?? 0) / (place?.size.low ?? 0));
    expect(width(far)).toBeGreaterThan(width(near));
    expect(near?.beyond).toBeCloseTo(1e22 / 3e21, 6);
    for (const { compute, size, tokens, tokensPerParameter } of plan.places) {
      expect((6 * size.value * tokens.value) / compute).toBeCloseTo(1, 9);
      expect(tokensPerParameter.value).toBeCloseTo(tokens.value / size.value, 9);
      expect(size.low).toBeLessThan(size.value);
      expect(size.high).toBeGreaterThan(size.value);
    }
  });

  it("walks the frontier in decades, from the fitted budgets to the largest asked for", () => {
    expect(plan.frontier.map(({ compute }) => compute)).toEqual([1e19, 1e20, 1e21, 1e22, 1e23, 1e24]);
  });

  it("shows equal exponents and both IsoFLOP readings of the same rows beside it", () => {
    expect(plan.readings.map(({ method }) => method)).toEqual(["this fit", "over-training", "IsoFLOP parabola", "IsoFLOP Akima"]);
    const [own, tied, parabola] = plan.readings;
    expect(own?.places[1]?.size).toEqual(plan.places[1]?.size);
    expect(tied?.exponent?.value).toBeCloseTo(0.5, 6);
    expect(Math.abs((parabola?.exponent?.value ?? 0) - 0.37 / 0.71)).toBeLessThan(0.05);
    expect(plan.refusedReadings).toEqual([]);
    expect(nestedLaws(findLaw("over-training")).map(({ law, words }) => [law.id, words])).toEqual([
      ["chinchilla", "over-training without equal exponents of size and tokens"],
    ]);
  });

  it("says why rows that share no budget have no IsoFLOP reading", () => {
    const [refused] = planAllocation(keptFit(chinchilla, lossRows({ noise: 0.003 }), { draws: 20 }), [1e22]).refusedReadings;
    expect(refused).toMatchObject({ method: "IsoFLOP", code: "NOT_ISOFLOP" });
    expect(refused?.message).toMatch(/^the runs lie at \d+ budgets, and only \d/);
  });

  it("is the same to the last bit again", () => {
    expect(planAllocation(open, [1e22, 1e24])).toEqual(plan);
  });
});

describe("a plan that cannot be made", () => {
  it("asks for other inputs, and takes none that are not there", () => {
    const constrained = findLaw("data-constrained");
    expect(() => computeSplitter(constrained)).toThrow(/data-constrained also depends on U/);
    const values = constrained.example?.values ?? {};
    const coordinates = Float64Array.from(constrained.parameters, (parameter) => toCoordinate(parameter, values[parameter.name] ?? 0));
    const rich = computeSplitter(constrained, { fixed: { U: 1e14 } }).split(coordinates, 1e22);
    const poor = computeSplitter(constrained, { fixed: { U: 1e9 } }).split(coordinates, 1e22);
    expect(poor?.loss).toBeGreaterThan(rich?.loss ?? Infinity);
    expect(() => computeSplitter(chinchilla, { fixed: { U: 1e10 } })).toThrow(/chinchilla does not depend on U/);
    expect(() => computeSplitter(chinchilla, { fixed: { N: 1e10 } })).toThrow(/N is what compute is split into/);
  });

  it("is refused where the fit has no optimum: tokens that change nothing", () => {
    const rows = lossRows({ noise: 0.003 });
    const flat = { ...rows, output: (rows.columns["N"] ?? rows.output).map((size) => 1.8 + 400 * exp(-0.34 * log(size))) };
    expect(() => planAllocation(keptFit(chinchilla, flat, { draws: 20 }), [1e22])).toThrow(/one of its two terms is not there/);
  });
});

it("equal exponents are the law with alpha = beta = 2 eta", () => {
  const { columns } = lossRows();
  const [a, b, eta] = [212, 367, 0.14];
  const shrink = exp(-eta * log(6));
  const tied = predictOutput(findLaw("over-training"), Float64Array.of(log(1.8), log(a), log(b), eta), columns);
  const free = predictOutput(chinchilla, Float64Array.of(log(1.8), log(a * shrink), log(b * shrink), 2 * eta, 2 * eta), columns);
  for (const [row, loss] of free.entries()) expect(tied[row]).toBeCloseTo(loss, 10);
});
