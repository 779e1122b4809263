import { significant, significantPower } from "../analysis/study/number-words.ts";
import type { Backtest } from "../operations/backtest.ts";
import { costWords, measureWords, orderWords } from "../operations/backtest-page.ts";
import { countText, flopsText } from "./number-text.ts";
import type { Output } from "./output.ts";
import { hang, wrapWords } from "./render-error.ts";
import { type Column, renderTable } from "./table.ts";

type Ranked = Backtest["rankings"][number]["strategies"][number];

/** A backtest for people: what was searched, a table for each measure with what its tests say, and how often nobody had run what was asked. */
export function renderBacktest(backtest: Backtest, output: Pick<Output, "columns" | "colors">): string {
  const { rankings, seeds, strategies, warnings, surface } = backtest;
  const { columns, colors } = output;
  return [
    ...headLines(backtest).flatMap((line) => wrapWords(line, columns)),
    ...rankings.flatMap((ranking) => [
      "",
      ...wrapWords(`${colors.bold(ranking.measure)}: ${measureWords[ranking.measure]}`, columns),
      renderTable(rankColumns, ranking.strategies, columns),
      ...wrapWords(sentence(orderWords(ranking, seeds.length)), columns),
    ]),
    "",
    renderTable(gridColumns(backtest), strategies, columns),
    ...wrapWords(
      "OFF GRID: asked for what nobody ran; AWAY, AT MOST: how far the nearest run was, a parameter's range being 1",
      columns,
    ).map((line) => colors.dim(line)),
    ...(surface === null
      ? []
      : wrapWords(
          `Surface: misses a run that it has not seen by ${significant(surface.leaveOneOutError)} nats (leave-one-out, ${surface.readings} of ${surface.finished} runs), losses spread by ${significant(surface.spreadOfLosses)}; noise of a run ${significant(surface.noise)}.`,
          columns,
        )),
    ...warnings.map((warning) => hang("warning: ", warning, columns, { paint: colors.yellow, indent: "  " })),
  ].join("\n");
}

function headLines(backtest: Backtest): readonly string[] {
  const {
    source,
    runs,
    designs,
    diverged,
    leftOut,
    searched,
    strategies,
    seeds,
    budget,
    costUnit,
    parallel,
    answer,
    costSource,
    maximumCost,
  } = backtest;
  const out = Object.entries(leftOut).map(([reason, count]) => `${count} ${reason}`);
  const amount = budget.kind === "runs" ? countText(budget.amount, "run") : flopsText(budget.amount);
  return [
    `${source}: ${countText(runs, "run")}${designs === runs ? "" : ` of ${designs} designs`}${diverged === 0 ? "" : `, ${diverged} diverged`}${out.length === 0 ? "" : `; left out: ${out.join(", ")}`}`,
    `searched: ${searched.parameters.map(parameterWords).join(", ")}`,
    `${countText(strategies.length, "strategy").replace("strategys", "strategies")} × ${countText(seeds.length, "seed")} × ${amount}${parallel === 1 ? "" : `, ${parallel} at a time`}${maximumCost === null ? "" : `, at most ${flopsText(maximumCost)} a run`}`,
    `${answer === "nearest" ? "the nearest recorded run answers" : "a surface through the runs answers, with its noise"}; cost: ${costWords(costSource)}${costUnit === "runs" ? "" : " (FLOPs)"}; regrets in nats per token`,
  ];
}

function parameterWords(parameter: Backtest["searched"]["parameters"][number]): string {
  if (parameter.kind === "fixed") return `${parameter.name} = ${String(parameter.value)}`;
  if (parameter.kind === "choice") return `${parameter.name} of ${parameter.values.length} values`;
  return `${parameter.name} ${significantPower(parameter.from)} to ${significantPower(parameter.to)}${parameter.scale === "log" ? " (log)" : ""}`;
}

const rankColumns: readonly Column<Ranked>[] = [
  { header: "STRATEGY", value: ({ strategy }) => strategy },
  { header: "MEAN RANK", align: "right", value: ({ meanRank }) => meanRank.toFixed(2) },
  { header: "MEDIAN", align: "right", value: ({ median }) => significant(median) },
  { header: "MIDDLE HALF OF SEEDS", value: ({ low, high }) => `${significant(low)} to ${significant(high)}` },
];

function gridColumns({ designs }: Backtest): readonly Column<Backtest["strategies"][number]>[] {
  return [
    { header: "STRATEGY", value: ({ strategy }) => strategy },
    { header: "ASKED", align: "right", value: ({ offGrid }) => String(offGrid.asked) },
    { header: "OFF GRID", align: "right", value: ({ offGrid }) => String(offGrid.offGrid) },
    { header: "AWAY", align: "right", value: ({ offGrid }) => significant(offGrid.medianDistance) },
    { header: "AT MOST", align: "right", value: ({ offGrid }) => significant(offGrid.largestDistance) },
    { header: "DESIGNS MET", align: "right", value: ({ offGrid }) => `${offGrid.designs} of ${designs}` },
    {
      header: "NOTES",
      value: ({ diverged, cutShort, endedEarly }) =>
        [
          diverged === 0 ? "" : `${diverged} diverged`,
          cutShort === 0 ? "" : `${cutShort} cut short`,
          endedEarly === 0 ? "" : `${endedEarly} ended early`,
        ]
          .filter((text) => text !== "")
          .join(", "),
    },
  ];
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
