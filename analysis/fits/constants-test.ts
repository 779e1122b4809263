import { logChiSquareSurvival } from "../numerics/chi-square.ts";
import { exp } from "../numerics/elementary.ts";
import { LadderError } from "../study/ladder-error.ts";
import { toCoordinate } from "./coordinates.ts";
import { curvatureAt } from "./curvature.ts";
import type { PreparedFit } from "./prepared-fit.ts";

/** How far given constants are from what the rows say. Plain JSON. */
export interface ConstantsTest {
  /** Objective at the constants, and as a multiple of the least. */
  readonly objective: number;
  readonly timesLeast: number;
  /** Likelihood ratio over all parameters at once. */
  readonly chiSquare: number;
  readonly degreesOfFreedom: number;
  /** Probability of as much by chance, were they true; 0 below 1e-308. */
  readonly pValue: number;
  readonly rejected: boolean;
  readonly words: string;
}

/**
 * Are these constants, somebody else's or rounded ones, tenable on the rows? The likelihood ratio of all parameters at once, for other
 * penalties that of Schrader and Hettmansperger 1980.
 *
 * @param best search coordinates of the fit
 * @param constants natural values by name, one for each parameter of the law
 * @param level of the test: rejected below 1 - level
 * @throws LadderError `input` CONSTANT_MISSING
 */
export function testConstants(
  prepared: PreparedFit,
  best: Float64Array,
  constants: Readonly<Record<string, number>>,
  level = 0.95,
): ConstantsTest {
  const point = Float64Array.from(prepared.law.parameters, (parameter) => {
    const value = constants[parameter.name];
    if (value !== undefined) return toCoordinate(parameter, value);
    throw new LadderError("input", "CONSTANT_MISSING", `${prepared.law.id} needs a value of ${parameter.name} to be tested`, {
      fields: { law: prepared.law.id, parameter: parameter.name },
    });
  });
  const objective = prepared.objectiveAt(point);
  const least = prepared.objectiveAt(best);
  const degreesOfFreedom = best.length;
  const chiSquare = Math.max(0, 2 * curvatureAt(prepared, best).likelihoodScale * (objective - least));
  const pValue = exp(logChiSquareSurvival(chiSquare, degreesOfFreedom));
  const rejected = pValue < 1 - level;
  return {
    objective,
    timesLeast: objective / least,
    chiSquare,
    degreesOfFreedom,
    pValue,
    rejected,
    words: `${rejected ? "rejected" : "tenable"}: the objective there is ${(objective / least).toPrecision(3)} times the least (chi-square ${chiSquare.toPrecision(3)} on ${degreesOfFreedom}, p ${pValue.toPrecision(2)})`,
  };
}
