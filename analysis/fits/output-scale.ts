import { exp, log } from "../numerics/elementary.ts";
import { quickExp } from "../numerics/quick-exp-log.ts";
import type { Columns, Law, PreparedLaw } from "../laws/contract.ts";
import { LadderError } from "../study/ladder-error.ts";
import type { ResidualScale } from "./contract.ts";

const ln10 = 2.302585092994046;

/** What the law gives, on the scale on which residuals are taken. */
export function onResidualScale(law: Law, scale: ResidualScale, output: Float64Array): Float64Array {
  if (law.scale === "value" || scale === "value") return output.slice();
  return output.map((value, row) => {
    if (value > 0) return law.scale === "log" ? log(value) : log(value) / ln10;
    throw new LadderError(
      "input",
      "OUTPUT_NOT_POSITIVE",
      `${law.output.name} of row ${row} is ${value}; ${law.id} is fitted to its logarithm`,
      {
        fields: { row, value },
        hint: "leave the row out",
      },
    );
  });
}

/** The law compiled for rows, with predictions and derivatives on the scale on which residuals are taken. */
export function residualModel(law: Law, scale: ResidualScale, columns: Columns): PreparedLaw {
  const prepared = law.prepare(columns);
  if (law.scale === "value" || scale === "law") return prepared;
  const base = law.scale === "log" ? 1 : ln10;
  const { rowCount } = prepared;
  const size = law.parameters.length;
  return {
    rowCount,
    predict(coordinates, predictions) {
      prepared.predict(coordinates, predictions);
      for (let row = 0; row < rowCount; row += 1) predictions[row] = quickExp(base * (predictions[row] ?? 0));
    },
    predictWithJacobian(coordinates, predictions, jacobian) {
      prepared.predictWithJacobian(coordinates, predictions, jacobian);
      for (let row = 0, offset = 0; row < rowCount; row += 1, offset += size) {
        const value = quickExp(base * (predictions[row] ?? 0));
        predictions[row] = value;
        for (let j = 0; j < size; j += 1) jacobian[offset + j] = (jacobian[offset + j] ?? 0) * base * value;
      }
    },
  };
}

/** A prediction on the law's scale in natural units of its output. */
export function toNatural({ scale }: Pick<Law, "scale">, predicted: number): number {
  return scale === "value" ? predicted : exp(scale === "log" ? predicted : predicted * ln10);
}

/** What the law predicts for rows, in natural units of its output. */
export function predictOutput(law: Law, coordinates: Float64Array, columns: Columns): Float64Array {
  const prepared = law.prepare(columns);
  const predictions = new Float64Array(prepared.rowCount);
  prepared.predict(coordinates, predictions);
  return predictions.map((value) => toNatural(law, value));
}
