import { significant } from "../study/number-words.ts";
import { exp2 } from "../numerics/elementary.ts";
import type { Interval } from "../numerics/interval.ts";
import { scaleAxes, type Scale, type ScaleAxis } from "../study/scale.ts";
import type { TrialRunResult } from "../study/trial.ts";
import type { BasinFitOptions } from "../fits/basin-fit.ts";
import { measureBasins, type Basin } from "../transfer/basins.ts";
import type { SettingDifference } from "../verification/proxy-target.ts";
import type { TransferTest } from "../transfer/transfer-test.ts";
import { testTransfer } from "../transfer/verdict.ts";
import type { CarryRule } from "./carry-rule.ts";
import { recommendationChecks, type Check, type RunVerifications } from "./checks.ts";
import { chooseFamily } from "./family.ts";
import { predictRegretOf, type PredictedRegret } from "./predicted-regret.ts";
import { predictTarget, type TargetPrediction } from "./target-prediction.ts";

export interface RecommendOptions {
  readonly axis: ScaleAxis;
  readonly hyperparameter: string;
  readonly parametrization: string;
  /** The scale to recommend for. */
  readonly target: Scale;
  /** Where multipliers are 1; its value on the axis is the proxy that `carried` starts from. Left out: the smallest scale of the sweep. */
  readonly base?: Partial<Scale> | undefined;
  /** `fitted-line` by default. */
  readonly carry?: CarryRule;
  /** Values of other swept hyperparameters, where there are any. */
  readonly heldConstant?: Readonly<Record<string, number>>;
  readonly marginOctavesPerDoubling?: number;
  readonly level?: number;
  readonly fit?: BasinFitOptions;
  /** Whether trainers used what was resolved, by run key; left out: the check is not made. */
  readonly verifications?: RunVerifications;
  /** How the head layouts of sweep and target differ; left out: the check is not made. */
  readonly headLayout?: readonly SettingDifference[];
  /** How parametrizations are written in words, by id. */
  readonly names?: Readonly<Record<string, string>>;
}

interface RecommendationGrounds {
  readonly parametrization: string;
  readonly axis: ScaleAxis;
  readonly hyperparameter: string;
  readonly target: Scale;
  readonly carry: CarryRule;
  readonly transferTest: TransferTest;
  readonly checks: readonly Check[];
  /** Runs behind the numbers. */
  readonly evidence: {
    /** Behind line and verdict. */
    readonly optimumRunKeys: readonly string[];
    /** Behind the regret curve: the largest scale. */
    readonly regretRunKeys: readonly string[];
  };
}

/** A value for the target, with what it rests on. Plain JSON. */
export interface Recommendation extends RecommendationGrounds {
  readonly outcome: "recommended";
  readonly value: number;
  readonly log2Value: number;
  /** Of the optimum at the target, in the hyperparameter's own unit. */
  readonly interval: Interval;
  readonly log2Interval: Interval;
  readonly regret: PredictedRegret;
  /** The base scale's optimum used at the target as it is. */
  readonly carried: {
    readonly fromAxisValue: number;
    readonly value: number;
    readonly log2Value: number;
    readonly regret: PredictedRegret;
  };
  readonly prediction: TargetPrediction;
  readonly words: string;
}

/** No value can be given; the failed checks say why. */
export interface WithheldRecommendation extends RecommendationGrounds {
  readonly outcome: "withheld";
  readonly words: string;
}

export type RecommendationResult = Recommendation | WithheldRecommendation;

/**
 * Recommends a hyperparameter's value for a scale that was not in the sweep. A parametrization that does not transfer,
 * or is undecided, still gets the value its fitted line predicts, with the failed check beside it; without a verdict
 * (optima on grid edges, too few scales) the recommendation is withheld.
 *
 * @throws LadderError `missing` PARAMETRIZATION_NOT_SWEPT, `input` FAMILY_AMBIGUOUS, and as `measureBasins` does
 */
export function recommendValue(results: readonly TrialRunResult[], options: RecommendOptions): RecommendationResult {
  const { axis, hyperparameter, parametrization, target } = options;
  const level = options.level ?? 0.95;
  const carry = options.carry ?? "fitted-line";
  const basins = measureBasins(results, { axis, hyperparameter, level, ...(options.fit === undefined ? {} : { fit: options.fit }) });
  const family = chooseFamily(basins, { parametrization, axis, hyperparameter, target, heldConstant: options.heldConstant ?? {} });
  const transferTest = testTransfer(family, {
    level,
    ...(options.marginOctavesPerDoubling === undefined ? {} : { marginOctavesPerDoubling: options.marginOctavesPerDoubling }),
    ...(options.names === undefined ? {} : { names: options.names }),
  });
  const { drift, verdict } = transferTest;
  const prediction = drift === null || verdict === "no-verdict" ? null : predictTarget(family, drift, target[axis], level);
  const grounds = {
    parametrization,
    axis,
    hyperparameter,
    target,
    carry,
    transferTest,
    evidence: { optimumRunKeys: transferTest.runKeys, regretRunKeys: runKeysOf(family.filter((basin) => basin.isSweep).at(-1)) },
  };
  const differing = scaleAxes.filter((name) => name !== axis && family[0]?.heldConstant[name] !== target[name]);
  const looked = { verifications: options.verifications, headLayout: options.headLayout };
  const carried = carriedOptimum(family, options.base?.[axis]);
  if (prediction === null || carried === null) {
    const checks = recommendationChecks({ transferTest, family, prediction: null, regret: null, differing, carry, ...looked });
    return { ...grounds, outcome: "withheld", checks, words: `no value of ${hyperparameter} is recommended: ${transferTest.words}` };
  }
  const log2Value = carry === "fitted-line" ? prediction.optimum.log2 : carried.log2Value;
  const regret = predictRegretOf(prediction, exp2(log2Value), level);
  const log2Interval = prediction.optimum.log2Interval;
  const interval = { ...log2Interval, low: exp2(log2Interval.low), high: exp2(log2Interval.high) };
  return {
    ...grounds,
    outcome: "recommended",
    checks: recommendationChecks({ transferTest, family, prediction, regret, differing, carry, ...looked }),
    value: exp2(log2Value),
    log2Value,
    interval,
    log2Interval,
    regret,
    carried: { ...carried, regret: predictRegretOf(prediction, carried.value, level) },
    prediction,
    words: `${hyperparameter} ${significant(exp2(log2Value))} [${significant(interval.low)}, ${significant(interval.high)}] for ${axis} ${target[axis]}: ${transferTest.words}`,
  };
}

/** The optimum of the base scale, or of the smallest measured one when the base was not swept. */
function carriedOptimum(family: readonly Basin[], baseAxisValue: number | undefined): Omit<Recommendation["carried"], "regret"> | null {
  const measured = family.filter((basin) => basin.isSweep && basin.optimum !== null);
  const source = measured.find((basin) => basin.axisValue === baseAxisValue) ?? measured[0];
  if (source?.optimum == null) return null;
  return { fromAxisValue: source.axisValue, value: source.optimum.value, log2Value: source.optimum.log2 };
}

function runKeysOf(basin: Basin | undefined): readonly string[] {
  return (basin?.points ?? []).flatMap((point) => point.runs.map((run) => run.runKey));
}
