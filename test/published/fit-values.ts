import type { FitResult, FitRows } from "../../analysis/fits/contract.ts";
import { predictOutput } from "../../analysis/fits/output-scale.ts";
import type { Law } from "../../analysis/laws/contract.ts";

/** Natural value of a fitted parameter; NaN where its term vanished. */
export function fittedValue(fit: FitResult, name: string): number {
  return fit.parameters.find((parameter) => parameter.name === name)?.value ?? Number.NaN;
}

/** Search coordinates of a fit. */
export function fittedCoordinates(fit: FitResult): Float64Array {
  return Float64Array.from(fit.parameters, ({ coordinate }) => coordinate);
}

/** |predicted / measured - 1| of rows that a fit has not seen. */
export function relativeErrors(law: Law, fit: FitResult, rows: FitRows): number[] {
  const predicted = predictOutput(law, fittedCoordinates(fit), rows.columns);
  return [...rows.output].map((measured, row) => Math.abs((predicted[row] ?? Number.NaN) / measured - 1));
}
