import { type EquivalentInput, equivalentInput } from "../../laws/equivalent-input.ts";
import { LadderError } from "../../study/ladder-error.ts";
import { bootstrapFits, bootstrapInterval } from "../bootstrap.ts";
import type { OpenFit } from "../document/open-fit.ts";
import { prepareFit } from "../prepared-fit.ts";
import type { AskedPlace } from "./asked-place.ts";
import type { PlaceDistance } from "./place-distance.ts";

/** A model told as a simpler one, with an interval. Plain JSON. */
export interface EquivalentPrediction extends EquivalentInput {
  /** Null where there is no value, or too few clusters to resample. */
  readonly interval95: readonly [number, number] | null;
  /** How the interval was obtained, or why there is none. */
  readonly method: string;
}

/**
 * `equivalentInput` at a place, with percentiles over as many bootstrap refits as the fit had, by its seed.
 *
 * @returns null for a law that compares with nothing
 */
export function equivalentPrediction(
  open: OpenFit,
  { inputs }: AskedPlace,
  distances: readonly PlaceDistance[],
): EquivalentPrediction | null {
  const { law, fitted, coordinates, problem, document } = open;
  if (law.equivalent === undefined) return null;
  const found = equivalentInput(law, coordinates, inputs);
  const own = inputs[found.input] ?? Number.NaN;
  const beyond = distances.filter(({ name, logRatio }) => inputs[name] !== undefined && logRatio !== 0);
  const outside = beyond.map(({ name, value, words }) => `; ${name} = ${value} is ${words}: not measured`).join("");
  const isReference = Object.entries(found.reference).every(([name, value]) => inputs[name] === value);
  if (isReference) return { ...found, interval95: [own, own], method: "exact", words: `${found.words}${outside}` };
  if (found.value === null) return { ...found, interval95: null, method: "there is no value", words: `${found.words}${outside}` };
  try {
    const { draws: count, seed } = document.request;
    const draws = bootstrapFits(prepareFit(law, fitted, problem), coordinates, { kind: "pairs", seed, count });
    const { low, high, method } = bootstrapInterval(draws, (drawn) => equivalentInput(law, drawn, inputs).value ?? Number.NaN);
    const untold = low <= own && own <= high ? `; the rows do not tell it from its own ${found.input}` : "";
    return { ...found, interval95: [low, high], method, words: `${found.words}${untold}${outside}` };
  } catch (error) {
    if (!(error instanceof LadderError) || error.kind === "defect") throw error;
    return { ...found, interval95: null, method: error.message, words: `${found.words}${outside}` };
  }
}
