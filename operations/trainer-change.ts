import type { TrainerIdentity } from "../analysis/study/run-key.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { RunState } from "../analysis/study/states.ts";
import type { PlannedTrial } from "../analysis/study/trial.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { findRuns } from "../infra/postgres/runs.ts";
import { getStudy } from "../infra/postgres/studies.ts";
import { listSweeps, type Sweep } from "../infra/postgres/sweeps.ts";
import { planSpec, type PreparedStudy } from "./prepare-study.ts";

/** The sweeps of a study by name, none when there is no such study yet. */
export async function previousSweeps(db: LadderDatabase, study: string): Promise<readonly Sweep[]> {
  try {
    return await listSweeps(db, (await getStudy(db, study)).id);
  } catch (error) {
    if (error instanceof LadderError && error.code === "STUDY_NOT_FOUND") return [];
    throw error;
  }
}

/** The other trainers of a study's sweeps, the newest first; `changed` when the last sweep's is not the one of now. */
export function earlierTrainers(
  now: TrainerIdentity,
  sweeps: readonly Sweep[],
): { readonly changed: boolean; readonly earlier: readonly TrainerIdentity[] } {
  const others = new Map<string, TrainerIdentity>();
  for (const { trainer } of sweeps.toReversed()) {
    if (isSame(trainer, now)) continue;
    others.set(`${trainer.version} ${trainer.programDigest}`, { version: trainer.version, programDigest: trainer.programDigest });
  }
  const last = sweeps.at(-1)?.trainer;
  return { changed: last !== undefined && !isSame(last, now), earlier: [...others.values()] };
}

/**
 * `--allow-code-change`: every run that has a result from an earlier trainer of the study stands for itself; all others
 * are runs of the trainer as it is now, so that no key ever stands for a program that did not run.
 *
 * @returns the study with those runs in place, and the keys that were taken over
 */
export async function reuseAcrossTrainers(
  db: LadderDatabase,
  prepared: PreparedStudy,
  earlier: readonly TrainerIdentity[],
): Promise<{ readonly prepared: PreparedStudy; readonly takenOver: readonly string[] }> {
  let { trials } = prepared;
  const takenOver: string[] = [];
  for (const identity of earlier) {
    const old = planSpec({ ...prepared, trainer: { ...prepared.trainer, ...identity } }).trials;
    const states = await storedStates(db, old);
    trials = trials.map((trial, place) => ({
      ...trial,
      runs: trial.runs.map((run, at) => {
        const candidate = old[place]?.runs[at];
        if (candidate === undefined || takenOver.includes(run.runKey) || !hasResult(states.get(candidate.runKey))) return run;
        takenOver.push(candidate.runKey);
        return candidate;
      }),
    }));
  }
  return { prepared: { ...prepared, trials }, takenOver: [...new Set(takenOver)] };
}

/** States of the stored runs among those of the trials, by run key. */
export async function storedStates(db: LadderDatabase, trials: readonly PlannedTrial[]): Promise<ReadonlyMap<string, RunState>> {
  const keys = trials.flatMap((trial) => trial.runs.map((run) => run.runKey));
  return new Map((await findRuns(db, keys)).map((run) => [run.runKey, run.state]));
}

function hasResult(state: RunState | undefined): boolean {
  return state === "finished" || state === "diverged";
}

function isSame(left: TrainerIdentity, right: TrainerIdentity): boolean {
  return left.version === right.version && left.programDigest === right.programDigest;
}
