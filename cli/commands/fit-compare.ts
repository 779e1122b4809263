import { z } from "zod";
import { shareInPercent } from "../../analysis/study/number-words.ts";
import { compareLaws, type ComparedLaw, type LawComparison } from "../../operations/compare-laws.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { addFitOptions, fitOptionsSchema, toFitOptions, withRowSource } from "../fit-options.ts";
import type { Output } from "../output.ts";
import { parseOptions } from "../options.ts";
import { hang, wrapWords } from "../render-error.ts";
import { type Column, renderTable } from "../table.ts";

const optionsSchema = z.object({ ...fitOptionsSchema, laws: z.string().optional() });

export const fitCompareCommand: LadderCommand = {
  name: "compare",
  group: "Analysis",
  summary: "fit several laws to the same runs, and order them by their error on larger ones",
  description:
    "Without --laws every law of the loss whose inputs the columns hold is fitted. The two largest budgets are held out unless --holdout says otherwise: an error on the fitted rows tells nothing of larger models.",
  examples: [
    ["ladder fit compare --from runs.csv", "all laws of the columns, the best on larger runs first"],
    ["ladder fit compare --from runs.csv --laws chinchilla,kaplan-joint,farseer", "these three"],
    ["ladder fit compare my-study --holdout largest:1", "runs of a study"],
  ],
  endsItself: true,
  configure: (command) => {
    command.argument("[study]", "study whose runs are fitted");
    command.option("--laws <list>", "ids with commas between");
    addFitOptions(command);
  },
  run: async ({ output, settings, interrupted }, [study = ""], rawOptions) => {
    const { laws, ...parsed } = parseOptions(optionsSchema, { holdout: "largest:2", draws: "100", ...rawOptions });
    const comparison = await withRowSource(settings, { study, from: parsed.from }, (source) =>
      compareLaws(source, {
        ...toFitOptions(parsed),
        laws: laws?.split(",").map((id) => id.trim()),
        signal: interrupted,
        onLaw: (law, index, of) => output.note(`${index} of ${of}: ${law}`),
      }),
    );
    output.document({ json: comparison, text: () => renderComparison(comparison, output) });
    return exitCodes.done;
  },
};

function renderComparison({ laws, refused, warnings, source, holdoutBudgets }: LawComparison, output: Output): string {
  const columns: readonly Column<ComparedLaw>[] = [
    { header: "LAW", value: ({ law }) => law },
    {
      header: "ERROR",
      align: "right",
      value: ({ holdout }) => (holdout === null ? "–" : shareInPercent(holdout.meanAbsoluteRelativeError)),
    },
    {
      header: "LARGEST",
      align: "right",
      value: ({ holdout }) => (holdout === null ? "–" : shareInPercent(holdout.maxAbsoluteRelativeError)),
    },
    { header: "INSIDE", align: "right", value: ({ holdout }) => (holdout === null ? "–" : `${holdout.inside} of ${holdout.rows}`) },
    { header: "WIDTH ±", align: "right", value: ({ holdout }) => (holdout === null ? "–" : shareInPercent(holdout.halfWidth)) },
  ];
  const untold = laws.filter(({ notIdentified }) => notIdentified.length > 0);
  return [
    ...wrapWords(
      `${source}: error on the ${holdoutBudgets} largest budgets, which no law has seen, and runs inside its 95 % interval`,
      output.columns,
    ),
    "",
    renderTable(columns, laws, output.columns),
    ...(untold.length === 0 ? [] : [""]),
    ...untold.flatMap(({ law, notIdentified }) => wrapWords(`not identified in ${law}: ${notIdentified.join(", ")}`, output.columns)),
    ...(refused.length === 0 ? [] : ["", ...refused.map(({ law, reason }) => hang(`${law}: `, reason, output.columns, { indent: "  " }))]),
    ...warnings.map((warning) => hang("warning: ", warning, output.columns, { paint: output.colors.yellow, indent: "  " })),
  ].join("\n");
}
