import { findArchitecture } from "../parametrizations/architectures/index.ts";
import { countScale } from "../parametrizations/architectures/count.ts";
import { fillHyperparameters } from "../parametrizations/hyperparameters.ts";
import { findParametrization } from "../parametrizations/index.ts";
import { resolveOperations, resolveTensors } from "../parametrizations/resolve.ts";
import { randomStream } from "../numerics/random-stream.ts";
import { LadderError } from "../study/ladder-error.ts";
import { type ResolvedRun, runIdentity, runKey, type TrainerIdentity } from "../study/run-key.ts";
import type { PartialScale } from "../study/scale.ts";
import type { StudySpec } from "../study/study-spec.ts";
import { type Data, trainerContractVersion } from "../study/trainer-contract.ts";
import type { PlannedRun, PlannedTrial } from "../study/trial.ts";
import type { SearchProblem } from "./contract.ts";
import { findSearchStrategy } from "./index.ts";
import { completeScale } from "./list.ts";
import { resolveSchedule } from "./schedule.ts";
import { studyScales } from "./scales.ts";

/** One trial to plan; axes of the scale that are left out are the largest of the study's. */
export interface TrialRequest {
  readonly parametrization: string;
  readonly hyperparameters: Readonly<Record<string, number>>;
  readonly scale: PartialScale;
  readonly seeds: readonly number[];
}

/** What a study asks its strategy. */
export function searchProblem(spec: StudySpec): SearchProblem {
  return {
    parametrizations: spec.parametrizations,
    scales: studyScales(spec),
    space: spec.space,
    spaceFor: spec.spaceFor,
    fixed: spec.hyperparameters,
    settings: spec.strategy,
  };
}

/**
 * Every trial that the study's strategy asks for before it has seen a result, fully resolved and with run keys. The order
 * is the strategy's (grid: parametrization, scale, hyperparameters), then seed.
 *
 * @throws LadderError `input` for what cannot be resolved: see `planTrial`
 */
export function planTrials(spec: StudySpec, data: Data, trainer: TrainerIdentity): readonly PlannedTrial[] {
  const strategy = findSearchStrategy(spec.strategy.name);
  const state = strategy.start(searchProblem(spec));
  const { suggestions } = strategy.suggest(state, randomStream(0, "strategy", strategy.id), Number.MAX_SAFE_INTEGER);
  return suggestions.map((suggestion) => planTrial(spec, data, trainer, { ...suggestion, seeds: spec.seeds }));
}

/**
 * One trial with all its runs resolved: tensors, operations, schedule, counts, identity and key.
 *
 * @throws LadderError `input` PARAMETRIZATION_UNKNOWN, HYPERPARAMETER_*, SCALE_INVALID, VOCABULARY_UNKNOWN, and what
 *   `pairWithBase` refuses
 */
export function planTrial(spec: StudySpec, data: Data, trainer: TrainerIdentity, request: TrialRequest): PlannedTrial {
  const scale = completeScale(request.scale, studyScales(spec));
  const architecture = findArchitecture(spec.model.architecture);
  const parametrization = findParametrization(request.parametrization);
  const problems = architecture.checkScale(spec.model, scale);
  if (problems.length > 0)
    throw new LadderError(
      "input",
      "SCALE_INVALID",
      `${architecture.id} cannot be built at this scale: ${problems.map((problem) => problem.message).join("; ")}`,
      {
        fields: { scale },
        problems: problems.map(({ axis, message, fix }) => ({ path: `scale.${axis}`, message, value: String(scale[axis]), fix })),
      },
    );

  const model = architecture.resolveModel(spec.model, data);
  const tensors = architecture.tensors(model, scale, spec.model);
  const counted = countScale(scale, tensors, architecture.trainingFlopsFormula);
  const known = fillHyperparameters(
    architecture.knowsItsHyperparameters || tensors.length > 0 ? request.hyperparameters : { learningRate: 1, ...request.hyperparameters },
  );
  const resolved: Omit<ResolvedRun, "seed"> = {
    contract: trainerContractVersion,
    hyperparameters: architecture.knowsItsHyperparameters ? { ...known, ...request.hyperparameters } : { ...request.hyperparameters },
    scale: counted,
    model,
    data,
    optimizer: spec.optimizer,
    schedule: resolveSchedule(spec.schedule, scale),
    evaluation: spec.evaluation,
    tokenHorizon: scale.tokenHorizon,
    rungs: [],
    parents: [],
    tensors: resolveTensors({
      parametrization,
      optimizer: spec.optimizer.name,
      tensors,
      // The base has this depth: depth rules belong to the operations, and width rules compare like with like.
      baseTensors: architecture.tensors(model, { ...scale, width: spec.base.width }, spec.model),
      width: scale.width,
      baseWidth: spec.base.width,
      hyperparameters: known,
    }),
    operations: resolveOperations({
      parametrization,
      hasAttention: architecture.hasAttention,
      residualBranches: architecture.residualBranches(scale),
      depth: scale.depth,
      baseDepth: spec.base.depth ?? firstOf(spec.scales.depth),
      headDimension: scale.headDimension,
      baseHeadDimension: spec.base.headDimension ?? firstOf(spec.scales.headDimension),
      hyperparameters: known,
    }),
  };
  return {
    parametrization: parametrization.id,
    hyperparameters: request.hyperparameters,
    scale: counted,
    runs: request.seeds.map((seed) => planRun({ ...resolved, seed }, trainer)),
  };
}

function planRun(resolved: ResolvedRun, trainer: TrainerIdentity): PlannedRun {
  const identity = runIdentity(resolved, trainer);
  return { runKey: runKey(identity), identity, resolved, seed: resolved.seed };
}

function firstOf(value: number | readonly number[]): number {
  return typeof value === "number" ? value : (value[0] ?? 1);
}
