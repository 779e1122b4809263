import { findArchitecture } from "../parametrizations/architectures/index.ts";
import { countScale } from "../parametrizations/architectures/count.ts";
import { fillHyperparameters, recordedHyperparameters } from "../parametrizations/hyperparameters.ts";
import { findParametrization } from "../parametrizations/index.ts";
import { modelFacts } from "../parametrizations/architectures/index.ts";
import { choiceOfOptimizer } from "../parametrizations/optimizers/index.ts";
import { resolveOperations, resolveOptimizer } from "../parametrizations/resolve-operations.ts";
import { resolveTensors } from "../parametrizations/resolve.ts";
import { randomStream } from "../numerics/random-stream.ts";
import { LadderError } from "../study/ladder-error.ts";
import { type ResolvedRun, runIdentity, runKey, type TrainerIdentity } from "../study/run-key.ts";
import type { PartialScale, Scale } from "../study/scale.ts";
import type { StudySpec, WeightDecayKind } from "../study/study-spec.ts";
import { type Data, type Optimizer, trainerContractVersion } from "../study/trainer-contract.ts";
import type { PlannedRun, PlannedTrial } from "../study/trial.ts";
import { assertBaseStated, baseScale } from "./base-scale.ts";
import type { SearchProblem, Suggestion } from "./contract.ts";
import { findSearchStrategy } from "./index.ts";
import { completeScale } from "./list.ts";
import { resolveSchedule } from "./schedule.ts";
import { studyScales } from "./scales.ts";
import { trainedScale, viewVariant } from "./variants.ts";

/** One trial to plan; axes of the scale that are left out are the largest of the study's. */
export interface TrialRequest {
  readonly parametrization: string;
  readonly hyperparameters: Readonly<Record<string, number>>;
  readonly scale: PartialScale;
  readonly seeds: readonly number[];
}

/** What a study asks its strategy. */
export function searchProblem(spec: StudySpec, data: Data): SearchProblem {
  const counted = new Map<string, number>();
  return {
    parametrizations: spec.parametrizations,
    scales: studyScales(spec),
    space: spec.space,
    spaceFor: spec.spaceFor,
    fixed: spec.hyperparameters,
    settings: spec.strategy,
    seedCount: spec.seeds.length,
    trainingFlops(parametrization, scale) {
      const key = JSON.stringify([parametrization, scale]);
      const known = counted.get(key);
      if (known !== undefined) return known;
      const flops = trainingFlopsOf(spec, data, parametrization, scale);
      counted.set(key, flops);
      return flops;
    },
  };
}

function trainingFlopsOf(study: StudySpec, data: Data, parametrization: string, wanted: Scale): number {
  const { spec } = viewVariant(study, parametrization);
  const scale = trainedScale(study, parametrization, wanted);
  const architecture = findArchitecture(spec.model.architecture);
  const tensors = architecture.tensors(architecture.resolveModel(spec.model, data), scale, spec.model);
  return countScale(scale, tensors, architecture.trainingFlopsFormula).trainingFlops;
}

/**
 * Every trial that the study's strategy asks for before it has seen a result, fully resolved and with run keys. The order
 * is the strategy's (grid: parametrization, scale, hyperparameters), then seed. Of a strategy that searches these are the first ones, one
 * a slot; of one in stages, the first stage where it can be listed.
 *
 * @throws LadderError `input` for what cannot be resolved: see `planTrial`
 */
export function planTrials(spec: StudySpec, data: Data, trainer: TrainerIdentity): readonly PlannedTrial[] {
  const strategy = findSearchStrategy(spec.strategy.name);
  const problem = searchProblem(spec, data);
  const [first] = strategy.stages?.(problem) ?? [];
  const isListed = !strategy.asksWhileRunning || (first !== undefined && first.isListed !== false);
  const count = isListed ? Number.MAX_SAFE_INTEGER : (spec.executor.slots ?? 1);
  const { suggestions } = strategy.suggest(problem, strategy.start(problem), randomStream(0, "strategy", strategy.id), count);
  return suggestions.map((suggestion) =>
    planTrial(spec, data, trainer, { ...suggestion, seeds: strategy.asksWhileRunning ? [seedOf(spec, suggestion)] : spec.seeds }),
  );
}

/** The training seed of a suggestion of a strategy that searches: replicates take the study's seeds in turn, then the numbers after them. */
export function seedOf({ seeds }: Pick<StudySpec, "seeds">, { repeats = 0 }: Pick<Suggestion, "repeats">): number {
  return seeds[repeats] ?? Math.max(...seeds) + 1 + repeats - seeds.length;
}

/**
 * One trial with all its runs resolved: tensors, operations, schedule, counts, identity and key.
 *
 * @throws LadderError `input` PARAMETRIZATION_UNKNOWN, HYPERPARAMETER_*, SCALE_INVALID, VOCABULARY_UNKNOWN, and what
 *   `assertBaseStated` and `pairWithBase` refuse
 */
export function planTrial(study: StudySpec, data: Data, trainer: TrainerIdentity, request: TrialRequest): PlannedTrial {
  const view = viewVariant(study, request.parametrization);
  const { spec, ruleSet, weightDecayKind } = view;
  const scale = trainedScale(study, request.parametrization, completeScale(request.scale, studyScales(spec)));
  const architecture = findArchitecture(spec.model.architecture);
  const parametrization = findParametrization(ruleSet);
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
  const given = { ...request.hyperparameters, ...view.fixed };
  const hyperparameters = fillHyperparameters(
    architecture.knowsItsHyperparameters || tensors.length > 0 ? given : { learningRate: 1, ...given },
  );
  const optimizer = choiceOfOptimizer(spec.optimizer);
  assertBaseStated({ spec, scale, parametrization, weightDecayKind, hasAttention: architecture.hasAttention });
  const base = baseScale(spec, scale);
  const resolution = { parametrization, optimizer, scale, base, hyperparameters, modelFacts: modelFacts(model) };
  const resolved: Omit<ResolvedRun, "seed"> = {
    contract: trainerContractVersion,
    hyperparameters: architecture.knowsItsHyperparameters ? recordedHyperparameters(given) : given,
    scale: counted,
    model,
    data,
    optimizer: withDecayKind(resolveOptimizer(spec.optimizer, optimizer, parametrization, { scale, base }), weightDecayKind),
    schedule: resolveSchedule(spec.schedule, scale),
    evaluation: spec.evaluation,
    tokenHorizon: scale.tokenHorizon,
    rungs: [],
    parents: [],
    tensors: resolveTensors({
      ...resolution,
      tensors,
      // The base has this depth: rules of depth read it from the scale, and width rules compare like with like.
      baseTensors: architecture.tensors(model, { ...scale, width: base.width, headDimension: base.headDimension }, spec.model),
      weightDecayKind,
    }),
    operations: resolveOperations({
      ...resolution,
      hasAttention: architecture.hasAttention,
      residualBranches: architecture.residualBranches(scale),
    }),
    ...(spec.precision === undefined ? {} : { precision: spec.precision }),
  };
  return {
    parametrization: request.parametrization,
    hyperparameters: given,
    scale: counted,
    runs: request.seeds.map((seed) => planRun({ ...resolved, seed }, trainer)),
  };
}

function planRun(resolved: ResolvedRun, trainer: TrainerIdentity): PlannedRun {
  const identity = runIdentity(resolved, trainer);
  return { runKey: runKey(identity), identity, resolved, seed: resolved.seed };
}

/**
 * Coupled decay is told to the optimizer; every other kind is a coefficient in the table.
 *
 * @throws LadderError `input` WEIGHT_DECAY_KIND_UNSUPPORTED for coupled decay under an optimizer that has none
 */
function withDecayKind(optimizer: Optimizer, kind: WeightDecayKind): Optimizer {
  if (kind !== "coupled") return optimizer;
  if (optimizer.name === "sgd" || optimizer.name === "adam") return { ...optimizer, weightDecayCoupling: "coupled" };
  throw new LadderError(
    "input",
    "WEIGHT_DECAY_KIND_UNSUPPORTED",
    `weightDecayKind coupled adds decay to the gradient, which ${optimizer.name} does not do`,
    {
      fields: { optimizer: optimizer.name },
      hint: "use optimizer sgd or adam, or weightDecayKind decoupled or independent",
    },
  );
}
