import type { FitRows } from "../../../analysis/fits/contract.ts";
import { toCoordinate } from "../../../analysis/fits/coordinates.ts";
import { predictOutput } from "../../../analysis/fits/output-scale.ts";
import type { Columns, Law, LawExample } from "../../../analysis/laws/contract.ts";
import { exp } from "../../../analysis/numerics/elementary.ts";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";

/** The example that every law of the registry has. */
export function exampleOf({ id, example }: Law): LawExample {
  if (example === undefined) throw new Error(`${id} has no example`);
  return example;
}

/** Every combination of the example's inputs. */
export function exampleColumns(law: Law): Columns {
  const { inputs } = exampleOf(law);
  let points: Record<string, number>[] = [{}];
  for (const { name } of law.inputs) points = points.flatMap((point) => (inputs[name] ?? []).map((value) => ({ ...point, [name]: value })));
  return Object.fromEntries(law.inputs.map(({ name }) => [name, Float64Array.from(points, (point) => point[name] ?? Number.NaN)]));
}

/** Search coordinates of the example's parameters. */
export function exampleCoordinates(law: Law): Float64Array {
  const { values } = exampleOf(law);
  return Float64Array.from(law.parameters, (parameter) => toCoordinate(parameter, values[parameter.name] ?? Number.NaN));
}

/** What the law gives for its example, times noise: relative for logarithms, of the largest output for plain values. */
export function exampleRows(law: Law, noise: number, seed = 1): FitRows {
  const columns = exampleColumns(law);
  const stream = randomStream(seed, "example", law.id);
  const exact = predictOutput(law, exampleCoordinates(law), columns);
  const largest = exact.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const output = exact.map((value) => {
    const error = noise * stream.normal();
    return law.scale === "value" ? value + error * largest : value * exp(error);
  });
  return { columns, output };
}
