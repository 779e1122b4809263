import { significant, shareInPercent } from "../analysis/study/number-words.ts";
import type { Backtest, DrawnBacktest } from "./backtest.ts";
import type { FigurePage } from "./write-figures.ts";

/** What each measure is, in one clause. */
export const measureWords: Readonly<Record<Backtest["rankings"][number]["measure"], string>> = {
  anytime: "regret over the whole spend, equal weights on equal ratios of cost",
  final: "regret when the budget is spent",
  front: "regret of the best run of at most a cost, over the costs of single runs",
};

/** A backtest as a page: what was told apart, the figure, a table for each measure, and where the runs came from. */
export function describeBacktestPage({ backtest, figure }: DrawnBacktest): FigurePage {
  const { source, searched, runs, designs, rankings, warnings, strategies, seeds, contentHash, costSource, answer } = backtest;
  return {
    study: `Strategies on ${source}`,
    question: `Which strategy finds more for what it spends on ${searched.parameters.map(({ name }) => name).join(", ")}?`,
    kind: "figures",
    findings: [
      ...rankings.map((ranking) => ({
        tone: ranking.orders.length > 0 ? ("yes" as const) : ("undecided" as const),
        label: `By ${ranking.measure} regret`,
        text: orderWords(ranking, seeds.length),
      })),
      ...warnings.map((text) => ({ tone: "undecided" as const, label: "Beware", text: `${text}.` })),
    ],
    figures: [figure],
    tables: [
      ...rankings.map(({ measure, strategies: ranked }) => ({
        title: `${measure.charAt(0).toUpperCase()}${measure.slice(1)} regret`,
        columns: ["strategy", "mean rank", "median", "middle half of seeds"],
        rows: ranked.map(({ strategy, meanRank, median, low, high }) => [
          strategy,
          meanRank.toFixed(2),
          significant(median),
          `${significant(low)} to ${significant(high)}`,
        ]),
        note: `Nats per token: ${measureWords[measure]}.`,
      })),
      {
        title: "Asked for what nobody ran",
        columns: ["strategy", "asked", "off the grid", "median distance", "largest", "designs met"],
        rows: strategies.map(({ strategy, offGrid }) => [
          strategy,
          String(offGrid.asked),
          String(offGrid.offGrid),
          significant(offGrid.medianDistance),
          significant(offGrid.largestDistance),
          shareInPercent(offGrid.designs / designs),
        ]),
        note: "Distances to the nearest recorded run, in which the whole range of a parameter is 1.",
      },
    ],
    provenance: [
      ["runs", `${runs} of ${designs} designs, of ${source}`],
      ["answered by", answer === "nearest" ? "the nearest recorded run" : "a Gaussian process through the runs"],
      ["cost", costWords(costSource)],
      ["content", contentHash],
    ],
    data: backtest,
  };
}

/** Which strategies are told apart, with the tests. */
export function orderWords({ measure, orders, probability, seedsNeeded, strategies }: Backtest["rankings"][number], seeds: number): string {
  if (probability === null) return strategies.length < 2 ? "one strategy alone has no rank." : "one seed tells no strategies apart.";
  const friedman = `Friedman p = ${probabilityText(probability)}`;
  const pairs = orders.map(({ better, worse, probability: own }) => `${better} before ${worse} (p = ${probabilityText(own)})`);
  if (pairs.length > 0) return `${pairs.join("; ")}. ${friedman}; pairs: Wilcoxon's signed ranks, Holm-corrected.`;
  const more = seeds < seedsNeeded ? `; ${seedsNeeded} seeds are the fewest that could` : "";
  return `no two strategies are told apart by ${measure} regret (${friedman}; pairs: Wilcoxon's signed ranks, Holm-corrected)${more}.`;
}

/** How costs were counted. */
export function costWords(costSource: Backtest["costSource"]): string {
  if (costSource === "C") return "C, as recorded";
  return costSource === "6ND" ? "6 N D" : "1 for each run: neither C nor N and D are there";
}

function probabilityText(probability: number): string {
  return probability < 1e-4 ? "< 0.0001" : significant(probability);
}
