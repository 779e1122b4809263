import { optimizerState } from "../analysis/parametrizations/optimizers/state-size.ts";
import type { PlannedStage } from "../analysis/search/contract.ts";
import { findSearchStrategy } from "../analysis/search/index.ts";
import { searchProblem } from "../analysis/search/plan.ts";
import { planWarnings } from "../analysis/search/plan-warnings.ts";
import type { StudySpec } from "../analysis/study/study-spec.ts";
import type { TrainerIdentity } from "../analysis/study/run-key.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import type { SettingDifference } from "../analysis/verification/proxy-target.ts";
import { comparePlan, distinctRuns, type PlanCell, planCells, type PlannedRunRow, summariseReasons } from "./compare-plan.ts";
import { type DurationEstimate, estimateRemaining, type MeasuredRun } from "./estimate-duration.ts";
import { findNearRuns } from "./find-near-runs.ts";
import { flagTargetHeads } from "./flag-target.ts";
import { measuredRuns } from "./measured-runs.ts";
import { planPrivacy, type PrivacyPlan } from "./plan-privacy.ts";
import type { PreparedStudy } from "./prepare-study.ts";
import { completeTarget } from "./study-question.ts";
import { earlierTrainers, previousSweeps, reuseAcrossTrainers, storedStates } from "./trainer-change.ts";

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
  /** Numbers that the run with most of them keeps: weights, and what its optimizer remembers of gradients. */
  readonly largestState: { readonly parameters: number; readonly firstMoment: number; readonly secondMoment: number };
  readonly estimate: DurationEstimate;
  readonly concurrency: number;
  readonly budget: BudgetCheck;
  /** In what the study's target is not like its proxies, beyond what its rules scale; nothing is refused for it. */
  readonly targetDifferences: readonly SettingDifference[];
  /** What the rule sets warn of at these scales; nothing is refused for it. */
  readonly ruleWarnings: readonly {
    readonly parametrization: string;
    readonly code: string;
    readonly words: string;
    readonly source: string;
  }[];
  /** Of a strategy that searches: the trials above are only its first. */
  readonly search: {
    readonly strategy: string;
    /** All that it will ask for; of one in stages, at most. */
    readonly runs: number;
    readonly maximumTrainingFlops: number | null;
    /** Empty for a strategy without stages; the first one is the trials above. */
    readonly stages: readonly PlannedStage[];
  } | null;
  /** What a study with `privacy` spends. */
  readonly privacy: PrivacyPlan | null;
  readonly trainer: TrainerIdentity;
  /** False when no database could be asked: then every run counts as new. */
  readonly reuseChecked: boolean;
  /** The trainer's program differs from the one of the study's last sweep. */
  readonly trainerChanged: boolean;
  /** Runs of earlier trainer programs that `--allow-code-change` takes over. */
  readonly takenOver: number;
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
 * @param allowCodeChange take over results of earlier trainer programs of the study
 * @returns the plan, and the study with the runs that it plans
 */
export async function planStudy(
  db: LadderDatabase | null,
  prepared: PreparedStudy,
  allowCodeChange = false,
): Promise<{ readonly plan: StudyPlan; readonly prepared: PreparedStudy }> {
  if (db === null) return { plan: summarisePlan(prepared, comparePlan(prepared.trials, null, new Map()), [], notChecked), prepared };
  const { changed, earlier } = earlierTrainers(prepared.trainer, await previousSweeps(db, prepared.spec.study));
  const reused = allowCodeChange ? await reuseAcrossTrainers(db, prepared, earlier) : { prepared, takenOver: [] };
  const { trials } = reused.prepared;
  const stored = await storedStates(db, trials);
  const wanted = trials.flatMap((trial) =>
    trial.runs.filter((run) => !stored.has(run.runKey)).map(({ runKey, seed }) => ({ ...trial, runKey, seed })),
  );
  const near = await findNearRuns(db, prepared.spec.study, wanted);
  const measured = await measuredRuns(db, prepared.trainer);
  const checks = { reuseChecked: true, trainerChanged: changed, takenOver: reused.takenOver.length };
  return { plan: summarisePlan(reused.prepared, comparePlan(trials, stored, near), measured, checks), prepared: reused.prepared };
}

const notChecked = { reuseChecked: false, trainerChanged: false, takenOver: 0 };

function summarisePlan(
  prepared: PreparedStudy,
  runs: readonly PlannedRunRow[],
  measured: readonly MeasuredRun[],
  checks: Pick<StudyPlan, "reuseChecked" | "trainerChanged" | "takenOver">,
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
    largestState: largestState(prepared),
    estimate: estimateRemaining(left, measured, prepared.concurrency),
    concurrency: prepared.concurrency,
    budget: checkBudget(spec.budget, left.length, sum(left)),
    targetDifferences: flagTargetHeads(spec, completeTarget(spec, [])) ?? [],
    ruleWarnings: planWarnings(spec, prepared.trials),
    search: searchOf(prepared),
    privacy: spec.privacy === undefined ? null : planPrivacy(spec.privacy),
    trainer: { version: prepared.trainer.version, programDigest: prepared.trainer.programDigest },
    ...checks,
  };
}

function searchOf({ spec, data }: Pick<PreparedStudy, "spec" | "data">): StudyPlan["search"] {
  const { name, runs, maximumTrainingFlops } = spec.strategy;
  const strategy = findSearchStrategy(name);
  if (strategy.stages !== null) {
    const stages = strategy.stages(searchProblem(spec, data));
    return { strategy: name, runs: sum(stages.map((stage) => stage.runs)), maximumTrainingFlops: null, stages };
  }
  return runs !== undefined && strategy.asksWhileRunning
    ? { strategy: name, runs, maximumTrainingFlops: maximumTrainingFlops ?? null, stages: [] }
    : null;
}

function largestState({ trials }: PreparedStudy): StudyPlan["largestState"] {
  const states = trials.flatMap((trial) => {
    const resolved = trial.runs[0]?.resolved;
    if (resolved === undefined) return [];
    return [{ parameters: resolved.scale.parameterCountTotal, ...optimizerState(resolved.optimizer, resolved.tensors) }];
  });
  const size = (state: StudyPlan["largestState"]): number => state.parameters + state.firstMoment + state.secondMoment;
  return states.reduce((largest, state) => (size(state) > size(largest) ? state : largest), {
    parameters: 0,
    firstMoment: 0,
    secondMoment: 0,
  });
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

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
