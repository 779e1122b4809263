import type { StudySpec } from "../../analysis/study/study-spec.ts";
import type { FieldProblem } from "./schema-problems.ts";
import type { FieldPath } from "./yaml-document.ts";

/** A warm-up and a decay that do not fit into one run, or a beginning of growth where nothing grows; wherever the schedule stands. */
export function checkSchedule(schedule: StudySpec["schedule"] | undefined, path: FieldPath): readonly FieldProblem[] {
  if (schedule?.initialFraction !== undefined && schedule.shape !== "linearGrowth" && schedule.shape !== "exponentialGrowth")
    return [
      {
        path: [...path, "initialFraction"],
        message: `is not read by shape ${schedule.shape}`,
        value: String(schedule.initialFraction),
        fix: "remove it, or use linearGrowth or exponentialGrowth",
      },
    ];
  if (schedule?.shape !== "warmupStableDecay" || schedule.warmupFraction + schedule.decayFraction <= 1) return [];
  return [
    {
      path: [...path, "decayFraction"],
      message: `and warmupFraction ${schedule.warmupFraction} add up to more than the whole run`,
      value: String(schedule.decayFraction),
      fix: `at most ${1 - schedule.warmupFraction}`,
    },
  ];
}
