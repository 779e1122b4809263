import { findArchitecture } from "../parametrizations/architectures/index.ts";
import { findParametrization } from "../parametrizations/index.ts";
import { choiceOfOptimizer } from "../parametrizations/optimizers/index.ts";
import { axisEnds, axisMiddle } from "../search/axis.ts";
import { planTrial } from "../search/plan.ts";
import { viewVariant } from "../search/variants.ts";
import { LadderError } from "../study/ladder-error.ts";
import { runIdentity, runKey, type TrainerIdentity } from "../study/run-key.ts";
import { scaleAxes } from "../study/scale.ts";
import type { StudySpec } from "../study/study-spec.ts";
import type { Data } from "../study/trainer-contract.ts";
import type { PlannedRun } from "../study/trial.ts";
import type { CoordinateAxis, CoordinateModule } from "./coordinate-check.ts";
import { coordinateModules } from "./modules.ts";

/** What is asked of one parametrization (or variant) of a study. */
export interface CoordinateRequest {
  readonly parametrization: string;
  readonly axis: CoordinateAxis;
  /** Left out: those of the study on that axis. */
  readonly axisValues?: readonly number[] | undefined;
  /** Updates. */
  readonly steps: number;
  readonly seeds: readonly number[];
  /** At the base scale; left out: the largest of the study's space. */
  readonly learningRate?: number | undefined;
}

/** The runs of a coordinate check, and what is known of them before they have run. */
export interface CoordinatePlan {
  readonly parametrization: string;
  readonly axis: CoordinateAxis;
  readonly axisValues: readonly number[];
  readonly steps: number;
  readonly seeds: readonly number[];
  /** At the base scale. */
  readonly hyperparameters: Readonly<Record<string, number>>;
  /** Tokens (or examples) of the one batch that every update trains on. */
  readonly batchSizeTokens: number;
  readonly runs: readonly { readonly axisValue: number; readonly seed: number; readonly run: PlannedRun }[];
  readonly modules: readonly CoordinateModule[];
  readonly reservations: readonly string[];
  readonly hints: readonly string[];
}

/**
 * Plans the runs of a coordinate check: the study's model, data, optimizer and rules at every value of the axis, for a few
 * updates on one batch. The schedule is constant without warm-up, so that the first update is a whole one. Axes of the scale
 * that are not checked are those of the base where the study has them, else the study's smallest; hyperparameters that are
 * swept besides the learning rate are the middle of their values.
 *
 * @throws LadderError `input` COORDINATES_TOO_FEW for fewer than two values on the axis, LEARNING_RATE_MISSING, and what
 *   `planTrial` refuses
 */
export function planCoordinateCheck(spec: StudySpec, data: Data, trainer: TrainerIdentity, request: CoordinateRequest): CoordinatePlan {
  const { parametrization, axis, steps, seeds } = request;
  const axisValues = [...new Set(request.axisValues ?? listOf(spec.scales[axis]))].sort((left, right) => left - right);
  if (axisValues.length < 2)
    throw new LadderError("input", "COORDINATES_TOO_FEW", `a slope over ${axis} needs two values, and there is ${axisValues.join(", ")}`, {
      fields: { axis, axisValues },
      hint: `give them: --values ${axis === "width" ? "64,128,256" : "4,8,16"}`,
    });
  const checked = checkedSpec(spec, { parametrization, axis, axisValues, steps });
  const view = viewVariant(checked, parametrization);
  const hyperparameters = { ...middleOfSpace(spec, parametrization), ...view.spec.hyperparameters };
  hyperparameters["learningRate"] = request.learningRate ?? largestLearningRate(spec, parametrization, hyperparameters["learningRate"]);
  const trials = axisValues.map((axisValue) => ({
    axisValue,
    trial: planTrial(checked, data, trainer, { parametrization, hyperparameters, scale: { [axis]: axisValue }, seeds }),
  }));
  const listed = Array.from({ length: steps + 1 }, (_, step) => step);
  const runs = trials.flatMap(({ axisValue, trial }) =>
    trial.runs.map(({ resolved, seed }) => {
      const checkedRun = { ...resolved, coordinates: { steps: listed } };
      const identity = runIdentity(checkedRun, trainer);
      return { axisValue, seed, run: { runKey: runKey(identity), identity, resolved: checkedRun, seed } };
    }),
  );
  const architecture = findArchitecture(view.spec.model.architecture);
  const tensors = trials.flatMap(({ trial }) => {
    const model = trial.runs[0]?.resolved.model;
    return model === undefined ? [] : architecture.tensors(model, trial.scale, view.spec.model);
  });
  const batchSizeTokens = trials[0]?.trial.scale.batchSizeTokens ?? 0;
  const { family } = choiceOfOptimizer(view.spec.optimizer).main;
  const hints = findParametrization(view.ruleSet).checkHints ?? [];
  return {
    parametrization,
    axis,
    axisValues,
    steps,
    seeds,
    hyperparameters: trials[0]?.trial.hyperparameters ?? hyperparameters,
    batchSizeTokens,
    runs,
    modules: coordinateModules(tensors),
    reservations: findReservations(view.spec.optimizer.name, axis, axisValues, batchSizeTokens),
    hints: hints.filter((hint) => hint.axis === axis && hint.families.includes(family)).map(({ hint }) => hint),
  };
}

/** The study with one batch size, a horizon of `steps` updates and a constant schedule, also for its variants. */
function checkedSpec(
  spec: StudySpec,
  { parametrization, axis, axisValues, steps }: Pick<CoordinatePlan, "parametrization" | "axis" | "axisValues" | "steps">,
): StudySpec {
  const { scales, base } = spec;
  const depth = base.depth ?? listOf(scales.depth)[0] ?? 1;
  const headDimension = base.headDimension ?? listOf(scales.headDimension)[0] ?? 1;
  const batchSizeTokens = preferred(scales.batchSizeTokens, base.batchSizeTokens);
  const variants = Object.fromEntries(Object.entries(spec.variants).map(([name, variant]) => [name, { ...variant, schedule: {} }]));
  const factor = spec.variants[parametrization]?.batchSizeFactor ?? 1;
  return {
    ...spec,
    variants,
    schedule: { shape: "constant", warmupFraction: 0, finalFraction: 1, decayFraction: 0 },
    evaluation: { batches: 1, logEverySteps: steps },
    // A rule over the horizon has nothing to carry here: the horizon of the check is its own base.
    base: {
      width: base.width,
      depth,
      headDimension,
      ...(base.batchSizeTokens === undefined ? {} : { batchSizeTokens: base.batchSizeTokens }),
    },
    scales: {
      width: preferred(scales.width, base.width),
      depth: preferred(scales.depth, depth),
      headDimension: preferred(scales.headDimension, headDimension),
      batchSizeTokens,
      tokenHorizon: batchSizeTokens * factor * steps,
      [axis]: [...axisValues],
    },
  };
}

/** The wanted value where the study has it, else its smallest. */
function preferred(values: number | readonly number[], wanted: number | undefined): number {
  const list = listOf(values);
  return wanted !== undefined && list.includes(wanted) ? wanted : Math.min(...list);
}

function middleOfSpace(spec: StudySpec, parametrization: string): Record<string, number> {
  const space = { ...spec.space, ...spec.spaceFor[parametrization] };
  // Axes of scale may be searched too; the check has its own.
  const swept = Object.entries(space).filter(([name]) => !scaleAxes.some((axis) => axis === name));
  return Object.fromEntries(swept.map(([name, axis]) => [name, axisMiddle(axis)]));
}

/** A large one moves the network far enough to show something in a few updates. */
function largestLearningRate(spec: StudySpec, parametrization: string, fixed: number | undefined): number {
  const axis = { ...spec.space, ...spec.spaceFor[parametrization] }["learningRate"];
  if (axis !== undefined) return axisEnds(axis).to;
  const listed = (spec.strategy.trials ?? []).flatMap(({ hyperparameters }) => hyperparameters["learningRate"] ?? []);
  const largest = listed.length > 0 ? Math.max(...listed) : fixed;
  if (largest !== undefined) return largest;
  throw new LadderError("input", "LEARNING_RATE_MISSING", "the study names no learning rate to check with", {
    hint: "give one: --learning-rate 2^-6, or coordinateCheck.learningRate in the study file",
  });
}

/**
 * A factor over fan-in is a sum of one outer product an example, so its rank is at most the batch: with more examples than
 * the narrowest layer has units, the rank itself depends on width, and a right rule shows a slope (about +.2 in the logits at
 * twice the width).
 */
function findReservations(
  optimizer: StudySpec["optimizer"]["name"],
  axis: CoordinateAxis,
  axisValues: readonly number[],
  batchSizeTokens: number,
): readonly string[] {
  const smallest = axisValues[0] ?? 0;
  if (axis !== "width" || (optimizer !== "kfac" && optimizer !== "foof") || batchSizeTokens <= smallest) return [];
  return [
    `the batch of ${batchSizeTokens} exceeds the smallest width ${smallest}: the factors of ${optimizer} have rank min(batch, width), so a right rule shows slopes too; use a batch of at most ${smallest}, or larger widths`,
  ];
}

function listOf(values: number | readonly number[]): readonly number[] {
  return typeof values === "number" ? [values] : values;
}
