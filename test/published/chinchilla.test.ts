import { describe, expect, it } from "vitest";
import { allocateCompute } from "../../analysis/fits/allocation.ts";
import { type BootstrapDraws, bootstrapFits, bootstrapInterval } from "../../analysis/fits/bootstrap.ts";
import { testConstants } from "../../analysis/fits/constants-test.ts";
import type { FitResult } from "../../analysis/fits/contract.ts";
import { fitLaw } from "../../analysis/fits/fit-law.ts";
import { predictOutput } from "../../analysis/fits/output-scale.ts";
import { prepareFit } from "../../analysis/fits/prepared-fit.ts";
import { chinchilla } from "../../analysis/laws/chinchilla.ts";
import { exp, sqrt } from "../../analysis/numerics/elementary.ts";
import { chinchillaRows, sizeTokenRows } from "./size-token-rows.ts";

const table = chinchillaRows();
const rows = sizeTokenRows(table);
const fit = fitLaw(chinchilla, rows);
const value = (of: FitResult, name: string): number => of.parameters.find((parameter) => parameter.name === name)?.value ?? Number.NaN;
const coordinates = (of: FitResult): Float64Array => Float64Array.from(of.parameters, ({ coordinate }) => coordinate);

/** |measured / reference - 1| below a share. */
function expectWithin(measured: number, reference: number, share: number): void {
  expect(Math.abs(measured / reference - 1), `${measured} against ${reference}`).toBeLessThan(share);
}

/** Spread of a quantity over the draws. */
function standardDeviation({ coordinates: points, count, size }: BootstrapDraws, of: (point: Float64Array) => number): number {
  const values = Array.from({ length: count }, (_, draw) => of(points.subarray(draw * size, (draw + 1) * size)));
  const mean = values.reduce((sum, next) => sum + next, 0) / count;
  return sqrt(values.reduce((sum, next) => sum + (next - mean) * (next - mean), 0) / (count - 1));
}

describe("Besiroglu et al.'s fit to 240 rows of Hoffmann et al.'s figure 4", () => {
  it("reaches the lowest objective that anybody found, from most starts", () => {
    expect(fit.objectiveValue).toBeLessThanOrEqual(0.00101828);
    expect(fit.gradientNorm).toBeLessThan(1e-6 * fit.objectiveValue);
    expect(fit.starts.shareReached).toBeGreaterThan(0.5);
    expectWithin(value(fit, "A"), 477.83, 0.01);
    expectWithin(value(fit, "B"), 2143.42, 0.01);
    expect(Math.abs(value(fit, "E") - 1.81722)).toBeLessThan(0.001);
    expect(Math.abs(value(fit, "alpha") - 0.34731)).toBeLessThan(0.0005);
    expect(Math.abs(value(fit, "beta") - 0.36717)).toBeLessThan(0.0005);
  });

  it("reaches it by ranking Hoffmann's 4,500 starts", () => {
    const steps = [0, 5, 10, 15, 20, 25];
    const exponents = [0, 0.5, 1, 1.5, 2];
    const ranked = fitLaw(chinchilla, rows, { starts: [[-1, -0.5, 0, 0.5, 1], steps, steps, exponents, exponents] });
    expect(ranked.starts.ranked).toBe(4500);
    expect(ranked.objectiveValue).toBeLessThanOrEqual(0.00101828);
  });

  it("gives the headline values by least absolute deviations", () => {
    const absolute = fitLaw(chinchilla, rows, { objective: { kind: "leastAbsoluteDeviations" } });
    expect(absolute.objectiveValue).toBeLessThanOrEqual(1.1296);
    expectWithin(value(absolute, "A"), 482.01, 0.015);
    expectWithin(value(absolute, "B"), 2085.43, 0.015);
    expect(Math.abs(value(absolute, "E") - 1.8172)).toBeLessThan(0.001);
    expect(Math.abs(value(absolute, "alpha") - 0.3478)).toBeLessThan(0.0005);
    expect(Math.abs(value(absolute, "beta") - 0.3658)).toBeLessThan(0.0005);
  });

  it("is moved by five outliers", () => {
    const all = fitLaw(chinchilla, sizeTokenRows(chinchillaRows(true)));
    expect(all.rowCount).toBe(245);
    expect(all.objectiveValue).toBeLessThanOrEqual(0.0018261);
    expect(Math.abs(value(all, "alpha") - 0.3493)).toBeLessThan(0.0005);
    expect(Math.abs(value(all, "beta") - 0.453)).toBeLessThan(0.0005);
    expect(Math.abs(value(all, "E") - 1.8913)).toBeLessThan(0.001);
  });

  it("reaches the least sum of squares of raw losses by variable projection", () => {
    const squares = fitLaw(chinchilla, rows, { objective: { kind: "leastSquares" }, residualScale: "value" });
    expect(squares.objectiveValue).toBeLessThanOrEqual(0.083205);
    expect(squares.starts.shareReached).toBe(1);
    expectWithin(value(squares, "A"), 567.8, 0.01);
    expectWithin(value(squares, "B"), 7582, 0.01);
    expect(Math.abs(value(squares, "E") - 1.8828)).toBeLessThan(0.001);
    expect(Math.abs(value(squares, "alpha") - 0.3576)).toBeLessThan(0.0005);
    expect(Math.abs(value(squares, "beta") - 0.4276)).toBeLessThan(0.0005);
  });

  it("puts the optimum at 5.76e23 FLOPs where the notebook does", () => {
    const optimum = allocateCompute(chinchilla, coordinates(fit), 5.76e23);
    expectWithin(optimum.size, 73.2e9, 0.01);
    expectWithin(optimum.tokens, 1.312e12, 0.01);
    expectWithin(optimum.tokensPerParameter, 17.9, 0.01);
    expectWithin(optimum.loss, 1.9739, 0.001);
  });

  it("rejects Hoffmann's own constants: four times as far away", () => {
    const published = chinchilla.published.find(({ source }) => source.startsWith("Hoffmann"))?.values ?? {};
    const test = testConstants(prepareFit(chinchilla, rows), coordinates(fit), published);
    expectWithin(test.objective, 0.004121, 0.001);
    expect(test.rejected).toBe(true);
    expect(test.pValue).toBeLessThan(1.7e-49);
    expect(test.words).toMatch(/^rejected: the objective there is 4\.05 times the least/);
  });

  it("finds Besiroglu et al.'s headline values tenable", () => {
    const published = chinchilla.published.find(({ source }) => source.startsWith("Besiroglu"))?.values ?? {};
    expect(testConstants(prepareFit(chinchilla, rows), coordinates(fit), published).rejected).toBe(false);
  });
});

describe("4,000 bootstrap refits", () => {
  const draws = bootstrapFits(prepareFit(chinchilla, rows), coordinates(fit), { kind: "pairs", seed: 1, count: 4000 });

  it.each([
    ["E", 0, 1.769, 1.871, 0.05],
    ["A", 1, 285, 744, 0.08],
    ["B", 2, 1042, 5810, 0.08],
    ["alpha", 3, 0.317, 0.373, 0.05],
    ["beta", 4, 0.331, 0.415, 0.05],
  ])("%s ends where Epoch's notebook does", (name, index, low, high, share) => {
    const { transform } = chinchilla.parameters[index] ?? {};
    const interval = bootstrapInterval(draws, (point) => (transform === "log" ? exp(point[index] ?? 0) : (point[index] ?? 0)));
    expectWithin(interval.low, low, share);
    expectWithin(interval.high, high, share);
    expect(interval.low, name).toBeLessThan(value(fit, name));
    expect(interval.high, name).toBeGreaterThan(value(fit, name));
  });

  // B has a heavy tail: from one seed to another its standard error moves by a fifth.
  it.each([
    ["E", 0, 0.0257, 0.05],
    ["A", 1, 124.5, 0.08],
    ["B", 2, 1293, 0.25],
    ["alpha", 3, 0.0154, 0.05],
    ["beta", 4, 0.0206, 0.05],
  ])("%s has the notebook's standard error", (_name, index, standardError, share) => {
    const { transform } = chinchilla.parameters[index] ?? {};
    const valueOf = (point: Float64Array): number => (transform === "log" ? exp(point[index] ?? 0) : (point[index] ?? 0));
    expectWithin(standardDeviation(draws, valueOf), standardError, share);
  });

  it("puts the exponent of the allocation where it does", () => {
    const exponent = (point: Float64Array): number => (point[4] ?? 0) / ((point[3] ?? 0) + (point[4] ?? 0));
    expect(Math.abs(exponent(coordinates(fit)) - 0.5139)).toBeLessThan(0.001);
    expect(Math.abs(standardDeviation(draws, exponent) - 0.02)).toBeLessThan(0.001);
    const interval = bootstrapInterval(draws, exponent);
    expect(Math.abs(interval.low - 0.481)).toBeLessThan(0.006);
    expect(Math.abs(interval.high - 0.557)).toBeLessThan(0.006);
    const eighty = bootstrapInterval(draws, exponent, 0.8);
    expect(Math.abs(eighty.high - eighty.low - 0.051)).toBeLessThan(0.006);
  });
});

describe("larger runs predicted from smaller ones", () => {
  const below = (limit: number) => table.filter((row) => Number(row("C")) < limit);
  const above = (limit: number) => table.filter((row) => Number(row("C")) >= limit);

  it("misses 23 runs of 1e21 FLOPs and more by about 1 %", () => {
    const small = fitLaw(chinchilla, sizeTokenRows(below(1e21)));
    expect(small.rowCount).toBe(217);
    expect(Math.abs(value(small, "alpha") - 0.3271)).toBeLessThan(0.002);
    expect(Math.abs(value(small, "beta") - 0.3961)).toBeLessThan(0.002);
    const larger = sizeTokenRows(above(1e21));
    const errors = predictOutput(chinchilla, coordinates(small), larger.columns).map((loss, row) =>
      Math.abs(loss / (larger.output[row] ?? 0) - 1),
    );
    expect(errors).toHaveLength(23);
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeLessThanOrEqual(0.012);
    expect(Math.max(...errors)).toBeLessThanOrEqual(0.0285);
  });

  it("fall outside of the bootstrap's 95 % interval of the law itself: 3 of 23 are inside, .13", () => {
    const [small, larger] = [sizeTokenRows(below(1e21)), sizeTokenRows(above(1e21))];
    const refits = bootstrapFits(prepareFit(chinchilla, small), coordinates(fitLaw(chinchilla, small)), {
      kind: "pairs",
      seed: 1,
      count: 1000,
    });
    const inside = [...larger.output].filter((measured, row) => {
      const place = Object.fromEntries(Object.entries(larger.columns).map(([name, column]) => [name, column.subarray(row, row + 1)]));
      const { low, high } = bootstrapInterval(refits, (point) => predictOutput(chinchilla, point, place)[0] ?? Number.NaN);
      return low <= measured && measured <= high;
    });
    expect(inside).toHaveLength(3);
  });

  it("gives the exponents of the rows below 3e20", () => {
    const small = fitLaw(chinchilla, sizeTokenRows(below(3e20)));
    expect(small.rowCount).toBe(177);
    expect(Math.abs(value(small, "E") - 1.8844)).toBeLessThan(0.002);
    expect(Math.abs(value(small, "alpha") - 0.33)).toBeLessThan(0.002);
    expect(Math.abs(value(small, "beta") - 0.4525)).toBeLessThan(0.002);
  });
});
