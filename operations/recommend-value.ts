import { parametrizationNames } from "../analysis/parametrizations/index.ts";
import { trainedScale, viewVariant } from "../analysis/search/variants.ts";
import { predictExcessLoss } from "../analysis/recommendation/excess-loss.ts";
import { type Recommendation, recommendValue, type RecommendationResult } from "../analysis/recommendation/recommend.ts";
import { findVariant } from "../analysis/study/find-variant.ts";
import { type Scale, scaleAxes } from "../analysis/study/scale.ts";
import type { StudySpec } from "../analysis/study/study-spec.ts";
import type { TrialRunResult } from "../analysis/study/trial.ts";
import type { TransferTest } from "../analysis/transfer/transfer-test.ts";
import { describeChanges } from "../analysis/transfer/variant-matrix.ts";
import { insertRecommendation } from "../infra/postgres/recommendations.ts";
import { readRunChecks } from "../infra/postgres/run-checks.ts";
import { flagTargetHeads, trainedHeadLayouts } from "./flag-target.ts";
import { asJson } from "./json-value.ts";
import { ladderVersion } from "./ladder-version.ts";
import type { Session } from "./session.ts";
import type { RecommendationContent } from "./stored-recommendation.ts";
import { completeQuestion, completeTarget, getSweptStudy, type StudyQuestion } from "./study-question.ts";
import { testStudyTransfer, transferTests } from "./test-transfer.ts";

export interface RecommendOptions {
  readonly axis?: string | undefined;
  readonly hyperparameter?: string | undefined;
  /** Left out: the one that transfers. */
  readonly parametrization?: string | undefined;
  /** As typed, `width=256`; axes left out are those of the study's target, then the largest of the sweep. */
  readonly target?: readonly string[] | undefined;
}

/** A recommendation, or why there is none. Plain JSON. */
export type RecommendReport =
  | {
      readonly outcome: "recommended";
      readonly study: string;
      readonly id: string;
      readonly content: RecommendationContent;
      readonly transferTest: TransferTest;
    }
  | { readonly outcome: "withheld"; readonly study: string; readonly result: Extract<RecommendationResult, { outcome: "withheld" }> };

/**
 * Recommends a value for a target and stores it with its evidence. The same results and options give the same id.
 *
 * @throws LadderError missing STUDY_NOT_FOUND; conflict NO_RESULTS; input for options that do not fit the study
 */
export async function recommendForStudy(
  session: Pick<Session, "db">,
  studyName: string,
  options: RecommendOptions = {},
): Promise<RecommendReport> {
  const { db } = session;
  const { study, sweep, results } = await getSweptStudy(db, studyName);
  const question = completeQuestion(sweep.spec, options);
  const written = completeTarget(sweep.spec, options.target ?? []);
  const parametrization = options.parametrization ?? chooseParametrization(transferTests(results, question), sweep.spec);
  const target = trainedScale(sweep.spec, parametrization, written);
  const headLayout = flagTargetHeads(sweep.spec, target);
  const checks = await readRunChecks(
    db,
    results.map(({ runKey }) => runKey),
  );
  const result = recommendValue(results, {
    ...question,
    parametrization,
    target,
    base: baseScale(sweep.spec),
    names: parametrizationNames(sweep.spec.parametrizations),
    verifications: Object.fromEntries([...checks].map(([runKey, { status, words }]) => [runKey, { status, words }])),
    ...(headLayout === undefined ? {} : { headLayout }),
  });
  if (result.outcome === "withheld") return { outcome: "withheld", study: studyName, result };
  const content = describeRecommendation(studyName, sweep.spec, result, bestAlternative(results, sweep.spec, question, written, result));
  const { fits } = await testStudyTransfer(session, studyName, { ...question, parametrization });
  const id = await insertRecommendation(db, {
    studyId: study.id,
    content: asJson(content),
    codeVersion: ladderVersion(),
    fitIds: fits,
    runKeys: [...new Set([...content.evidence.optimumRunKeys, ...content.evidence.regretRunKeys])],
  });
  return { outcome: "recommended", study: studyName, id, content, transferTest: result.transferTest };
}

/**
 * The parametrization that transfers; of several, or of none, the one whose optimum drifts least. Variants are other models, which
 * are not chosen for the drift they happen to show: of those with the best verdict the one that the study names first.
 */
export function chooseParametrization(tests: readonly TransferTest[], { variants, parametrizations }: StudySpec): string {
  const drift = (test: TransferTest): number => (test.drift === null ? Number.POSITIVE_INFINITY : Math.abs(test.drift.slope));
  const place = (test: TransferTest): number => parametrizations.indexOf(test.parametrization);
  const hasVariants = tests.some(({ parametrization }) => findVariant(variants, parametrization) !== undefined);
  const order = ["transfers", "undecided", "does-not-transfer", "no-verdict"];
  const [best] = [...tests].sort(
    (left, right) =>
      order.indexOf(left.verdict) - order.indexOf(right.verdict) || (hasVariants ? place(left) - place(right) : drift(left) - drift(right)),
  );
  return best?.parametrization ?? "";
}

/** The other parametrization of the sweep with its proxy optimum, as people without transfer would use it. */
function bestAlternative(
  results: readonly TrialRunResult[],
  spec: StudySpec,
  question: StudyQuestion,
  written: Scale,
  chosen: Recommendation,
): RecommendationContent["alternative"] {
  for (const parametrization of spec.parametrizations.filter((id) => id !== chosen.parametrization)) {
    const target = trainedScale(spec, parametrization, written);
    const other = recommendValue(results, {
      ...question,
      parametrization,
      target,
      base: baseScale(spec),
      names: parametrizationNames(spec.parametrizations),
    });
    if (other.outcome === "withheld") continue;
    const { carried } = other;
    const excess = predictExcessLoss(
      { prediction: other.prediction, value: carried.value },
      { prediction: chosen.prediction, value: chosen.value },
    );
    const own = scaleAxes.some((axis) => target[axis] !== chosen.target[axis]) ? { target } : {};
    return { parametrization, ...own, fromAxisValue: carried.fromAxisValue, value: carried.value, regret: carried.regret, excess };
  }
  return null;
}

/** Where multipliers are 1, with the axes that the study file leaves out filled in as the plan does. */
function baseScale({ base, scales }: StudySpec): RecommendationContent["base"] {
  const first = (value: number | readonly number[]): number => (typeof value === "number" ? value : (value[0] ?? 1));
  return { width: base.width, depth: base.depth ?? first(scales.depth), headDimension: base.headDimension ?? first(scales.headDimension) };
}

function describeRecommendation(
  study: string,
  spec: StudySpec,
  result: Recommendation,
  alternative: RecommendationContent["alternative"],
): RecommendationContent {
  const {
    parametrization,
    axis,
    hyperparameter,
    target,
    carry,
    value,
    log2Value,
    interval,
    log2Interval,
    regret,
    checks,
    words,
    evidence,
    transferTest,
  } = result;
  const scaleNames: readonly string[] = scaleAxes;
  const view = viewVariant(spec, parametrization);
  const variant = findVariant(spec.variants, parametrization);
  return {
    version: 1,
    study,
    parametrization,
    ...(variant === undefined ? {} : { variant: { ruleSet: view.ruleSet, changes: [...describeChanges(variant)] } }),
    axis,
    hyperparameter,
    target,
    base: baseScale(spec),
    optimizer: view.spec.optimizer,
    schedule: view.spec.schedule,
    proxy: { weightDecayKind: view.weightDecayKind, headLayouts: [...trainedHeadLayouts(spec)] },
    carry,
    value,
    log2Value,
    interval,
    log2Interval,
    regret,
    verdict: transferTest.verdict,
    checks: [...checks],
    words,
    evidence: { optimumRunKeys: [...evidence.optimumRunKeys], regretRunKeys: [...evidence.regretRunKeys] },
    held: Object.fromEntries(Object.entries(transferTest.heldConstant).filter(([name]) => !scaleNames.includes(name))),
    alternative,
  };
}
