import { describe, expect, it } from "vitest";
import { curvatureAt } from "../../analysis/fits/curvature.ts";
import { fitLaw } from "../../analysis/fits/fit-law.ts";
import { onResidualScale, predictOutput } from "../../analysis/fits/output-scale.ts";
import { prepareFit } from "../../analysis/fits/prepared-fit.ts";
import type { Columns } from "../../analysis/laws/contract.ts";
import { laws } from "../../analysis/laws/index.ts";
import { sqrt } from "../../analysis/numerics/elementary.ts";
import { exampleCoordinates, exampleRows } from "../contract/laws/example-rows.ts";

/** The part of the contract suite of laws that fits each of them: it runs over every law of the registry. */
describe.each(laws.map((law) => [law.id, law] as const))("%s", (_, law) => {
  const truth = exampleCoordinates(law);
  const size = law.parameters.length;

  it("finds its own parameters again under seeded noise", () => {
    const noise = 1e-4;
    const rows = exampleRows(law, noise);
    const objective = { kind: "leastSquares" } as const;
    const fit = fitLaw(law, rows, { objective });
    const best = Float64Array.from(fit.parameters, ({ coordinate }) => coordinate);
    const prepared = prepareFit(law, rows, { objective });
    expect(fit.objectiveValue).toBeLessThanOrEqual(prepared.objectiveAt(truth));
    const { covariance } = curvatureAt(prepared, best);
    for (const [index, { name }] of law.parameters.entries()) {
      const error = Math.abs((best[index] ?? 0) - (truth[index] ?? 0));
      expect(error / sqrt(covariance[index * size + index] ?? 0), `${name}: ${best[index]} for ${truth[index]}`).toBeLessThan(5);
    }
  });

  const units = [...new Set(law.inputs.filter(({ fixedUnit }) => fixedUnit !== true).map(({ unit }) => unit))];
  it.each(units)("predicts the same when %s are counted in thousands", (unit) => {
    const rows = exampleRows(law, 0.002, 2);
    const recounted = Object.fromEntries(
      law.inputs.map((input) => [
        input.name,
        (rows.columns[input.name] ?? new Float64Array()).map((value) => (input.unit === unit ? value / 1000 : value)),
      ]),
    );
    const objective = { kind: "leastSquares" } as const;
    const predictions = (counted: Columns): Float64Array => {
      const fit = fitLaw(law, { columns: counted, output: rows.output }, { objective });
      return predictOutput(
        law,
        Float64Array.from(fit.parameters, ({ coordinate }) => coordinate),
        counted,
      );
    };
    const before = onResidualScale(law, "law", predictions(rows.columns));
    const after = onResidualScale(law, "law", predictions(recounted));
    const largest = rows.output.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    for (const [row, value] of after.entries())
      expect(Math.abs(value - (before[row] ?? 0)), `row ${row}`).toBeLessThan(law.scale === "value" ? 1e-5 * largest : 1e-5);
  });
});
