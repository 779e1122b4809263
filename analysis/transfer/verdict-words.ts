import { twoDecimals } from "../study/number-words.ts";
import type { TransferTest } from "./transfer-test.ts";

/** "SP does not transfer over width: the optimum falls 1.03 octaves per doubling (95 % 0.96 to 1.10; …)". */
export function describeVerdict(test: Omit<TransferTest, "words">, name: string): string {
  const axis = axisWords(test.axis);
  const { drift } = test;
  if (test.verdict === "no-verdict" || drift === null) return `no verdict on ${name} over ${axis}: ${reasonForNone(test)}`;
  const falls = drift.slope < 0;
  const [near, far] = falls ? [-drift.interval.high, -drift.interval.low] : [drift.interval.low, drift.interval.high];
  const evidence = `${drift.optima.length} optima, ${plural(drift.intercepts.length, "seed")}, ${plural(drift.interval.degreesOfFreedom ?? 0, "degree")} of freedom`;
  const movement = `the optimum ${falls ? "falls" : "rises"} ${twoDecimals(Math.abs(drift.slope))} octaves per doubling`;
  const interval = `${percent(test.level)} ${twoDecimals(near)} to ${twoDecimals(far)}; least squares on ${evidence}`;
  const bend = drift.bend?.isSignificant === true ? "; the drift is not a straight line, so read the slope as an average" : "";
  const margin = `± ${twoDecimals(test.marginOctavesPerDoubling)}`;
  switch (test.verdict) {
    case "transfers":
      return `${name} transfers over ${axis}: ${movement} (${interval}), inside ${margin}${bend}`;
    case "does-not-transfer":
      return `${name} does not transfer over ${axis}: ${movement} (${interval})${bend}`;
    case "undecided":
      return `undecided whether ${name} transfers over ${axis}: ${movement} (${interval}), which reaches across ${margin}; ${test.runsToDecide?.words ?? ""}${bend}`;
  }
}

/** Why there is no verdict: which optimum no grid brackets and how to widen it, or too few scales or degrees of freedom. */
export function reasonForNone(test: Omit<TransferTest, "words">): string {
  const worst = test.blockers.filter((blocker) => blocker.reason === "edge");
  const shown = worst.length > 0 ? worst : test.blockers;
  if (shown.length > 0) {
    const places = [...new Set(shown.map((blocker) => blocker.axisValue))];
    return places.map((place) => `at ${test.axis} ${place} ${farthest(shown.filter((blocker) => blocker.axisValue === place))}`).join("; ");
  }
  if (test.optima.length < 3) {
    const leftOut = test.leftOut.length === 0 ? "" : ` (${test.axis} ${test.leftOut.join(", ")} has too few grid points to count)`;
    return `${plural(test.optima.length, "scale")} measured${leftOut}, at least 3 needed`;
  }
  return "no degrees of freedom are left for the scatter of the optima: run more seeds or scales";
}

/** Of several seeds' edges at one place, the one that asks for the widest grid. */
function farthest(blockers: TransferTest["blockers"]): string {
  const reach = (blocker: TransferTest["blockers"][number]): number => (blocker.widenToLog2 ?? 0) * (blocker.side === "low" ? -1 : 1);
  return blockers.reduce((best, blocker) => (reach(blocker) > reach(best) ? blocker : best)).words;
}

/** `tokenHorizon` as readers say it. */
export function axisWords(axis: TransferTest["axis"]): string {
  const words: Readonly<Record<TransferTest["axis"], string>> = {
    width: "width",
    depth: "depth",
    headDimension: "head dimension",
    batchSizeTokens: "batch size",
    tokenHorizon: "token horizon",
  };
  return words[axis];
}

/** A level as a percentage with at most two decimals. */
export function percent(level: number): string {
  return `${Number((100 * level).toFixed(2))} %`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
