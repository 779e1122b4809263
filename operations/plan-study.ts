import type { RunState } from "../analysis/study/states.ts";
import type { StudySpec } from "../analysis/study/study-spec.ts";
import type { TrainerIdentity } from "../analysis/study/run-key.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { findRuns } from "../infra/postgres/runs.ts";
import { comparePlan, distinctRuns, type PlanCell, planCells, type PlannedRunRow, summariseReasons } from "./compare-plan.ts";
import { type DurationEstimate, estimateRemaining, type MeasuredRun } from "./estimate-duration.ts";
import { findNearRuns } from "./find-near-runs.ts";
import { measuredRuns } from "./measured-runs.ts";
import type { PreparedStudy } from "./prepare-study.ts";
import { planSpec } from "./prepare-study.ts";
import { previousSweeps, reusedTrainer } from "./trainer-change.ts";

/** What submitting a study file would do. Plain JSON. */
export interface StudyPlan {
  readonly study: string;
  readonly specHash: string;
  readonly cells: readonly PlanCell[];
  /** Every run of every trial; a shared run stands in each of its rows. */
  readonly runs: readonly PlannedRunRow[];
  /** Each run counts once. `toTrain` = new + unfinished. */
  readonly totals: {
    readonly runs: number;
    readonly new: number;
    readonly unfinished: number;
    readonly reused: number;
    readonly shared: number;
    readonly toTrain: number;
  };
  readonly reasons: readonly { readonly fields: readonly string[]; readonly runs: number }[];
  /** FLOPs of what is left to train, and of the whole plan. */
  readonly trainingFlops: { readonly toTrain: number; readonly whole: number };
  readonly estimate: DurationEstimate;
  readonly concurrency: number;
  readonly budget: BudgetCheck;
  readonly trainer: TrainerIdentity;
  /** False when no database could be asked: then every run counts as new. */
  readonly reuseChecked: boolean;
  /** The trainer's program differs from the one of the study's last sweep. */
  readonly trainerChanged: boolean;
}

export interface BudgetCheck {
  readonly budget: StudySpec["budget"];
  readonly fits: boolean;
  /** What is exceeded, in words; empty when it fits. */
  readonly words: readonly string[];
}

/**
 * Plans a study.
 *
 * @param db null when no database is running: reuse is then unknown
 * @param allowCodeChange keep the trainer identity of the study's last sweep, so that its runs are reused
 */
export async function planStudy(
  db: LadderDatabase | null,
  prepared: PreparedStudy,
  allowCodeChange = false,
): Promise<{ readonly plan: StudyPlan; readonly prepared: PreparedStudy }> {
  const previous = db === null ? [] : await previousSweeps(db, prepared.spec.study);
  const { trainer, changed } = reusedTrainer(prepared.trainer, previous, allowCodeChange);
  const chosen = trainer === prepared.trainer ? prepared : planSpec({ ...prepared, trainer });
  const stored = db === null ? null : await storedStates(db, chosen);
  const wanted = chosen.trials.flatMap((trial) =>
    trial.runs.filter((run) => stored?.has(run.runKey) === false).map(({ runKey, seed }) => ({ ...trial, runKey, seed })),
  );
  const near = db === null ? new Map<string, never>() : await findNearRuns(db, prepared.spec.study, wanted);
  const measured = db === null ? [] : await measuredRuns(db, trainer);
  return { plan: summarisePlan(chosen, comparePlan(chosen.trials, stored, near), measured, stored !== null, changed), prepared: chosen };
}

function summarisePlan(
  prepared: PreparedStudy,
  runs: readonly PlannedRunRow[],
  measured: readonly MeasuredRun[],
  reuseChecked: boolean,
  trainerChanged: boolean,
): StudyPlan {
  const distinct = distinctRuns(runs);
  const count = (status: PlannedRunRow["status"]): number => distinct.filter((run) => run.status === status).length;
  const left = distinct.filter((run) => run.status !== "reused").map((run) => run.scale.trainingFlops);
  const whole = sum(distinct.map((run) => run.scale.trainingFlops));
  const { spec } = prepared;
  return {
    study: spec.study,
    specHash: prepared.specHash,
    cells: planCells(runs),
    runs,
    totals: {
      runs: distinct.length,
      new: count("new"),
      unfinished: count("unfinished"),
      reused: count("reused"),
      shared: runs.length - distinct.length,
      toTrain: left.length,
    },
    reasons: summariseReasons(runs),
    trainingFlops: { toTrain: sum(left), whole },
    estimate: estimateRemaining(left, measured, prepared.concurrency),
    concurrency: prepared.concurrency,
    budget: checkBudget(spec.budget, left.length, sum(left)),
    trainer: { version: prepared.trainer.version, programDigest: prepared.trainer.programDigest },
    reuseChecked,
    trainerChanged,
  };
}

/** Whether what is left to train fits the budget. A sweep that reaches its budget pauses; nothing is lost. */
export function checkBudget(budget: StudySpec["budget"], runs: number, trainingFlops: number): BudgetCheck {
  const words = [
    ...(budget.runs !== undefined && runs > budget.runs ? [`${runs} runs to train, budget.runs is ${budget.runs}`] : []),
    ...(budget.trainingFlops !== undefined && trainingFlops > budget.trainingFlops
      ? [`${trainingFlops.toExponential(2)} FLOPs to train, budget.trainingFlops is ${budget.trainingFlops.toExponential(2)}`]
      : []),
  ];
  return { budget, fits: words.length === 0, words };
}

async function storedStates(db: LadderDatabase, prepared: PreparedStudy): Promise<ReadonlyMap<string, RunState>> {
  const keys = prepared.trials.flatMap((trial) => trial.runs.map((run) => run.runKey));
  return new Map((await findRuns(db, keys)).map((run) => [run.runKey, run.state]));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
