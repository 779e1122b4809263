import type { Question } from "./question.ts";
import type { Admission } from "./polish.ts";

/**
 * Admits candidates that are not a trial's twins: some coordinate is further away than the least separation. Trials that failed for
 * reasons of their own do not count: their values may be tried again.
 */
export function apartFrom({ data, settings }: Question): Admission {
  const others = [...data.judged, ...data.outstanding];
  return ({ features }) =>
    others.every((other) => {
      for (let axis = 0; axis < features.length; axis += 1)
        if (Math.abs((features[axis] ?? 0) - (other.features[axis] ?? 0)) > settings.separation) return true;
      return false;
    });
}
