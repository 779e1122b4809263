import type { Law } from "../laws/contract.ts";
import { LadderError } from "../study/ladder-error.ts";
import type { FitRows } from "./contract.ts";

/**
 * What a fit needs of its rows: every column of the law, finite and in its range, and at least as many rows of positive weight as there
 * are fitted parameters.
 *
 * @throws LadderError `input` COLUMN_MISSING, ROW_OUT_OF_RANGE, WEIGHT_INVALID, FIT_ROWS_TOO_FEW
 */
export function checkFitRows(law: Law, rows: FitRows, fittedCount: number): void {
  const { output, columns, weights } = rows;
  for (const { name, range } of law.inputs) {
    const column = columns[name];
    if (column?.length !== output.length)
      throw new LadderError("input", "COLUMN_MISSING", `${law.id} reads ${name}; the rows hold ${Object.keys(columns).join(", ")}`, {
        fields: { law: law.id, name },
        hint: `name its column: --map ${name}=…`,
      });
    for (const [row, value] of column.entries()) {
      const legal = range === undefined ? value > 0 && value < Infinity : value >= range.from && value <= range.to;
      if (!legal)
        throw new LadderError("input", "ROW_OUT_OF_RANGE", `${name} of row ${row} is ${value}, outside of what ${law.id} allows`, {
          fields: { law: law.id, name, row, value },
          hint: "leave the row out",
        });
    }
  }
  for (const [row, value] of output.entries())
    if (!Number.isFinite(value))
      throw new LadderError("input", "ROW_OUT_OF_RANGE", `${law.output.name} of row ${row} is ${value}`, {
        fields: { law: law.id, name: law.output.name, row, value },
        hint: "leave the row out",
      });
  for (const [row, weight] of (weights ?? []).entries())
    if (!(weight >= 0 && weight < Infinity))
      throw new LadderError("input", "WEIGHT_INVALID", `the weight of row ${row} is ${weight}; weights are finite and at least 0`, {
        fields: { row, weight },
      });
  const counted = weights === undefined ? output.length : weights.reduce((count, weight) => count + (weight > 0 ? 1 : 0), 0);
  if (counted < fittedCount)
    throw new LadderError("input", "FIT_ROWS_TOO_FEW", `${law.id} has ${fittedCount} parameters to fit and only ${counted} rows`, {
      fields: { law: law.id, parameters: fittedCount, rows: counted },
      hint: "add runs, or fit a law with fewer parameters",
    });
}
