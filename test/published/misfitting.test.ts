import { describe, expect, it } from "vitest";
import { bootstrapFits, bootstrapInterval } from "../../analysis/fits/bootstrap.ts";
import type { FitResult } from "../../analysis/fits/contract.ts";
import { fitLaw } from "../../analysis/fits/fit-law.ts";
import { assessIdentifiability } from "../../analysis/fits/identifiability.ts";
import { predictOutput } from "../../analysis/fits/output-scale.ts";
import { prepareFit } from "../../analysis/fits/prepared-fit.ts";
import { chinchilla } from "../../analysis/laws/chinchilla.ts";
import { exp } from "../../analysis/numerics/elementary.ts";
import { readTable, type TableRow } from "./isoflop/table.ts";
import { sizeTokenRows } from "./size-token-rows.ts";

const table = readTable("misfitting/final.csv");
const value = (of: FitResult, name: string): number => of.parameters.find((parameter) => parameter.name === name)?.value ?? Number.NaN;
const coordinates = (of: FitResult): Float64Array => Float64Array.from(of.parameters, ({ coordinate }) => coordinate);

/** The lowest loss over learning rates at each model size and token count. */
function bestRuns(): TableRow[] {
  const best = new Map<string, TableRow>();
  for (const row of table) {
    const key = `${row("N")} ${row("D")}`;
    const known = best.get(key);
    if (known === undefined || Number(row("loss")) < Number(known("loss"))) best.set(key, row);
  }
  return [...best.values()];
}

const best = bestRuns();

describe("(Mis)Fitting's runs", () => {
  it("give the stored fit over all learning rates, and a lower objective", () => {
    const fit = fitLaw(chinchilla, sizeTokenRows(table));
    expect(fit.rowCount).toBe(261);
    expect(fit.objectiveValue).toBeLessThanOrEqual(0.0050217);
    expect(Math.abs(value(fit, "alpha") - 0.20027)).toBeLessThan(0.0005);
    expect(Math.abs(value(fit, "beta") - 0.63566)).toBeLessThan(0.0005);
    expect(Math.abs(value(fit, "E") - 1.8081)).toBeLessThan(0.001);
    expect(Math.abs(value(fit, "A") / 51.41 - 1)).toBeLessThan(0.01);
    expect(Math.abs(value(fit, "B") / 467476 - 1)).toBeLessThan(0.01);
  });

  it("do not identify E where each scale has its best learning rate", () => {
    const rows = sizeTokenRows(best);
    const fit = fitLaw(chinchilla, rows);
    expect(fit.rowCount).toBe(81);
    expect(fit.objectiveValue).toBeLessThanOrEqual(0.000886);
    expect(Math.abs(value(fit, "alpha") - 0.1382)).toBeLessThan(0.0005);
    expect(Math.abs(value(fit, "beta") - 0.6699)).toBeLessThan(0.0005);
    expect(Math.abs(value(fit, "E") - 1.398)).toBeLessThan(0.001);
    const prepared = prepareFit(chinchilla, rows);
    const draws = bootstrapFits(prepared, coordinates(fit), { kind: "pairs", seed: 1, count: 400 });
    const irreducible = bootstrapInterval(draws, (point) => exp(point[0] ?? 0));
    expect(irreducible.low).toBe(0);
    expect(Math.abs(irreducible.high - 2.28)).toBeLessThan(0.1);
    const exponent = bootstrapInterval(draws, (point) => point[3] ?? 0);
    expect(Math.abs(exponent.low - 0.067)).toBeLessThan(0.01);
    expect(Math.abs(exponent.high - 0.362)).toBeLessThan(0.04);
    const [ofE] = assessIdentifiability(prepared, coordinates(fit)).parameters;
    expect(ofE).toMatchObject({ name: "E", identified: false, profile: { low: 0 } });
    expect(ofE?.words).toMatch(/^E is not identified: the rows do not tell it from 0/);
  });

  it("have no irreducible loss at all when embeddings are not counted, and it is not printed as 1e-90", () => {
    const fit = fitLaw(chinchilla, sizeTokenRows(best, { size: "N_no_emb" }));
    expect(fit.parameters.find(({ name }) => name === "E")?.value).toBeNull();
    expect(Math.abs(value(fit, "alpha") - 0.05)).toBeLessThan(0.001);
  });

  it("of less than 5e8 parameters predict the six largest within 0.8 %", () => {
    const fit = fitLaw(chinchilla, sizeTokenRows(best.filter((row) => Number(row("N")) < 5e8)));
    const larger = sizeTokenRows(best.filter((row) => Number(row("N")) >= 5e8));
    expect([fit.rowCount, larger.output.length]).toEqual([75, 6]);
    const errors = predictOutput(chinchilla, coordinates(fit), larger.columns).map((loss, row) =>
      Math.abs(loss / (larger.output[row] ?? 0) - 1),
    );
    const mean = errors.reduce((sum, error) => sum + error, 0) / 6;
    expect(mean).toBeLessThanOrEqual(0.008);
    expect(Math.abs(mean - 0.007)).toBeLessThan(0.0001);
    expect(Math.max(...errors)).toBeLessThanOrEqual(0.0136);
  });
});
