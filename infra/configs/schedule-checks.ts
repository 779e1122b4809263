import type { StudySpec } from "../../analysis/study/study-spec.ts";
import type { FieldProblem } from "./schema-problems.ts";
import type { FieldPath } from "./yaml-document.ts";

/** A warm-up and a decay that do not fit into one run, wherever the schedule stands. */
export function checkSchedule(schedule: StudySpec["schedule"] | undefined, path: FieldPath): readonly FieldProblem[] {
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
