import { scheduleFactor } from "../numerics/schedule-factor.ts";
import { significant } from "../study/number-words.ts";
import type { Schedule } from "../study/trainer-contract.ts";
import { factorWords, near } from "./likely-causes.ts";
import { type RateConvention, rateMatches, type RateReading } from "./rate-series.ts";
import type { FindingKind } from "./run-verification.ts";

/**
 * Why the rates of all groups of an attempt differ by a common factor: another peak, a schedule that began again after a
 * resumption, another schedule that explains every reading, or none that is known.
 *
 * @param whole every reading of the attempt, of the groups that have the factor in common
 * @param off those that differ
 */
export function scheduleCause(
  schedule: Schedule,
  whole: readonly RateReading[],
  off: readonly RateReading[],
  convention: RateConvention,
): { readonly kind: FindingKind; readonly cause: string } {
  if (off.every(({ ratio }) => Math.abs(ratio - 1) < 1e-3))
    return {
      kind: "schedule",
      cause: "less than a thousandth off in all groups: a number rounded before it was logged? Log six digits or more",
    };
  const [first] = off;
  const constant = first !== undefined && whole.every(({ ratio, expected }) => expected === 0 || near(ratio, first.ratio, 1e-3));
  const only = new Set(whole.map(({ series }) => series)).size === 1 ? first?.series.factor : undefined;
  if (constant)
    return only !== undefined && only !== 1 && near(first.ratio, 1 / only, 1e-3)
      ? { kind: "group-factor", cause: `as if its factor ${factorWords(only)} had been dropped` }
      : {
          kind: "peak",
          cause: `every logged group has ${significant(first.ratio)} times its rate at every step: another peak learning rate`,
        };
  const restarted = restartStep(schedule, whole, convention);
  if (restarted !== undefined)
    return {
      kind: "schedule-restarted",
      cause: `the schedule began again at step ${restarted}: the scheduler's state was not restored from the checkpoint`,
    };
  const others = otherSchedules(schedule);
  const other = others.find(([, candidate]) => explains(candidate, whole, 0, [-1, 0]));
  if (other !== undefined) return { kind: "schedule", cause: `all groups alike, as if the schedule were ${other[0]}` };
  const both =
    only === undefined || only === 1 ? undefined : others.find(([, candidate]) => explains(candidate, whole, 0, [-1, 0], 1 / only));
  return {
    kind: "schedule",
    cause:
      both === undefined || only === undefined
        ? "all groups alike follow another schedule, or `step` does not count updates"
        : `as if its factor ${factorWords(only)} had been dropped and the schedule were ${both[0]}`,
  };
}

/**
 * Whether a schedule explains readings whose steps are one of `offsets` away from its updates, its first update being number
 * `start` and the peak `times` the resolved one.
 */
function explains(schedule: Schedule, readings: readonly RateReading[], start: number, offsets: readonly number[], times = 1): boolean {
  return offsets.some((offset) =>
    readings.every(({ series, step, used }) => {
      const peak = times * series.peak;
      return rateMatches(used, peak * scheduleFactor(schedule, Math.max(0, step + offset - start)), peak);
    }),
  );
}

/** The step at which a resumed attempt's schedule began again; undefined when that does not explain it. */
function restartStep(schedule: Schedule, readings: readonly RateReading[], convention: RateConvention): number | undefined {
  const [first] = readings;
  if (first === undefined || first.attempt === 1) return undefined;
  const earliest = readings.reduce((least, { step }) => Math.min(least, step), first.step);
  const offset = convention === "update" ? -1 : 0;
  for (let start = earliest; start >= 1; start -= 1) {
    const factor = scheduleFactor(schedule, Math.max(0, first.step + offset - start));
    if (rateMatches(first.used, first.series.peak * factor, first.series.peak) && explains(schedule, readings, start, [offset]))
      return start;
  }
  return undefined;
}

/** Schedules that frameworks fall back to, nearest first. */
function otherSchedules(schedule: Schedule): readonly (readonly [string, Schedule])[] {
  const shapes = ["linear", "cosine", "constant", "warmupStableDecay"] as const;
  const warmups = [...new Set([schedule.warmupSteps, 0])];
  const finals = [...new Set([schedule.finalFraction, 0, 0.1])];
  return shapes.flatMap((shape) =>
    warmups.flatMap((warmupSteps) =>
      finals.map((finalFraction): readonly [string, Schedule] => [
        `${shape === "warmupStableDecay" ? "warm-up, stable, decay" : shape} ${warmupSteps === 0 ? "without warm-up" : `after ${warmupSteps} warm-up steps`}${shape === "constant" ? "" : ` down to ${significant(finalFraction)} of the peak`}`,
        { ...schedule, shape, warmupSteps, finalFraction },
      ]),
    ),
  );
}

/** The numbers that a shape reads; inverseSquareRoot is Adafactor's own and knows none, and growth knows no warm-up. */
const readBy: Readonly<Record<Schedule["shape"], readonly (keyof Schedule)[]>> = {
  constant: ["warmupSteps"],
  linear: ["warmupSteps", "totalSteps", "finalFraction"],
  cosine: ["warmupSteps", "totalSteps", "finalFraction"],
  warmupStableDecay: ["warmupSteps", "totalSteps", "finalFraction", "decaySteps"],
  inverseSquareRoot: [],
  linearGrowth: ["totalSteps", "initialFraction"],
  exponentialGrowth: ["totalSteps", "initialFraction"],
};

/** The fields in which the schedule that a trainer says it followed differs from the resolved one; those that not both shapes read do not count. */
export function followedDifferently(resolved: Schedule, followed: Schedule): readonly string[] {
  const shared = readBy[resolved.shape].filter((field) => readBy[followed.shape].includes(field));
  return (["shape", ...shared] as const)
    .filter((field) => resolved[field] !== followed[field])
    .map((field) => `${field} ${String(followed[field])} in place of ${String(resolved[field])}`);
}
