import { Option } from "commander";
import { z } from "zod";
import { characterSets } from "../../analysis/figures/terminal/plain-text.ts";
import { terminalFigure } from "../../analysis/figures/terminal/terminal-figure.ts";
import { answerModes, type BacktestProgress, runBacktest, strategyList } from "../../operations/backtest.ts";
import { describeBacktestPage } from "../../operations/backtest-page.ts";
import { namesFile } from "../../operations/read-recorded-runs.ts";
import { checkTargets, figureThemes, writeFigures } from "../../operations/write-figures.ts";
import { renderBacktest } from "../backtest-text.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { withRowSource } from "../fit-options.ts";
import { collect } from "../named-values.ts";
import { durationText } from "../number-text.ts";
import { countOption, numberOption, parseNumber, parseOptions } from "../options.ts";
import type { Output } from "../output.ts";

const mostRuns = 100_000;
const mostSeeds = 1000;
/** Milliseconds between two lines about how far it is. */
const noteEvery = 2000;

const namesOption = z
  .string()
  .transform((text) => text.split(",").map((name) => name.trim()))
  .refine((names) => names.every((name) => name !== ""), "must be names with commas between")
  .refine((names) => new Set(names).size === names.length, "must name each once");

const budgetOption = z.string().transform((text, context) => {
  const [, number = "", unit = "runs"] = /^\s*(\S+?)\s*(runs|flops)?\s*$/i.exec(text) ?? [];
  const amount = parseNumber(number);
  const kind = unit.toLowerCase() === "runs" ? ("runs" as const) : ("cost" as const);
  const isRight = amount !== undefined && amount > 0 && (kind === "cost" || (Number.isInteger(amount) && amount <= mostRuns));
  if (isRight) return { kind, amount };
  context.addIssue({
    code: "custom",
    message: `must be a number of runs up to ${mostRuns}, for example 40, or what is spent in all, for example 1e21flops`,
  });
  return z.NEVER;
});

const settingsOption = z
  .array(z.string())
  .default([])
  .transform((texts, context) => {
    const settings: Record<string, Record<string, unknown>> = {};
    for (const text of texts) {
      const [, strategy, name, written] = /^([a-z][a-z0-9-]*)\.([A-Za-z][A-Za-z0-9]*)=(.+)$/.exec(text) ?? [];
      if (strategy === undefined || name === undefined || written === undefined) {
        context.addIssue({ code: "custom", message: "must be STRATEGY.NAME=VALUE, for example one-epoch.fidelity=D" });
        return z.NEVER;
      }
      const own = (settings[strategy] ??= {});
      own[name] = written === "true" ? true : written === "false" ? false : (parseNumber(written) ?? written);
    }
    return settings;
  });

const optionsSchema = z.object({
  data: z.string(),
  strategies: namesOption,
  seeds: countOption.refine((value) => value <= mostSeeds, `must be at most ${mostSeeds}`).default(8),
  firstSeed: numberOption.refine((value) => Number.isSafeInteger(value) && value >= 0, "must be a whole number from 0 on").default(0),
  budget: budgetOption,
  maximumCost: numberOption.refine((value) => value > 0, "must be above 0").optional(),
  parallel: countOption.refine((value) => value <= 1000, "must be at most 1000").default(1),
  answer: z.enum(answerModes).default("nearest"),
  search: namesOption.optional(),
  map: z.string().optional(),
  where: z.string().optional(),
  settings: settingsOption,
  output: z.array(z.string()).default([]),
  theme: z.enum(figureThemes).optional(),
  characters: z.enum(characterSets).optional(),
});

export const backtestCommand: LadderCommand = {
  name: "backtest",
  group: "Analysis",
  summary: "let search strategies loose on runs that are recorded already, and compare what they find for what they spend",
  description: `Nothing is trained: a run of the table, its loss and its cost stand for a trial, and time is simulated. Regret is the best loss found so far less the best that one recorded run of at most that cost has. Every strategy meets the same luck on each seed, so that seeds are blocks: Friedman's test, then pairs by Wilcoxon's signed ranks with Holm's correction.\n\nA strategy that asks for what nobody ran is answered by the nearest recorded run (--answer nearest), which is counted, or by a smooth surface through the runs with its noise (--answer surface). Costs are the column C, else 6 N D, else 1 for each run.\n\nStrategies: ${strategyList()
    .map(({ id }) => id)
    .join(", ")}.`,
  examples: [
    ["ladder backtest --data runs.csv --search N,D,lr --strategies carbs,random --budget 40", "40 runs each, on 8 seeds"],
    [
      "ladder backtest --data runs.csv --map learningRate=lr,B=2048*bs --where 'N == 214663680' --strategies random,sobol --budget 30",
      "mapped columns, one model size",
    ],
    ["ladder backtest --data runs.csv --strategies carbs,sobol --budget 1e21flops --output regret.html", "a budget of compute; a page"],
    [
      "ladder backtest --data runs.csv --strategies one-epoch,random --settings one-epoch.fidelity=D --budget 30",
      "the one-epoch baseline: D says how long a run trains",
    ],
    ["ladder backtest --data my-study --search learningRate --strategies random,sobol --budget 10 --json", "runs of a study"],
  ],
  endsItself: true,
  configure: (command) => {
    command.requiredOption("--data <file-or-study>", "recorded runs: a file, as for ladder import, or a study");
    command.requiredOption("--strategies <list>", "ids with commas between");
    command.requiredOption("--budget <amount>", "of each search: runs (40), or FLOPs in all (1e21flops)");
    command.option("--search <list>", "columns that are searched (default: mapped variables, N and D, where they vary)");
    command.option("--map <list>", "VARIABLE=COLUMN with commas between, for example loss=final_loss");
    command.option("--where <condition>", "only records that meet it");
    command.option("--seeds <n>", "how many seeds (default: 8)");
    command.option("--first-seed <n>", "the first of them (default: 0)");
    command.option("--parallel <n>", "runs at a time (default: 1)");
    command.option("--maximum-cost <cost>", "what one run may cost at most");
    command.addOption(new Option("--answer <by>", "what answers for values that nobody ran (default: nearest)").choices(answerModes));
    command.option("--settings <strategy.name=value>", "a setting of a strategy (repeatable)", collect);
    command.option("--output <file>", "also write the figure: .html, .json, .svg or .png (repeatable)", collect);
    command.addOption(new Option("--theme <theme>", "of files (default: light; pages: as the reader's system says)").choices(figureThemes));
    command.addOption(new Option("--characters <set>", "of the terminal (default: as the locale says)").choices(characterSets));
  },
  run: async ({ output, settings, interrupted }, _args, rawOptions) => {
    const parsed = parseOptions(optionsSchema, rawOptions);
    const { data, seeds, firstSeed, output: paths, theme, characters, settings: ofStrategies, ...options } = parsed;
    const targets = await checkTargets(settings, paths);
    const place = (await namesFile(data)) ? { study: "", from: data } : { study: data, from: undefined };
    const drawn = await withRowSource(settings, place, (source) =>
      runBacktest(source, {
        ...options,
        settings: ofStrategies,
        seeds: Array.from({ length: seeds }, (_, index) => firstSeed + index),
        signal: interrupted,
        onProgress: progressNotes(output),
      }),
    );
    interrupted.throwIfAborted();
    const { backtest, figure } = drawn;
    const files = await writeFigures(settings, targets, [figure], describeBacktestPage(drawn), { theme, scale: 1, signal: interrupted });
    const set = characters ?? (settings.unicode ? "unicode" : "ascii");
    output.document({
      json: { ...backtest, files },
      text: () =>
        [
          renderBacktest(backtest, output),
          "",
          terminalFigure(figure.light, { title: figure.title, columns: output.columns, characters: set }),
          ...(files.length === 0 ? [] : ["", ...files]),
        ].join("\n"),
    });
    return exitCodes.done;
  },
};

/** A line now and then, with the time that is left if the rest goes as what is done. */
function progressNotes(output: Output): (progress: BacktestProgress) => void {
  const start = performance.now();
  let last = start;
  return ({ strategy, seed, searches: { done, all }, share }) => {
    const now = performance.now();
    if (now - last < noteEvery) return;
    last = now;
    const part = (done + share) / all;
    const eta = part > 0 ? `, ETA ${durationText(((now - start) / 1000) * (1 / part - 1))}` : "";
    output.note(`${done} of ${all} searches: ${strategy}, seed ${seed}, ${Math.round(100 * share)} %${eta}`);
  };
}
