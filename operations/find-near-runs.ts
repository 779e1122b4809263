import { type Scale, scaleAxes } from "../analysis/study/scale.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { getRun } from "../infra/postgres/runs.ts";
import { listStudies } from "../infra/postgres/studies.ts";
import { listSweeps } from "../infra/postgres/sweeps.ts";
import { listTrials } from "../infra/postgres/trials.ts";
import type { StoredIdentity } from "./explain-new-run.ts";

/** A run by its place in a plan: what makes two runs neighbours. */
export interface TrialRun {
  readonly parametrization: string;
  readonly scale: Scale;
  readonly hyperparameters: Readonly<Record<string, number>>;
  readonly seed: number;
}

export interface StoredTrialRun extends TrialRun {
  readonly runKey: string;
}

/** Sweeps to look through at most, and runs of them: enough to explain, little enough to wait for. */
const sweepLimit = 12;
const runLimit = 4000;

/**
 * For each wanted run the stored one that stands nearest to it, with its identity: in the study of this name if it has
 * runs, else in the newest others.
 */
export async function findNearRuns(
  db: LadderDatabase,
  study: string,
  wanted: readonly StoredTrialRun[],
): Promise<ReadonlyMap<string, readonly StoredIdentity[]>> {
  const stored = await storedTrialRuns(db, study);
  const identities = new Map<string, StoredIdentity>();
  const near = new Map<string, readonly StoredIdentity[]>();
  for (const run of wanted) {
    const nearest = nearestTrialRun(run, stored);
    if (nearest === null) continue;
    const known = identities.get(nearest.runKey) ?? { runKey: nearest.runKey, identity: (await getRun(db, nearest.runKey)).identity };
    identities.set(nearest.runKey, known);
    near.set(run.runKey, [known]);
  }
  return near;
}

/**
 * The stored run with the fewest differences in parametrization, scale axes, hyperparameters and seed; among equals the
 * one whose values are fewest octaves away; null when nothing is stored.
 */
export function nearestTrialRun(wanted: TrialRun, stored: readonly StoredTrialRun[]): StoredTrialRun | null {
  let best: { readonly run: StoredTrialRun; readonly differences: number; readonly octaves: number } | null = null;
  for (const run of stored) {
    let differences = (run.parametrization === wanted.parametrization ? 0 : 0.5) + (run.seed === wanted.seed ? 0 : 1);
    let octaves = 0;
    const pairs = [
      ...scaleAxes.map((axis) => [wanted.scale[axis], run.scale[axis]] as const),
      ...Object.keys({ ...wanted.hyperparameters, ...run.hyperparameters }).map(
        (name) => [wanted.hyperparameters[name], run.hyperparameters[name]] as const,
      ),
    ];
    for (const [left, right] of pairs) {
      if (left === right) continue;
      differences += 1;
      octaves += left !== undefined && right !== undefined && left > 0 && right > 0 ? Math.abs(Math.log2(left / right)) : 8;
    }
    if (best === null || differences < best.differences || (differences === best.differences && octaves < best.octaves))
      best = { run, differences, octaves };
  }
  return best?.run ?? null;
}

async function storedTrialRuns(db: LadderDatabase, study: string): Promise<readonly StoredTrialRun[]> {
  const studies = await listStudies(db);
  const own = studies.filter(({ name }) => name === study);
  const found = await trialRunsOf(db, own);
  return found.length > 0 ? found : trialRunsOf(db, studies);
}

async function trialRunsOf(db: LadderDatabase, studies: readonly { readonly id: string }[]): Promise<readonly StoredTrialRun[]> {
  const runs: StoredTrialRun[] = [];
  let sweeps = 0;
  for (const study of studies) {
    for (const sweep of (await listSweeps(db, study.id)).toReversed()) {
      if (sweeps++ >= sweepLimit || runs.length >= runLimit) return runs;
      for (const { parametrization, scale, hyperparameters, runs: members } of await listTrials(db, sweep.id)) {
        runs.push(...members.map(({ runKey, seed }) => ({ runKey, seed, parametrization, scale, hyperparameters })));
      }
    }
  }
  return runs;
}
