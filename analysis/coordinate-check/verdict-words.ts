import { holdsZero } from "./growth.ts";
import { levelInPercent, signedTwoDecimals } from "../study/number-words.ts";
import type { CoordinateAxis, CoordinateQuantity, CoordinateSlope, CoordinateVerdict, VerdictReason } from "./coordinate-check.ts";

/** What a coordinate check can never say, for every place where a verdict is shown. */
export function notTransfer(axis: CoordinateAxis): string {
  return `A check that passes says that training starts alike at every ${axis}. It does not say that the best learning rate stays put over ${axis}: ladder transfer tests that.`;
}

/** `before any update`, `after 1 update`. */
export function afterUpdates(step: number): string {
  if (step === 0) return "before any update";
  return `after ${step} ${step === 1 ? "update" : "updates"}`;
}

/** `mean |x|`, `RMS`, `RMS of the change`. */
export function quantityWords(quantity: CoordinateQuantity): string {
  const words: Readonly<Record<CoordinateQuantity, string>> = { l1: "mean |x|", rms: "RMS", changeRms: "RMS of the change" };
  return words[quantity];
}

/** "hidden.1: mean |x| grows over width with slope +0.68 after 4 updates (95 % +0.66 to +0.70)". */
export function slopeWords({ module, quantity, step, slope, interval }: CoordinateSlope, axis: CoordinateAxis): string {
  const range =
    interval === null
      ? "no interval: too few values"
      : `${levelInPercent(interval.level)} ${signedTwoDecimals(interval.low)} to ${signedTwoDecimals(interval.high)}`;
  const direction = (slope ?? 0) < 0 ? "falls" : "grows";
  return `${module}: ${quantityWords(quantity)} ${direction} over ${axis} with slope ${signedTwoDecimals(slope ?? 0)} ${afterUpdates(step)} (${range})`;
}

/** Said behind a slope whose interval cannot tell it from none. */
export function doubtWords(slope: CoordinateSlope): string {
  return holdsZero(slope) ? "; the interval holds 0: more seeds or values would tell" : "";
}

interface Said {
  readonly verdict: CoordinateVerdict;
  readonly axis: CoordinateAxis;
  readonly axisValues: readonly number[];
  readonly steps: readonly number[];
  readonly seeds: readonly number[];
  readonly reasons: readonly VerdictReason[];
  /** Judged modules, and the largest slope of a change among them. */
  readonly judged: number;
  readonly largest: CoordinateSlope | null;
}

/** The verdict in one sentence without full stop. */
export function describeCheck({ verdict, axis, axisValues, steps, seeds, reasons, judged, largest }: Said): string {
  const over = `over ${axis} ${axisValues[0] ?? "?"} to ${axisValues.at(-1) ?? "?"}, ${steps.at(-1) ?? 0} updates, ${plural(seeds.length, "seed")}`;
  if (verdict === "pass") {
    const most =
      largest === null
        ? ""
        : `; steepest change: ${largest.module}, ${signedTwoDecimals(largest.slope ?? 0)} ${afterUpdates(largest.step)}`;
    return `pass ${over}: neither size nor change of ${plural(judged, "module")} depends on ${axis} beyond the bounds${most}`;
  }
  const own = reasons.filter((reason) => reason.verdict === verdict);
  const more = own.length > 1 ? ` (and ${plural(own.length - 1, "more reason")})` : "";
  return `${verdict} ${over}: ${own[0]?.words ?? ""}${more}`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
