import { describe, expect, it } from "vitest";
import type { FitRows } from "../../analysis/fits/contract.ts";
import { fitLaw } from "../../analysis/fits/fit-law.ts";
import { isoflop, type IsoflopAnalysis, type IsoflopReading } from "../../analysis/fits/isoflop/isoflop.ts";
import { isoflopReadings } from "../../analysis/fits/isoflop/readings.ts";
import { findLaw } from "../../analysis/laws/index.ts";
import { fittedValue } from "./fit-values.ts";
import { numbers, readTable, type TableRow } from "./isoflop/table.ts";

const extracted = readTable("isoflop/extracted.csv");
const porian = readTable("isoflop/porian-owt2.csv");

function extractedRows(dataset: string, condition: string, outliers: boolean): FitRows {
  const rows = extracted.filter(
    (row) => row("dataset") === dataset && row("condition") === condition && (outliers || row("outlier") === "False"),
  );
  return { columns: { C: numbers(rows, "budget"), N: numbers(rows, "params"), D: numbers(rows, "tokens") }, output: numbers(rows, "loss") };
}

function porianRows(config: string): FitRows {
  const rows: TableRow[] = porian.filter((row) => row("config") === config);
  return { columns: { C: numbers(rows, "flops"), N: numbers(rows, "n"), D: numbers(rows, "t") }, output: numbers(rows, "loss") };
}

describe("Llama 3's tokens at the optimum", () => {
  it.each([
    ["raw_loss", 0.2994, 0.5368, 0.5],
    ["exp_loss", 0.2978, 0.5369, 0.505],
  ] as const)(
    "%s: D* = %d C^%d by a parabola over all points, exponent %d without outliers",
    (condition, coefficient, exponent, without) => {
      const all = isoflop(extractedRows("llama_3", condition, true), { optimumOf: "D", reading: "parabola" });
      expect(all.fitted).toHaveLength(10);
      expect(Math.abs(all.law.coefficient - coefficient)).toBeLessThan(0.001);
      expect(Math.abs(all.law.exponent - exponent)).toBeLessThan(0.001);
      const trimmed = isoflop(extractedRows("llama_3", condition, false), { optimumOf: "D", reading: "parabola", draws: 1 });
      expect(trimmed.fitted).toHaveLength(8);
      expect(Math.abs(trimmed.law.exponent - without)).toBeLessThan(0.001);
      expect(all.law.exponentInterval.low).toBeLessThan(all.law.exponent);
      expect(all.law.exponentInterval.high).toBeGreaterThan(all.law.exponent);
    },
  );
});

describe("Porian's exponents of N*(C) on OpenWebText2", () => {
  it.each([
    ["owt2_base_long_kaplan_kaplan_train", 0.87, 0.843],
    ["owt2_base_long_kaplan_standard_val", 0.7, 0.753],
    ["owt2_base_short_kaplan_standard_val", 0.602, 0.611],
    ["owt2_base_short_chinchilla_standard_val", 0.569, 0.555],
    ["owt2_tuned_short_const_standard_val", 0.518, 0.511],
  ])("%s: %d by Akima, %d by parabolas", (config, akima, parabola) => {
    const read = (reading: IsoflopReading): IsoflopAnalysis => isoflop(porianRows(config), { optimumOf: "N", reading, draws: 300 });
    expect(Math.abs(read("akima").law.exponent - akima)).toBeLessThan(0.005);
    expect(Math.abs(read("parabola").law.exponent - parabola)).toBeLessThan(0.001);
  });

  it("leaves out the budget whose smallest model is the best, by name", () => {
    const { refused, fitted } = isoflop(porianRows("owt2_base_long_kaplan_standard_val"), { optimumOf: "N", reading: "akima", draws: 100 });
    expect(fitted).toHaveLength(11);
    expect(refused).toEqual([
      {
        status: "edge",
        compute: 1.25e16,
        points: expect.any(Number) as number,
        words: expect.stringContaining("lowest loss is at the fewest parameters") as string,
      },
    ]);
  });
});

describe("Marin's optima", () => {
  it.each([
    ["comma", 0.426, 0.552],
    ["dclm", 0.432, 0.544],
  ])("%s: N* %d and D* %d by parabolas without outliers, and the other reading beside it", (dataset, size, tokens) => {
    const rows = extractedRows(dataset, "", false);
    for (const [optimumOf, exponent] of [
      ["N", size],
      ["D", tokens],
    ] as const) {
      const { parabola, akima, words } = isoflopReadings(rows, { optimumOf, draws: 200 });
      if (parabola.status !== "read" || akima.status !== "read") throw new Error("both readings are there");
      expect(Math.abs(parabola.analysis.law.exponent - exponent)).toBeLessThan(0.001);
      expect(akima.analysis.fitted.length).toBeGreaterThanOrEqual(4);
      expect(words).toContain("parabola");
      expect(words).toContain("Akima");
    }
  });

  it.each([
    ["comma", 0.355, 0.426],
    ["dclm", 0.39, 0.432],
  ])("%s: N* %d by variable projection of the law of size and tokens, .04 to .07 below the parabolas", (dataset, projected, parabola) => {
    const { columns, output } = extractedRows(dataset, "", false);
    const law = fitLaw(findLaw("chinchilla"), { columns, output }, { objective: { kind: "leastSquares" }, residualScale: "value" });
    const exponent = fittedValue(law, "beta") / (fittedValue(law, "alpha") + fittedValue(law, "beta"));
    expect(law.starts.shareReached).toBe(1);
    expect(Math.abs(exponent - projected)).toBeLessThan(0.001);
    expect(parabola - exponent).toBeGreaterThan(0.04);
    expect(parabola - exponent).toBeLessThan(0.075);
  });
});
