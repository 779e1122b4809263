import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkCoordinates, type MeasuredCoordinate } from "../../analysis/coordinate-check/check-coordinates.ts";
import type { CoordinateCheck, DivergedRun } from "../../analysis/coordinate-check/coordinate-check.ts";
import type { CoordinatePlan } from "../../analysis/coordinate-check/plan.ts";
import { readCoordinates } from "../../analysis/coordinate-check/read-coordinates.ts";
import type { TrainerRun } from "../../analysis/study/trainer-contract.ts";
import { composeTrainerRun } from "../../infra/trainer-contract/run-file.ts";
import { trainRun } from "../../trainers/reference/training/train-run.ts";

/**
 * Carries out a planned coordinate check with the reference trainer in this process, one run after another.
 *
 * @param change what is done to each run before it is trained: a set-up is broken here
 */
export async function runLiveCheck(plan: CoordinatePlan, change: (run: TrainerRun) => TrainerRun = (run) => run): Promise<CoordinateCheck> {
  const folder = mkdtempSync(join(tmpdir(), "ladder-coordinates-"));
  const rows: MeasuredCoordinate[] = [];
  const diverged: DivergedRun[] = [];
  try {
    for (const { axisValue, seed, run } of plan.runs) {
      const composed = composeTrainerRun(run.resolved, {
        runKey: run.runKey,
        attempt: 1,
        checkpointFolder: folder,
        checkpointEverySteps: 0,
        resumeFrom: null,
      });
      const outcome = await trainRun(change(composed), {
        write(line) {
          if (!("event" in line) || line.event !== "coordinates") return;
          rows.push(...readCoordinates({ axisValue, seed, step: line.step }, line.values));
        },
      });
      if (outcome.status === "diverged") diverged.push({ axisValue, seed, step: outcome.step });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const { axis, modules, reservations, hints } = plan;
  return checkCoordinates({ axis, rows, modules, diverged, reservations, hints });
}
