import { sqrt } from "../../numerics/elementary.ts";
import { interpolate, monotoneCubic } from "../../numerics/monotone-cubic.ts";
import type { Law, LawParameter } from "../../laws/contract.ts";
import type { FitResult } from "../contract.ts";
import { fromCoordinate, vanishedCoordinate } from "../coordinates.ts";
import type { Identifiability, ParameterIdentifiability } from "../identifiability.ts";

/** Profile likelihood of one parameter in natural values. Plain JSON. */
export interface ParameterProfile {
  readonly parameter: string;
  readonly meaning: string;
  readonly unit: string;
  /** Whether it is searched, and drawn, by its logarithm. */
  readonly isLogarithmic: boolean;
  /** Of the fit; null where its term vanished. */
  readonly best: number | null;
  readonly level: number;
  /** Ratio at which an end of the interval lies. */
  readonly threshold: number;
  /** Ends of the interval; `low` 0 where the rows do not tell the term from none, null where there is no end as far as was looked. */
  readonly low: number | null;
  readonly high: number | null;
  readonly identified: boolean;
  readonly words: string;
  /** Ratio without the parameter's term at all; null where it may not vanish, or is too far. */
  readonly ratioWithout: number | null;
  /** By rising value, all above 0 where it is logarithmic. */
  readonly points: readonly { readonly value: number; readonly ratio: number }[];
}

const placesPerCurve = 65;
/** So far above the threshold is far enough to see the curve cross it, and places up to so far above shape it. */
const shownOverThreshold = 1.6;
const farOverThreshold = 6;
const flatBelow = 30;

/**
 * Profiles of all parameters, smooth: a profile is looked at in few places, and the signed root of its ratio, which is a straight line where
 * the law is linear in the parameter, is interpolated between them.
 *
 * @param assessed as `assessIdentifiability` gives it for this fit
 */
export function readParameterProfiles(law: Law, fit: FitResult, assessed: Identifiability): readonly ParameterProfile[] {
  return law.parameters.flatMap((parameter, index) => {
    const own = assessed.parameters.find(({ name }) => name === parameter.name);
    return own === undefined ? [] : [profileOf(parameter, fit.parameters[index]?.coordinate ?? 0, own)];
  });
}

function profileOf(parameter: LawParameter, centre: number, { profile, identified, words }: ParameterIdentifiability): ParameterProfile {
  const { name, meaning, unit, transform } = parameter;
  const { level, threshold, low, high } = profile;
  const best = fromCoordinate(parameter, centre);
  const without = profile.points.find(({ coordinate }) => coordinate <= vanishedCoordinate);
  const ratioWithout = transform === "log" && low === 0 ? (without?.ratio ?? null) : null;
  // Towards a term that is not there nothing changes any more.
  const least = ratioWithout === null ? 0 : (best ?? high ?? 0) / flatBelow;
  const near = profile.points.filter(({ value }) => value !== null && (transform === "identity" || value >= least));
  return {
    parameter: name,
    meaning,
    unit,
    isLogarithmic: transform === "log",
    best,
    level,
    threshold,
    low,
    high,
    identified,
    words,
    ratioWithout,
    points: smoothed(near, centre, threshold).flatMap(({ coordinate, ratio }) => {
      const value = fromCoordinate(parameter, coordinate);
      return value === null ? [] : [{ value, ratio }];
    }),
  };
}

interface Place {
  readonly coordinate: number;
  readonly ratio: number;
}

function smoothed(points: readonly Place[], centre: number, threshold: number): readonly Place[] {
  const seen = new Map<number, number>();
  for (const { coordinate, ratio } of points) seen.set(coordinate, Math.min(ratio, seen.get(coordinate) ?? Infinity));
  const places = [...seen].map(([coordinate, ratio]) => ({ coordinate, ratio })).sort((left, right) => left.coordinate - right.coordinate);
  // Neighbours of the interval's ends are kept, and others not far above: what lies higher is out of the picture.
  const near = places.filter(
    ({ ratio }, index) =>
      ratio <= farOverThreshold * threshold ||
      (places[index - 1]?.ratio ?? Infinity) <= threshold ||
      (places[index + 1]?.ratio ?? Infinity) <= threshold,
  );
  const [first, last] = [near[0], near.at(-1)];
  if (first === undefined || last === undefined || near.length < 2) return near;
  const curve = monotoneCubic(
    near.map(({ coordinate }) => coordinate),
    near.map(({ coordinate, ratio }) => (coordinate < centre ? -sqrt(ratio) : sqrt(ratio))),
  );
  return Array.from({ length: placesPerCurve }, (_, index) => {
    const coordinate =
      index === placesPerCurve - 1
        ? last.coordinate
        : first.coordinate + ((last.coordinate - first.coordinate) * index) / (placesPerCurve - 1);
    const root = interpolate(curve, coordinate);
    return { coordinate, ratio: root * root };
  }).filter(({ ratio }) => ratio <= shownOverThreshold * threshold);
}
