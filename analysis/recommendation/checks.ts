import { log2 } from "../numerics/elementary.ts";
import type { ScaleAxis } from "../study/scale.ts";
import type { Basin } from "../transfer/basins.ts";
import type { SettingDifference } from "../verification/proxy-target.ts";
import type { RunVerification } from "../verification/run-verification.ts";
import type { TransferTest } from "../transfer/transfer-test.ts";
import type { CarryRule } from "./carry-rule.ts";
import type { PredictedRegret } from "./predicted-regret.ts";
import type { TargetPrediction } from "./target-prediction.ts";

/** One thing that was looked at before a value was given. */
export interface Check {
  readonly id:
    | "grid-edges"
    | "transfer"
    | "straight-line"
    | "seeds"
    | "complete"
    | "used-as-resolved"
    | "distance"
    | "same-setting"
    | "head-layout"
    | "regret-measured";
  readonly passed: boolean;
  readonly words: string;
}

export interface CheckedRecommendation {
  readonly transferTest: TransferTest;
  readonly family: readonly Basin[];
  readonly prediction: TargetPrediction | null;
  readonly regret: PredictedRegret | null;
  /** Scale axes, other than the swept one, in which the target differs from the sweep. */
  readonly differing: readonly ScaleAxis[];
  readonly carry: CarryRule;
  /** Whether trainers used what was resolved, by run key; left out: not looked at. */
  readonly verifications?: RunVerifications | undefined;
  /** How the head layouts of sweep and target differ; left out: not looked at. */
  readonly headLayout?: readonly SettingDifference[] | undefined;
}

/** Outcomes of `verifyRun` by run key. */
export type RunVerifications = Readonly<Record<string, Pick<RunVerification, "status" | "words">>>;

/** Every check, passed and failed, in a fixed order; those that need a prediction only where there is one. */
export function recommendationChecks(subject: CheckedRecommendation): readonly Check[] {
  const { transferTest, family, prediction, regret, differing, carry, verifications, headLayout } = subject;
  const cells = family.filter((basin) => basin.isSweep);
  const runs = cells.flatMap((basin) => basin.points.flatMap((point) => point.runs));
  const missing = runs.filter((run) => run.outcome === "missing").length;
  const seeds = Math.min(...cells.map((basin) => basin.seeds.length));
  const { blockers, verdict, drift } = transferTest;
  return [
    {
      id: "grid-edges",
      passed: blockers.length === 0,
      words:
        blockers.length === 0
          ? "the grid brackets every optimum"
          : blockers.map((blocker) => `${transferTest.axis} ${blocker.axisValue}, seed ${blocker.seed}: ${blocker.words}`).join("; "),
    },
    { id: "transfer", passed: verdict === "transfers", words: transferWords(transferTest, carry) },
    {
      id: "straight-line",
      passed: drift !== null && drift.bend?.isSignificant !== true,
      words:
        drift === null
          ? "no line was fitted"
          : drift.bend === null
            ? "no degrees of freedom to see a bend"
            : drift.bend.isSignificant
              ? "the optimum does not follow a straight line"
              : "no bend is seen",
    },
    {
      id: "seeds",
      passed: seeds >= 2,
      words: seeds >= 2 ? `at least ${seeds} seeds a cell` : "one seed a cell: its luck is in every number",
    },
    {
      id: "complete",
      passed: missing === 0,
      words: missing === 0 ? "every planned run gave a result" : `${missing} of ${runs.length} runs gave no result`,
    },
    ...(verifications === undefined ? [] : [verificationCheck(new Set(runs.map(({ runKey }) => runKey)), verifications)]),
    ...(prediction === null ? [] : [distanceCheck(prediction, cells)]),
    {
      id: "same-setting",
      passed: differing.length === 0,
      words:
        differing.length === 0
          ? "the target differs from the sweep in nothing but the axis"
          : `the target also differs in ${differing.join(", ")}, over which nothing was measured here`,
    },
    ...(headLayout === undefined ? [] : [headLayoutCheck(headLayout)]),
    ...(regret === null ? [] : [{ id: "regret-measured" as const, passed: !regret.isLowerBound, words: regret.words }]),
  ];
}

function transferWords(test: TransferTest, carry: CarryRule): string {
  if (test.verdict === "transfers") return test.words;
  const consequence =
    carry === "fitted-line" ? "the value follows the fitted line and is not carried" : "the base value is carried all the same, as asked";
  return test.verdict === "no-verdict" ? test.words : `${test.words}: ${consequence}`;
}

/** Runs whose trainer did not say what it used count as not known, which is no pass. */
function verificationCheck(runKeys: ReadonlySet<string>, verifications: RunVerifications): Check {
  const known = [...runKeys].flatMap((runKey) => {
    const verification = verifications[runKey];
    return verification === undefined ? [] : [{ runKey, ...verification }];
  });
  const failed = known.filter(({ status }) => status === "failed");
  const silent = known.filter(({ status }) => status === "not-logged");
  const [first] = failed.length > 0 ? failed : silent;
  const words =
    first === undefined
      ? `${known.length} of ${runKeys.size} runs logged what their trainer used, and it is what was resolved`
      : first.status === "failed"
        ? `the trainer of ${failed.length} of ${known.length} runs did not use what was resolved; run ${first.runKey.slice(0, 12)}: ${first.words}`
        : `of ${silent.length} of ${known.length} runs it is not known whether the trainer used what was resolved: ${first.words}`;
  return { id: "used-as-resolved", passed: first === undefined && known.length > 0, words };
}

function headLayoutCheck(differences: readonly SettingDifference[]): Check {
  return {
    id: "head-layout",
    passed: differences.length === 0,
    words: differences.length === 0 ? "heads are laid out at the target as in the sweep" : differences.map(({ words }) => words).join("; "),
  };
}

/** No farther beyond the data than the data reach themselves. */
function distanceCheck(prediction: TargetPrediction, cells: readonly Basin[]): Check {
  const places = cells.map((basin) => log2(basin.axisValue));
  const span = Math.max(...places) - Math.min(...places);
  const beyond = prediction.doublingsBeyond;
  const round = (value: number): number => Number(value.toFixed(2));
  return {
    id: "distance",
    passed: beyond <= span,
    words:
      beyond === 0
        ? "the target lies inside the measured range"
        : `the target lies ${round(beyond)} ${beyond === 1 ? "doubling" : "doublings"} beyond data that span ${round(span)}`,
  };
}
