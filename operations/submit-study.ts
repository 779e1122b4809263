import { findSearchStrategy } from "../analysis/search/index.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { createStudyOrGet, setStudySpec } from "../infra/postgres/studies.ts";
import { setSweepState } from "../infra/postgres/sweep-changes.ts";
import { createSweepOrGet, type Sweep } from "../infra/postgres/sweeps.ts";
import { insertTrials } from "../infra/postgres/trials.ts";
import { assertTrainable } from "./plan-privacy.ts";
import { planStudy, type StudyPlan } from "./plan-study.ts";
import type { PreparedStudy } from "./prepare-study.ts";
import { isOpen } from "./read-study-progress.ts";
import { type CheckBeforeSubmission, requireCoordinateCheck } from "./require-coordinate-check.ts";
import type { Session } from "./session.ts";
import { runSweep } from "./run-sweep.ts";

export interface SubmitOptions {
  /** Take over results of the study's earlier trainer programs; recorded with the sweep. */
  readonly allowCodeChange?: boolean;
  /** Runs at a time; left out: the study file's slots, or one a processor. */
  readonly concurrency?: number | undefined;
  /** Called before anything is written; throw to stop (the command line asks the user here). */
  readonly confirm?: (plan: StudyPlan) => Promise<void>;
  /** Told about the coordinate check that the study may ask for, and how to stop it. */
  readonly check?: CheckBeforeSubmission;
}

/** What a submission did. Plain JSON. */
export interface Submission {
  readonly study: string;
  readonly sweepId: string;
  /** 1, 2, … within the study. */
  readonly sweepNumber: number;
  /** True when the same spec with the same trainer was submitted before: nothing new was planned. */
  readonly unchanged: boolean;
  readonly plan: StudyPlan;
  /** Runs that failed or were cancelled earlier: a retry queues them again. */
  readonly toRetry: number;
  readonly state: Sweep["state"];
}

/**
 * Submits a study: writes study, sweep, trials and runs, then starts the sweep's workflow. The same spec again is the
 * same sweep; a wider grid is a new sweep of the study that reuses every run it can. Everything is written before
 * anything starts, so a crash in between is mended by submitting again. A study with a `coordinateCheck` is submitted only
 * when that has passed.
 *
 * @throws LadderError `rejected` COORDINATE_CHECK_NOT_PASSED: nothing is written then but the check; PRIVACY_NOT_TRAINED
 */
export async function submitStudy(session: Session, prepared: PreparedStudy, options: SubmitOptions = {}): Promise<Submission> {
  const { db } = session;
  assertTrainable(prepared.spec.study, prepared.spec.privacy);
  const { plan, prepared: chosen } = await planStudy(db, prepared, options.allowCodeChange ?? false);
  await options.confirm?.(plan);
  await requireCoordinateCheck(session, chosen, options.check ?? { onProgress: () => undefined, signal: new AbortController().signal });
  const { sweep, created } = await writeSweep(db, chosen, options.concurrency);
  if (created && plan.takenOver > 0) {
    const reason = `--allow-code-change: takes over ${plan.takenOver} results of earlier trainer programs; the program now is ${plan.trainer.programDigest.slice(0, 12)}`;
    await setSweepState(db, sweep.id, { to: sweep.state, reason });
  }
  // A sweep that has ended is left as it is; one that is open is started if nobody runs it (Temporal may have forgotten it).
  if (isOpen(sweep)) await runSweep(session, sweep.id);
  const toRetry = plan.runs.filter((run) => run.sharedWith === null && (run.state === "failed" || run.state === "cancelled")).length;
  return { study: plan.study, sweepId: sweep.id, sweepNumber: sweep.number, unchanged: !created, plan, toRetry, state: sweep.state };
}

/** Writes study, sweep and trials. Repeating it changes nothing. */
async function writeSweep(
  db: LadderDatabase,
  prepared: PreparedStudy,
  concurrency: number | undefined,
): Promise<{ readonly sweep: Sweep; readonly created: boolean }> {
  const { spec, specHash, data, trainer, trials } = prepared;
  const study = await createStudyOrGet(db, { name: spec.study, spec });
  const written = await createSweepOrGet(db, {
    studyId: study.id,
    spec,
    specHash,
    data,
    trainer,
    concurrency: concurrency ?? prepared.concurrency,
  });
  // A strategy that searches asks for its trials while the sweep runs.
  if (!findSearchStrategy(spec.strategy.name).asksWhileRunning) await insertTrials(db, written.sweep.id, trials);
  if (written.created && spec.strategy.name !== "list") await setStudySpec(db, study.id, spec);
  return written;
}
