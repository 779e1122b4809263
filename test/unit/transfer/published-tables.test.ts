import { describe, expect, it } from "vitest";
import { measureBasins } from "../../../analysis/transfer/basins.ts";
import { testTransfers } from "../../../analysis/transfer/verdict.ts";
import { publishedResults } from "./published-tables.ts";

describe("the published width sweep, seed 1", () => {
  const basins = measureBasins(publishedResults(), { axis: "width", hyperparameter: "learningRate" });
  const [mup, sp] = testTransfers(basins, { names: { sp: "SP", mup: "muP" } });

  it("has these optima", () => {
    expect(basins.map((basin) => `${basin.parametrization} ${basin.axisValue} ${basin.optimum?.log2.toFixed(2) ?? "none"}`)).toEqual([
      "mup 16 -4.82",
      "mup 32 -4.84",
      "mup 64 -5.00",
      "mup 128 -5.08",
      "sp 16 -4.82",
      "sp 32 -5.82",
      "sp 64 -6.87",
      "sp 128 -7.72",
    ]);
  });

  it("shows SP falling an octave per doubling and muP staying", () => {
    expect(sp?.words).toBe(
      "SP does not transfer over width: the optimum falls 0.98 octaves per doubling (95 % 0.85 to 1.10; least squares on 4 optima, 1 seed, 2 degrees of freedom)",
    );
    expect(mup?.words).toBe(
      "muP transfers over width: the optimum falls 0.09 octaves per doubling (95 % 0.01 to 0.17; least squares on 4 optima, 1 seed, 2 degrees of freedom), inside ± 0.25",
    );
  });
});
