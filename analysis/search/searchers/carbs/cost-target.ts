import { log } from "../../../numerics/elementary.ts";
import { quantileOfSorted } from "../../../numerics/quantile.ts";
import type { PlacedTrial } from "../../models/trial-data.ts";
import { streamOf, type Question } from "./question.ts";

/** Successive multiples of it, less their whole part, are spread evenly however many there are. */
const goldenRatio = 0.6180339887498949;
/** How far past the dearest trial a search without a cap may aim: a fifth. */
const growth = 0.1823215567939546;
/** Share of aims that fall on the upper end itself. */
const atTheEnd = 0.1;

/** The span of ln costs along which the front is improved. */
export interface CostSpan {
  readonly from: number;
  readonly to: number;
}

/**
 * From the cheapest fifth of the first trials (CARBS's rule, of the first trials alone so that it does not wander) to the cap, or a little
 * past the dearest trial where there is none.
 *
 * @param costed trials whose cost is known, at least one
 */
export function costSpan({ settings, logCap }: Question, costed: readonly PlacedTrial[], initialTrials: number): CostSpan {
  const first = costed
    .slice(0, initialTrials)
    .map(({ logCost }) => logCost)
    .sort((left, right) => left - right);
  let dearest = -Infinity;
  for (const { logCost } of costed) dearest = Math.max(dearest, logCost);
  const to = Number.isFinite(logCap) ? logCap : dearest + growth;
  const from = settings.leastCost === undefined ? quantileOfSorted(first, 0.2) : log(settings.leastCost);
  return { from: Math.min(from, to), to };
}

/**
 * The ln cost that a suggestion aims at. An even cycle over ln(cost) is Protein's best idea, here with the golden ratio instead of six
 * shuffled steps; the draw is CARBS's floor.
 */
export function targetLogCost(question: Question, span: CostSpan, isTopAllowed: boolean): number {
  const offset = streamOf({ ...question, number: 0 }, "target").uniform();
  const turn = offset + goldenRatio * question.number;
  const share = question.settings.spread === "cycle" ? turn - Math.floor(turn) : streamOf(question, "target").uniform();
  const to = isTopAllowed ? span.to : Math.max(span.from, span.to - 2.302585092994046);
  return span.from + Math.min(1, share * (1 + atTheEnd)) * (to - span.from);
}

/** Whether one more trial may aim at the most expensive tenfold. */
export function isTopAllowed({ settings, data }: Question, span: CostSpan): boolean {
  const all = [...data.finished, ...data.outstanding];
  const expensive = all.filter(({ logCost }) => logCost > span.to - 2.302585092994046).length;
  return settings.expensiveShare >= 1 || expensive < settings.expensiveShare * (all.length + 1);
}
