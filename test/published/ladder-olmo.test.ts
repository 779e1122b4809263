import { expect, it } from "vitest";
import { fitLaw } from "../../analysis/fits/fit-law.ts";
import { assessIdentifiability } from "../../analysis/fits/identifiability.ts";
import { predictOutput } from "../../analysis/fits/output-scale.ts";
import { prepareFit } from "../../analysis/fits/prepared-fit.ts";
import { profileParameter } from "../../analysis/fits/profile.ts";
import { chinchilla } from "../../analysis/laws/chinchilla.ts";
import { readTable } from "./isoflop/table.ts";
import { sizeTokenRows } from "./size-token-rows.ts";

const fitted = readTable("ladder-olmo/runs.csv").filter(
  (row) => ["190M", "370M", "760M", "1B"].includes(row("size")) && ["1xC", "2xC", "5xC", "10xC"].includes(row("run")),
);
const rows = sizeTokenRows(fitted, { loss: "c4_loss_mean5" });

it("OLMo's ladder of 16 runs is fitted to a quarter of a percent, and does not say whether there is an irreducible loss", () => {
  const fit = fitLaw(chinchilla, rows);
  expect(fit.rowCount).toBe(16);
  expect(fit.objectiveValue).toBeLessThanOrEqual(3.3e-5);
  const [E, A, B, alpha, beta] = fit.parameters.map(({ value }) => value ?? Number.NaN);
  expect(Math.abs((E ?? 0) - 0.934)).toBeLessThan(0.005);
  expect(Math.abs((A ?? 0) / 12.48 - 1)).toBeLessThan(0.01);
  expect(Math.abs((B ?? 0) / 33.48 - 1)).toBeLessThan(0.01);
  expect(Math.abs((alpha ?? 0) - 0.1036)).toBeLessThan(0.0005);
  expect(Math.abs((beta ?? 0) - 0.162)).toBeLessThan(0.0005);
  const best = Float64Array.from(fit.parameters, ({ coordinate }) => coordinate);
  const errors = predictOutput(chinchilla, best, rows.columns).map((loss, row) => Math.abs(loss / (rows.output[row] ?? 0) - 1));
  expect(Math.abs(errors.reduce((sum, error) => sum + error, 0) / 16 - 0.00247)).toBeLessThan(0.00002);

  const prepared = prepareFit(chinchilla, rows);
  const [ofE] = assessIdentifiability(prepared, best).parameters;
  expect(ofE).toMatchObject({ name: "E", identified: false });
  expect(ofE?.words).toMatch(/^E is not identified: the rows do not tell it from 0/);
  const irreducible = profileParameter(prepared, best, 0);
  expect(irreducible.low).toBe(0);
  expect(Math.abs((irreducible.high ?? 0) - 2.18)).toBeLessThan(0.15);
  const exponent = profileParameter(prepared, best, 3);
  expect(Math.abs((exponent.low ?? 0) - 0.057)).toBeLessThan(0.01);
  expect(Math.abs((exponent.high ?? 0) - 0.53)).toBeLessThan(0.1);
});
