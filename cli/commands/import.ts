import { Option } from "commander";
import { z } from "zod";
import { withBorrowedStack } from "../../operations/borrow-stack.ts";
import { assertStudyName, formatList, type ImportReport, readFileOfRuns, storeImport } from "../../operations/import-runs.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { renderImport } from "../import-text.ts";
import { parseOptions } from "../options.ts";

const optionsSchema = z.object({
  map: z.array(z.string()).optional(),
  study: z.string().optional(),
  counting: z.enum(["total", "non-embedding"]).optional(),
  where: z.string().optional(),
  cluster: z.string().optional(),
  readAs: z.string().optional(),
  keepUnfinished: z.boolean().default(false),
  keepRepeated: z.boolean().default(false),
  replace: z.boolean().default(false),
  all: z.boolean().default(false),
});

export const importCommand: LadderCommand = {
  name: "import",
  group: "Results",
  summary: "read runs that were trained elsewhere, and say which rows count",
  description:
    "Columns called N (parameters), D (tokens), C (training FLOPs) and loss need no --map; seeds are in a column seed, or --map seed=COLUMN. A variable is a column or arithmetic of columns: + - * / ^, ln, exp, log2, sqrt. Other names than letters, digits, _ and dots stand in backticks; lr is found as config.lr.\n\nEvery record is a row, or is left out with its line and its reason: a cell that is empty, no number, NaN, infinite or not above 0; a run that did not finish; a duplicate; rows that contradict each other, of one design with different losses and nothing to tell them apart.\n\nWithout --study nothing is stored. With it rows are kept under that name; a stack that is down is started for this and stopped again. The same content again changes nothing.",
  examples: [
    ["ladder import runs.csv --map N=params,D=tokens,loss=final_loss", "only says what it would read"],
    ["ladder import runs.csv --counting non-embedding --study scaling", "keeps the rows in study scaling"],
    ["ladder import wandb.csv --map 'N=params,D=steps*batch*seq,loss=`eval/loss`'", "tokens from three columns"],
    ["ladder import runs.jsonl --where 'lr < 0.01 and optimizer == \"adam\"'", "only some of the runs"],
    ["ladder import checkpoints.csv --cluster model", "rows of one model are not independent"],
    ["ladder import logs/ --map N=params,D=tokens,loss=loss/eval", "a folder of TensorBoard runs"],
  ],
  endsItself: true,
  configure: (command) => {
    command.argument(
      "<file>",
      `file or folder of runs: ${formatList()
        .map(({ id }) => id)
        .join(", ")}`,
    );
    command.option("--map <list>", "VARIABLE=COLUMN with commas between; may be repeated", (text: string, before: string[] | undefined) => [
      ...(before ?? []),
      text,
    ]);
    command.addOption(new Option("--counting <what>", "what N counts").choices(["total", "non-embedding"]));
    command.option("--where <condition>", "only records that meet it");
    command.option("--cluster <column>", "rows with one value of it are one cluster: a model, a trunk");
    command.option("--study <name>", "keep the rows under this name");
    command.option("--replace", "earlier imports of the study no longer count");
    command.option("--keep-unfinished", "also runs that crashed, failed or still run");
    command.option("--keep-repeated", "also rows that repeat or contradict each other: reruns without seeds");
    command.option("--read-as <format>", "the format, where the file does not show it");
    command.option("--all", "show every record that is left out");
  },
  run: async ({ output, settings, interrupted }, [file = ""], rawOptions) => {
    const { map, study, replace, all, ...request } = parseOptions(optionsSchema, rawOptions);
    if (study !== undefined) assertStudyName(study);
    const found = await readFileOfRuns(file, { ...request, map: map?.join(",") });
    interrupted.throwIfAborted();
    const report: ImportReport =
      study === undefined
        ? found.report
        : await withBorrowedStack(settings, { onProgress: (line) => output.note(line), signal: interrupted }, (session) =>
            storeImport(session, found, { study, replace }),
          );
    output.document({
      json: report,
      ...(report.import === null ? {} : { name: report.import }),
      text: () => renderImport(report, { colors: output.colors, columns: output.columns, all }),
    });
    return exitCodes.done;
  },
};
