import { describe, expect, it } from "vitest";
import { fitLaw } from "../../analysis/fits/fit-law.ts";
import { findLaw } from "../../analysis/laws/index.ts";
import { log } from "../../analysis/numerics/elementary.ts";
import { fittedValue } from "./fit-values.ts";
import { numbers, readTable } from "./isoflop/table.ts";

const table = readTable("gemstones/hot_100b.csv");
const law = findLaw("width-depth-tokens");

describe("Gemstones' checkpoints by width and depth", () => {
  const fit = fitLaw(
    law,
    { columns: { width: numbers(table, "width"), depth: numbers(table, "depth"), D: numbers(table, "D") }, output: numbers(table, "loss") },
    { objective: { kind: "huber", delta: 1e-4 } },
  );

  it("give the stored fit", () => {
    expect(fit.objectiveValue).toBeLessThanOrEqual(0.00041995);
    const found = [fittedValue(fit, "alpha"), fittedValue(fit, "beta"), fittedValue(fit, "gamma")];
    for (const [index, published] of [0.26076, 0.1418, 0.5422].entries())
      expect(Math.abs((found[index] ?? 0) - published)).toBeLessThan(0.0005);
    const sizes = [fittedValue(fit, "A"), fittedValue(fit, "B"), fittedValue(fit, "G")].map(log);
    for (const [index, published] of [2.1161, 0.7321, 11.5418].entries())
      expect(Math.abs((sizes[index] ?? 0) - published)).toBeLessThan(0.005);
  });

  it("have no irreducible loss, which is said and not printed as e^-155", () => {
    expect(fit.parameters.find(({ name }) => name === "E")?.value).toBeNull();
  });
});
