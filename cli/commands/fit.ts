import { Option } from "commander";
import { z } from "zod";
import { fitFile, lawList } from "../../operations/fit-file.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { renderFit } from "../fit-text.ts";
import { numberOption, parseOptions } from "../options.ts";

const objectives = { huber: "huber", "least-squares": "leastSquares", "least-absolute-deviations": "leastAbsoluteDeviations" } as const;
const count = numberOption.refine((value) => Number.isInteger(value) && value >= 0, "must be a whole number from 0 on");

const optionsSchema = z.object({
  from: z.string({ error: "is required: the file of runs" }),
  law: z.string().default("chinchilla"),
  map: z.string().optional(),
  where: z.string().optional(),
  cluster: z.string().optional(),
  counting: z.enum(["total", "non-embedding"]).optional(),
  keepRepeated: z.boolean().default(false),
  holdout: z
    .string()
    .regex(/^largest:[1-9]\d*$/, "must be largest:K, for example largest:2")
    .optional(),
  dropWorst: count.default(0),
  objective: z.enum(["huber", "least-squares", "least-absolute-deviations"]).default("huber"),
  delta: numberOption.refine((value) => value > 0, "must be above 0").default(1e-3),
  draws: count.refine((value) => value >= 100, "must be at least 100").default(1000),
  seed: count.default(0),
});

export const fitCommand: LadderCommand = {
  name: "fit",
  group: "Analysis",
  summary: "fit a scaling law to runs of a file, with intervals and the error on larger runs",
  description:
    "Columns called N, D, C and loss need no --map. Intervals are percentiles of a bootstrap over clusters; a parameter that the rows do not tell is said to be not identified. With --holdout the largest budgets take no part in the fit, and its error and the coverage of its intervals on them are shown.",
  examples: [
    ["ladder fit --from runs.csv", "Hoffmann's law of model size and tokens"],
    ["ladder fit --from runs.csv --drop-worst 5 --holdout largest:2", "without the five highest losses; scored on the two largest budgets"],
    ["ladder fit --from runs.csv --map N=params,D=tokens --cluster model --json", "checkpoints of a model are one cluster"],
  ],
  configure: (command) => {
    command.requiredOption("--from <file>", "file of runs, as for ladder import");
    command.option(
      "--law <id>",
      `${lawList()
        .map(({ id }) => id)
        .join(", ")} (default: chinchilla)`,
    );
    command.option("--map <list>", "VARIABLE=COLUMN with commas between");
    command.option("--where <condition>", "only records that meet it");
    command.option("--cluster <column>", "rows with one value of it are one cluster: a model, a trunk");
    command.addOption(new Option("--counting <what>", "what N counts").choices(["total", "non-embedding"]));
    command.option("--keep-repeated", "also rows that repeat or contradict each other: reruns without seeds");
    command.option("--holdout <what>", "largest:K holds the K largest budgets out");
    command.option("--drop-worst <k>", "leave out the K rows with the highest outcome");
    command.addOption(
      new Option("--objective <kind>", "penalty on residuals (default: huber)").choices([
        "huber",
        "least-squares",
        "least-absolute-deviations",
      ]),
    );
    command.option("--delta <value>", "where Huber's penalty turns linear (default: 0.001)");
    command.option("--draws <n>", "bootstrap refits (default: 1000)");
    command.option("--seed <n>", "of the bootstrap (default: 0)");
  },
  run: async ({ output }, _arguments, rawOptions) => {
    const { from, holdout, objective, delta, ...options } = parseOptions(optionsSchema, rawOptions);
    const kind = objectives[objective];
    const fit = await fitFile(from, {
      ...options,
      objective: kind === "huber" ? { kind, delta } : { kind },
      holdoutBudgets: holdout === undefined ? 0 : Number(holdout.slice("largest:".length)),
    });
    output.document({ json: fit, text: () => renderFit(fit, output.colors, output.columns) });
    return exitCodes.done;
  },
};
