import { describe, expect, it } from "vitest";
import { bootstrapFits, bootstrapInterval } from "../../analysis/fits/bootstrap.ts";
import type { FitRows } from "../../analysis/fits/contract.ts";
import { fitLaw, type FitOptions } from "../../analysis/fits/fit-law.ts";
import { prepareFit } from "../../analysis/fits/prepared-fit.ts";
import { profileParameter } from "../../analysis/fits/profile.ts";
import { chinchilla } from "../../analysis/laws/chinchilla.ts";
import { readTable } from "./isoflop/table.ts";
import { sizeTokenRows } from "./size-token-rows.ts";

const table = readTable("gemstones/hot_100b.csv");
const names = [...new Set(table.map((row) => row("run_name")))];
const independent = sizeTokenRows(table);
const byModel: FitRows = { ...independent, clusters: Int32Array.from(table, (row) => names.indexOf(row("run_name"))) };
const options: FitOptions = { objective: { kind: "huber", delta: 1e-4 } };

describe("Gemstones' 770 checkpoints of 22 models", () => {
  const fit = fitLaw(chinchilla, byModel, options);
  const best = Float64Array.from(fit.parameters, ({ coordinate }) => coordinate);

  it("give the stored fit of size and tokens", () => {
    expect([fit.rowCount, names.length]).toEqual([770, 22]);
    expect(fit.objectiveValue).toBeLessThanOrEqual(0.00069234);
    expect(Math.abs((best[3] ?? 0) - 0.25769)).toBeLessThan(0.0005);
    expect(Math.abs((best[4] ?? 0) - 0.58954)).toBeLessThan(0.0005);
    expect(Math.abs((best[1] ?? 0) - 4.878)).toBeLessThan(0.005);
    expect(Math.abs((best[2] ?? 0) - 12.666)).toBeLessThan(0.005);
    expect(Math.abs((best[0] ?? 0) - 0.6656)).toBeLessThan(0.001);
  });

  const alphaOf = (rows: FitRows) =>
    bootstrapInterval(
      bootstrapFits(prepareFit(chinchilla, rows, options), best, { kind: "pairs", seed: 1, count: 250 }),
      (point) => point[3] ?? 0,
    );

  it("know alpha six times less well than 770 runs would: checkpoints of one model are one cluster", () => {
    const [pairs, clusters] = [alphaOf(independent), alphaOf(byModel)];
    expect(Math.abs(pairs.low - 0.242)).toBeLessThan(0.005);
    expect(Math.abs(pairs.high - 0.273)).toBeLessThan(0.005);
    expect(Math.abs(clusters.low - 0.201)).toBeLessThan(0.015);
    expect(Math.abs(clusters.high - 0.398)).toBeLessThan(0.06);
  });

  it("and the profile says so too", () => {
    const width = (rows: FitRows): number => {
      const { low, high } = profileParameter(prepareFit(chinchilla, rows, options), best, 3);
      return (high ?? Infinity) - (low ?? 0);
    };
    expect(width(byModel) / width(independent)).toBeGreaterThan(3);
  });
});
