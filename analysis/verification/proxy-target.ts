import type { WeightDecayKind } from "../study/study-spec.ts";
import type { Schedule } from "../study/trainer-contract.ts";

/**
 * What a proxy or a target says of its training beside its scale. A member that is left out is not known and compared with
 * nothing.
 */
export interface TrainingSetting {
  readonly schedule?: {
    readonly shape: Schedule["shape"];
    /** Share of the steps spent warming up. */
    readonly warmupFraction?: number | undefined;
    /** Where the decay ends, as a share of the run: 1 when it ends with it. */
    readonly decayEndFraction?: number | undefined;
    /** Where the schedule ends, of the peak. */
    readonly finalFraction?: number | undefined;
    /** Share of the steps of the last decay; `warmupStableDecay` only. */
    readonly decayFraction?: number | undefined;
  };
  readonly weightDecay?: {
    readonly kind: WeightDecayKind /** False: the coefficient is 0, so its kind does nothing. */;
    readonly isUsed: boolean;
  };
  /** Every head layout trained, or the one of the target. */
  readonly heads?: readonly HeadLayout[];
}

export interface HeadLayout {
  readonly width: number;
  readonly headDimension: number;
}

/** One thing in which a proxy is not like its target. */
export interface SettingDifference {
  readonly aspect: "schedule" | "weightDecayKind" | "headLayout";
  readonly proxy: string;
  readonly target: string;
  /** One sentence with both values. */
  readonly words: string;
}

/** Fractions of whole steps round: two schedules are the same within this. */
const fractionTolerance = 0.005;

/**
 * Says in what a proxy differs from the target that its optimum is carried to: schedule shape, weight-decay kind, head
 * layout. No width rule corrects for any of them: optima depend on the schedule and on how decay meets the learning rate
 * (Wang and Aitchison 2024, arXiv:2405.13698), and transfer was lost or kept by such choices (Lingle 2024, arXiv:2404.05728).
 */
export function compareProxyWithTarget(proxy: TrainingSetting, target: TrainingSetting): readonly SettingDifference[] {
  return [
    ...scheduleDifferences(proxy.schedule, target.schedule),
    ...weightDecayDifferences(proxy.weightDecay, target.weightDecay),
    ...(proxy.heads === undefined || target.heads === undefined ? [] : headLayoutDifferences(proxy.heads, target.heads)),
  ];
}

function scheduleDifferences(proxy: TrainingSetting["schedule"], target: TrainingSetting["schedule"]): readonly SettingDifference[] {
  if (proxy === undefined || target === undefined) return [];
  const far = (left: number | undefined, right: number | undefined): boolean =>
    left !== undefined && right !== undefined && Math.abs(left - right) > fractionTolerance;
  const decays = proxy.shape !== "constant" || target.shape !== "constant";
  const differs =
    proxy.shape !== target.shape ||
    far(proxy.warmupFraction, target.warmupFraction) ||
    (decays && (far(proxy.finalFraction, target.finalFraction) || far(proxy.decayEndFraction, target.decayEndFraction))) ||
    (proxy.shape === "warmupStableDecay" && far(proxy.decayFraction, target.decayFraction));
  if (!differs) return [];
  return [difference("schedule", "the schedule", scheduleWords(proxy), scheduleWords(target))];
}

function scheduleWords({
  shape,
  warmupFraction,
  finalFraction,
  decayEndFraction,
  decayFraction,
}: NonNullable<TrainingSetting["schedule"]>): string {
  const percent = (fraction: number): string => `${Number((100 * fraction).toFixed(1))} %`;
  const parts = [
    shape === "warmupStableDecay" ? "warm-up, stable, decay" : shape,
    ...(warmupFraction === undefined ? [] : [`${percent(warmupFraction)} warm-up`]),
    ...(shape === "warmupStableDecay" && decayFraction !== undefined ? [`${percent(decayFraction)} decay`] : []),
    ...(shape === "constant" || finalFraction === undefined ? [] : [`down to ${percent(finalFraction)} of the peak`]),
    ...(shape === "constant" || decayEndFraction === undefined || Math.abs(decayEndFraction - 1) <= fractionTolerance
      ? []
      : [`reached at ${percent(decayEndFraction)} of the run`]),
  ];
  return parts.join(", ");
}

function weightDecayDifferences(
  proxy: TrainingSetting["weightDecay"],
  target: TrainingSetting["weightDecay"],
): readonly SettingDifference[] {
  if (proxy === undefined || target === undefined || (!proxy.isUsed && !target.isUsed)) return [];
  const words = ({ kind, isUsed }: typeof proxy): string => (isUsed ? decayWords[kind] : "none");
  if (words(proxy) === words(target)) return [];
  return [difference("weightDecayKind", "weight decay", words(proxy), words(target))];
}

const decayWords: Readonly<Record<WeightDecayKind, string>> = {
  coupled: "coupled (added to the gradient)",
  decoupled: "decoupled (times the learning rate)",
  independent: "independent (times the schedule alone)",
  constantTimescale: "decoupled, with a constant timescale over batch and horizon",
};

/** What stays when width grows; `one-layout` when a single width was trained, `mixed` when neither stays. */
export type FixedWithWidth = "headDimension" | "headCount" | "mixed" | "one-layout";

/** Reads from trained layouts whether the head dimension or the number of heads is fixed. */
export function fixedWithWidth(layouts: readonly HeadLayout[]): FixedWithWidth {
  const dimensions = new Set(layouts.map(({ headDimension }) => headDimension));
  const counts = new Set(layouts.map(({ width, headDimension }) => width / headDimension));
  if (new Set(layouts.map(({ width }) => width)).size <= 1 && dimensions.size <= 1) return "one-layout";
  if (dimensions.size === 1) return "headDimension";
  return counts.size === 1 ? "headCount" : "mixed";
}

/**
 * A target whose head dimension was never trained: with a fixed head dimension attention logits keep their scale, with a
 * fixed number of heads they need 1/headDimension, and a rule cannot know which of the two the user means to follow.
 */
export function headLayoutDifferences(proxy: readonly HeadLayout[], target: readonly HeadLayout[]): readonly SettingDifference[] {
  const trained = new Set(proxy.map(({ headDimension }) => headDimension));
  const strange = target.filter(({ headDimension }) => !trained.has(headDimension));
  const fixed = fixedWithWidth(proxy);
  return strange.flatMap((layout) => {
    const heads = layout.width / layout.headDimension;
    const counts = [...new Set(proxy.map(({ width, headDimension }) => width / headDimension))];
    if (fixed === "headCount" && counts.includes(heads)) return [];
    const dimensions = [...trained].join(", ");
    const proxyWords =
      fixed === "headCount"
        ? `${counts.join(", ")} heads at every width`
        : `head dimension ${dimensions}${fixed === "headDimension" ? " at every width" : ""}`;
    return [
      difference(
        "headLayout",
        "the head layout",
        proxyWords,
        `head dimension ${layout.headDimension} (${heads} heads at width ${layout.width})`,
        fixed === "one-layout"
          ? "; whether the dimension or the number of heads is fixed as width grows cannot be told from one layout"
          : "",
      ),
    ];
  });
}

function difference(aspect: SettingDifference["aspect"], what: string, proxy: string, target: string, more = ""): SettingDifference {
  return { aspect, proxy, target, words: `${what} of the proxy is ${proxy}, of the target ${target}${more}` };
}

/**
 * True when a rule set that scales leaves a target unlike its base with multipliers that are all 1: it would then train by
 * the base's values, in silence.
 *
 * @param multipliers every factor that the rule set or the config applies at the target
 */
export function scalesNothing(base: number, target: number, multipliers: readonly number[]): boolean {
  return base !== target && multipliers.every((multiplier) => multiplier === 1);
}
