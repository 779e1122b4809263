import { describe, expect, it } from "vitest";
import type { FitRows } from "../../analysis/fits/contract.ts";
import { fitLaw } from "../../analysis/fits/fit-law.ts";
import { findLaw } from "../../analysis/laws/index.ts";
import { scheduleAreas } from "../../analysis/laws/schedule-areas.ts";
import { scheduleFactor } from "../../analysis/numerics/schedule-factor.ts";
import { fittedValue, relativeErrors } from "./fit-values.ts";
import { numbers, readTable, type TableRow } from "./isoflop/table.ts";

const law = findLaw("annealing");
const table = readTable("annealing-curves/runs.csv");
const updates = 20_001;

/** S1 and S2 after each update of a run; warm-up counts as the peak. */
function areasOf(shape: "cosine" | "constant") {
  const schedule = { shape, warmupSteps: 500, totalSteps: 20_000, finalFraction: 0, decaySteps: 0 };
  return scheduleAreas(
    Float64Array.from({ length: updates }, (_, step) => 2e-4 * scheduleFactor(schedule, step)),
    0.999,
    500,
  );
}

const areas = { cosine: areasOf("cosine"), constant: areasOf("constant") };

function rowsOf(rows: readonly TableRow[]): FitRows {
  const of = (row: TableRow) => (row("schedule") === "cosine" ? areas.cosine : areas.constant);
  const at = (row: TableRow): number => Number(row("step"));
  return {
    columns: {
      S1: Float64Array.from(rows, (row) => of(row).trained[at(row)] ?? Number.NaN),
      S2: Float64Array.from(rows, (row) => of(row).annealed[at(row)] ?? Number.NaN),
    },
    output: numbers(rows, "loss"),
  };
}

describe("Tissue et al.'s two loss curves", () => {
  it("have the areas of the authors' script", () => {
    expect(areas.cosine.trained[1000]).toBeCloseTo(0.20014578, 8);
    expect(areas.cosine.trained[20_000]).toBeCloseTo(2.0501, 8);
    expect(areas.cosine.annealed[1000]).toBeCloseTo(4.80815303e-5, 12);
    expect(areas.cosine.annealed[20_000]).toBeCloseTo(0.19747383772752675, 10);
    expect(areas.constant.annealed[20_000]).toBe(0);
  });

  it("give the constants that SciPy's simplex search finds, at no higher an objective", () => {
    const fit = fitLaw(law, rowsOf(table));
    expect(fit.objectiveValue).toBeLessThanOrEqual(1.62925e-5);
    for (const [name, reference] of Object.entries({ L0: 2.62779655, A: 0.42966514, C: 0.41077247, alpha: 0.54984562 }))
      expect(Math.abs(fittedValue(fit, name) / reference - 1), name).toBeLessThan(1e-3);
  });

  it("are one law: what both curves' first 15,000 updates say predicts the last 5,000 of both", () => {
    const early = fitLaw(law, rowsOf(table.filter((row) => Number(row("step")) <= 15_000)));
    const errors = relativeErrors(law, early, rowsOf(table.filter((row) => Number(row("step")) > 15_000)));
    expect(errors).toHaveLength(10);
    expect(Math.max(...errors)).toBeLessThan(0.002);
  });
});
