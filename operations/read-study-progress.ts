import type { SweepState } from "../analysis/study/states.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { countFailedChecks } from "../infra/postgres/run-checks.ts";
import { findRuns } from "../infra/postgres/runs.ts";
import { getStudy, type Study } from "../infra/postgres/studies.ts";
import { sweepProgress } from "../infra/postgres/sweep-progress.ts";
import { comparisonHash, listSweeps, type Sweep } from "../infra/postgres/sweeps.ts";
import { listTrials } from "../infra/postgres/trials.ts";
import { estimateRemaining } from "./estimate-duration.ts";
import { mergeProgress, type MergedProgress } from "./merge-progress.ts";
import type { StudyProgress } from "./study-progress.ts";

/**
 * Where a study stands. Runs are counted over all sweeps that can be compared with the newest one (same trainer, data,
 * model, optimizer, schedule): the ones whose results stand together.
 *
 * @throws LadderError missing STUDY_NOT_FOUND
 */
export async function readStudyProgress({ db }: { readonly db: LadderDatabase }, studyName: string): Promise<StudyProgress> {
  return progressOfStudy(db, await getStudy(db, studyName));
}

/** The same for a study that was read already. */
export async function progressOfStudy(db: LadderDatabase, study: Study): Promise<StudyProgress> {
  const sweeps = await listSweeps(db, study.id);
  const shown = comparableSweeps(sweeps);
  const merged = await mergeSweeps(db, shown);
  const spent = await Promise.all(shown.map(async (sweep) => (await sweepProgress(db, sweep.id)).spent));
  const newest = sweeps.at(-1);
  const slots = Math.max(1, ...sweeps.filter(isOpen).map((sweep) => sweep.concurrency), newest?.concurrency ?? 1);
  const state = stateOfStudy(sweeps);
  const mismatches = await countFailedChecks(
    db,
    shown.map(({ id }) => id),
  );
  return {
    study: study.name,
    question: study.spec.question ?? null,
    state,
    why: whyOf(sweeps, state, merged, mismatches),
    sweeps: sweeps.map(({ id, number, state: sweepState, reason, createdAt }) => ({
      id,
      number,
      state: sweepState,
      reason,
      createdAt: createdAt.toISOString(),
    })),
    cells: merged.cells,
    totals: merged.totals,
    spent: {
      cpuSeconds: spent.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
      trainingFlops: spent.reduce((sum, { trainingFlops }) => sum + trainingFlops, 0),
      runs: merged.totals.finished + merged.totals.diverged + merged.totals.failed - merged.totals.reused,
    },
    budget: newest?.budget ?? {},
    eta: estimateRemaining(merged.remaining, merged.measured, slots),
    slots,
    createdAt: study.createdAt.toISOString(),
  };
}

/** Sweeps whose losses may stand beside those of the newest one. */
export function comparableSweeps(sweeps: readonly Sweep[]): readonly Sweep[] {
  const newest = sweeps.at(-1);
  if (newest === undefined) return [];
  const wanted = comparisonHash(newest);
  return sweeps.filter((sweep) => comparisonHash(sweep) === wanted);
}

/** True while a worker may still do something for the sweep. */
export function isOpen(sweep: Pick<Sweep, "state">): boolean {
  return sweep.state === "queued" || sweep.state === "running" || sweep.state === "paused";
}

/** Counts of the runs of several sweeps together, with what was measured of them. */
export async function mergeSweeps(db: LadderDatabase, sweeps: readonly Sweep[]): Promise<MergedProgress> {
  const trials = await Promise.all(sweeps.map((sweep) => listTrials(db, sweep.id)));
  const runs = await findRuns(
    db,
    trials.flat().flatMap((trial) => trial.runs.map(({ runKey }) => runKey)),
  );
  const newest = sweeps.at(-1);
  const wanted = new Set((trials.at(-1) ?? []).flatMap((trial) => trial.runs.map(({ runKey }) => runKey)));
  const reused = runs.filter(({ runKey, state, finishedAt }) => {
    const hasResult = state === "finished" || state === "diverged";
    return hasResult && wanted.has(runKey) && newest !== undefined && finishedAt !== null && finishedAt < newest.createdAt;
  });
  return mergeProgress(trials.flat(), new Map(runs.map((run) => [run.runKey, run])), new Set(reused.map(({ runKey }) => runKey)));
}

/** Work under way outranks waiting; with no open sweep the newest one speaks for the study. */
function stateOfStudy(sweeps: readonly Sweep[]): SweepState {
  const states = new Set(sweeps.map(({ state }) => state));
  for (const state of ["running", "queued", "paused"] as const) if (states.has(state)) return state;
  return sweeps.at(-1)?.state ?? "queued";
}

/** The reason of the state. A study that ended well needs none: its counts say it. */
function whyOf(sweeps: readonly Sweep[], state: SweepState, { totals }: MergedProgress, mismatches: number): string {
  const complete = state === "finished" && totals.finished === totals.total;
  const reason = complete ? "complete" : (sweeps.toReversed().find((sweep) => sweep.state === state)?.reason ?? "");
  const trouble = totals.failed > 0 ? `${totals.failed} failed` : "";
  const unlike = mismatches > 0 ? `${mismatches} did not use what was resolved` : "";
  return [reason, trouble, unlike].filter((part) => part !== "").join("; ");
}
