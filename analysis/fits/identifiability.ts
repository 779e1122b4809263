import { sqrt } from "../numerics/elementary.ts";
import { vanishedCoordinate } from "./coordinates.ts";
import { curvatureAt } from "./curvature.ts";
import type { PreparedFit } from "./prepared-fit.ts";
import { type Profile, profileParameter } from "./profile.ts";

/** Whether the rows tell a parameter. Plain JSON. */
export interface ParameterIdentifiability {
  readonly name: string;
  readonly profile: Profile;
  /** False when the term may as well not be there, or when an end of the interval was not found. */
  readonly identified: boolean;
  readonly words: string;
}

/** Parameters that can be traded for each other at next to no cost. */
export interface Ridge {
  readonly parameters: readonly [string, string];
  /** Correlation of their errors, in search coordinates. */
  readonly correlation: number;
  readonly words: string;
}

export interface Identifiability {
  readonly level: number;
  readonly parameters: readonly ParameterIdentifiability[];
  readonly ridges: readonly Ridge[];
}

/** Beyond this correlation neither value is to be read without the other. */
const ridgeCorrelation = 0.99;

/**
 * Which parameters of a fit the rows tell, by the profile likelihood of each, and which of them lie on a ridge, by the correlation of
 * their errors.
 *
 * @param best search coordinates of the fit
 */
export function assessIdentifiability(prepared: PreparedFit, best: Float64Array, level = 0.95): Identifiability {
  const { parameters } = prepared.law;
  const size = parameters.length;
  const curvature = curvatureAt(prepared, best);
  const percent = `${Number((100 * level).toPrecision(3))} %`;
  const profiles = parameters.map((parameter, index) => {
    const profile = profileParameter(prepared, best, index, level, curvature);
    const { low, high } = profile;
    const mayBeNothing = parameter.mayVanish === true && low === 0;
    const [from, to] = [low === null ? "no lower end" : low.toPrecision(4), high === null ? "no upper end" : high.toPrecision(4)];
    const words = mayBeNothing
      ? `${parameter.name} is not identified: the rows do not tell it from 0 (${percent}: ${high === null ? to : `up to ${to}`})`
      : low === null || high === null
        ? `${parameter.name} is not identified: its ${percent} interval has ${[low === null ? from : "", high === null ? to : ""].filter((word) => word !== "").join(" and ")}`
        : `${parameter.name}: ${percent} ${from} to ${to}`;
    return { name: parameter.name, profile, identified: !mayBeNothing && low !== null && high !== null, words };
  });
  const ridges: Ridge[] = [];
  for (const [j, left] of parameters.entries())
    for (const [k, right] of parameters.entries()) {
      if (k <= j || best[j] === vanishedCoordinate || best[k] === vanishedCoordinate) continue;
      const variances = (curvature.covariance[j * size + j] ?? 0) * (curvature.covariance[k * size + k] ?? 0);
      const correlation = variances > 0 ? (curvature.covariance[j * size + k] ?? 0) / sqrt(variances) : 0;
      if (Math.abs(correlation) < ridgeCorrelation) continue;
      ridges.push({
        parameters: [left.name, right.name],
        correlation,
        words: `${left.name} and ${right.name} lie on a ridge (correlation ${correlation.toFixed(4)}): read neither without the other`,
      });
    }
  return { level, parameters: profiles, ridges };
}
