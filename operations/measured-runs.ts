import type { TrainerIdentity } from "../analysis/study/run-key.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { listStudies } from "../infra/postgres/studies.ts";
import { listSweeps } from "../infra/postgres/sweeps.ts";
import type { MeasuredRun } from "./estimate-duration.ts";
import { mergeSweeps } from "./read-study-progress.ts";

const sweepLimit = 6;

/** Finished runs of this trainer program with their wall-clock seconds, from the newest sweeps of any study. */
export async function measuredRuns(db: LadderDatabase, trainer: TrainerIdentity): Promise<readonly MeasuredRun[]> {
  const measured: MeasuredRun[] = [];
  let looked = 0;
  for (const study of await listStudies(db)) {
    const sweeps = (await listSweeps(db, study.id)).filter(
      (sweep) => sweep.trainer.programDigest === trainer.programDigest && sweep.trainer.version === trainer.version,
    );
    if (sweeps.length === 0) continue;
    measured.push(...(await mergeSweeps(db, sweeps)).measured);
    looked += sweeps.length;
    if (looked >= sweepLimit) break;
  }
  return measured;
}
