import type { Columns, Law } from "../../laws/contract.ts";
import { toNatural } from "../output-scale.ts";

const ln10 = 2.302585092994046;
/** Of the derivative, which is 1 for a term that is only added. */
const tolerance = 1e-6;

/**
 * Index of the parameter that the law only adds, such as an irreducible loss E: the one by which the output's derivative is 1 in every row.
 *
 * @param coordinates of the fit, in search coordinates
 * @param columns at least one row
 * @returns null where there is none, or where its term vanished
 */
export function constantTerm(law: Law, coordinates: Float64Array, columns: Columns): number | null {
  const model = law.prepare(columns);
  const size = law.parameters.length;
  const predictions = new Float64Array(model.rowCount);
  const jacobian = new Float64Array(model.rowCount * size);
  model.predictWithJacobian(coordinates, predictions, jacobian);
  const outputs = predictions.map((value) => toNatural(law, value));
  const found = law.parameters.findIndex(({ transform }, index) => {
    const value = transform === "log" ? toNatural({ scale: "log" }, coordinates[index] ?? 0) : 1;
    if (!(value > 0)) return false;
    return outputs.every((output, row) => {
      // d output / d prediction, times d prediction / d coordinate, over d parameter / d coordinate.
      const outer = law.scale === "value" ? 1 : law.scale === "log" ? output : output * ln10;
      return Math.abs((outer * (jacobian[row * size + index] ?? 0)) / value - 1) < tolerance;
    });
  });
  return found < 0 ? null : found;
}
