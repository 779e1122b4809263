import type { OpenFit } from "../document/open-fit.ts";
import { toCoordinate, vanishedCoordinate } from "../coordinates.ts";
import { fitLaw } from "../fit-law.ts";
import { predictOutput } from "../output-scale.ts";
import { prepareFit } from "../prepared-fit.ts";
import { profileParameter } from "../profile.ts";
import type { AskedPlace } from "./asked-place.ts";

/** What is predicted with one parameter held and all others fitted again. Plain JSON. */
export interface HeldPrediction {
  /** Natural value; 0 without the term. */
  readonly held: number;
  readonly value: number;
  /** Relative to the prediction of the fit. */
  readonly change: number;
}

/** What a prediction owes to the irreducible loss. Plain JSON. */
export interface IrreducibleSensitivity {
  readonly parameter: string;
  /** Null where the term vanished. */
  readonly value: number | null;
  /** Profile likelihood; an end is null where none was found. */
  readonly interval95: readonly [number | null, number | null];
  /** At the ends of the interval that there are. */
  readonly predictions: readonly HeldPrediction[];
  readonly words: string;
}

/**
 * The prediction with the law's irreducible term held at both ends of its 95 % profile interval (at 0 where rows do not tell it from
 * nothing), all others fitted again.
 *
 * @param value what the fit predicts at the place
 * @returns null for a law without such a term
 */
export function irreducibleSensitivity(open: OpenFit, place: AskedPlace, value: number): IrreducibleSensitivity | null {
  const { law, fitted, coordinates, problem, fit } = open;
  const index = law.parameters.findIndex(({ name }) => name === law.irreducible);
  const parameter = law.parameters[index];
  if (parameter === undefined) return null;
  const { low, high } = profileParameter(prepareFit(law, fitted, problem), coordinates, index);
  const predictions = [low, high].flatMap((end) => (end === null ? [] : [predictHeld(open, place, parameter.name, end, value)]));
  const values = predictions.map((held) => held.value);
  const words =
    predictions.length === 0
      ? `the rows give ${parameter.name} no end on either side: the prediction hangs on nothing that they tell`
      : high === null
        ? `the rows give ${parameter.name} no upper end`
        : low === null
          ? `the rows give ${parameter.name} no lower end`
          : `${low === 0 ? `the rows do not tell ${parameter.name} from 0; ` : ""}over its interval the prediction goes from ${Math.min(...values).toPrecision(4)} to ${Math.max(...values).toPrecision(4)}`;
  return { parameter: parameter.name, value: fit.parameters[index]?.value ?? null, interval95: [low, high], predictions, words };
}

/**
 * The prediction with one parameter held.
 *
 * @param held natural value; 0: the term is not there
 * @param value what the fit predicts at the place
 */
export function predictHeld(
  { law, fitted, problem, fit }: OpenFit,
  place: AskedPlace,
  name: string,
  held: number,
  value: number,
): HeldPrediction {
  const parameter = law.parameters.find((own) => own.name === name);
  const coordinate = parameter === undefined ? vanishedCoordinate : toCoordinate(parameter, held);
  const again = fitLaw(law, fitted, { ...problem, held: { [name]: coordinate }, search: fit.search });
  const predicted =
    predictOutput(
      law,
      Float64Array.from(again.parameters, (own) => own.coordinate),
      place.columns,
    )[0] ?? Number.NaN;
  return { held, value: predicted, change: predicted / value - 1 };
}
