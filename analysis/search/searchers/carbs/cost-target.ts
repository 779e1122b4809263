import { log } from "../../../numerics/elementary.ts";
import { quickExp } from "../../../numerics/quick-exp-log.ts";
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

/** Places along the span at which gains are weighed. */
const rungs = 16;

/**
 * The ln cost that a suggestion aims at. An even cycle over ln(cost) is Protein's best idea, here with the golden ratio instead of six
 * shuffled steps; a share of it is even over what is expected to be won at each cost, so that a part of the front that is done is left
 * alone. The draw is CARBS's floor.
 *
 * @param logGain ln of what may be won at a target cost
 */
export function targetLogCost(question: Question, span: CostSpan, isTopAllowed: boolean, logGain: (logCost: number) => number): number {
  const { settings, number } = question;
  const to = isTopAllowed ? span.to : Math.max(span.from, span.to - 2.302585092994046);
  const at = (share: number): number => span.from + share * (to - span.from);
  if (settings.spread === "logUniform") return at(streamOf(question, "target").uniform());
  const turn = streamOf({ ...question, number: 0 }, "target").uniform() + goldenRatio * number;
  const share = turn - Math.floor(turn);
  const gains = Array.from({ length: rungs }, (_, index) => logGain(at((index + 1) / rungs)));
  const greatest = Math.max(...gains);
  const weights = gains.map((gain) => (greatest > -Infinity ? quickExp(gain - greatest) : 0));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let before = 0;
  for (const [index, weight] of weights.entries()) {
    const part = (1 - settings.gainShare) / rungs + (total > 0 ? (settings.gainShare * weight) / total : settings.gainShare / rungs);
    // The upper end of a stretch belongs to its rung's whole last tenth, so that the cap itself is aimed at too.
    if (share < before + part || index === rungs - 1) return at((index + Math.min(1, (1 + atTheEnd) * ((share - before) / part))) / rungs);
    before += part;
  }
  return to;
}

/** Whether one more trial may aim at the most expensive tenfold. */
export function isTopAllowed({ settings, data }: Question, span: CostSpan): boolean {
  const all = [...data.finished, ...data.outstanding];
  const expensive = all.filter(({ logCost }) => logCost > span.to - 2.302585092994046).length;
  return settings.expensiveShare >= 1 || expensive < settings.expensiveShare * (all.length + 1);
}
