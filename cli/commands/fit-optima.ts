import { Option } from "commander";
import { z } from "zod";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { fitSourceOptima, type LawVariables } from "../../operations/fit-optima.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { withRowSource } from "../fit-options.ts";
import { renderOptima } from "../optima-text.ts";
import { numberOption, parseNumber, parseOptions } from "../options.ts";

const share = numberOption.refine((value) => value > 0 && value < 1, "must lie between 0 and 1");
const optionsSchema = z.object({
  from: z.string().optional(),
  map: z.string().optional(),
  where: z.string().optional(),
  counting: z.enum(["total", "non-embedding"]).optional(),
  keepRepeated: z.boolean().default(false),
  of: z.array(z.string()).default(["learningRate=N,D"]),
  rule: z.enum(["vertex", "pooled"]).default("vertex"),
  band: share.optional(),
  at: z.array(z.string()).default([]),
});

export const fitOptimaCommand: LadderCommand = {
  name: "optima",
  group: "Analysis",
  summary: "fit laws of the best learning rate and batch to sweeps at several scales",
  description:
    "Runs of one scale are a cell. The optimum of a cell is the vertex of a quadratic in ln of the hyperparameters, through the runs within 2 % of the lowest loss (--band), or with --rule pooled every run within 0.25 % of it. A cell whose optimum lies on an end of its grid has none. The laws of the smaller scales are scored on the largest by regret: the loss that their values cost on the held-out cell's own surface.",
  examples: [
    ["ladder fit optima --from sweeps.csv --of learningRate=N,D", "LR*(N, D) with its regret on the largest D of each N"],
    [
      "ladder fit optima --from steps.csv --map learningRate=lr,B=bs*2048 --of learningRate=N,D --of B=D",
      "with the batch, counted in tokens",
    ],
    ["ladder fit optima my-study --of learningRate=N --at N=1e9", "of a study's runs, and what it says at 1B parameters"],
  ],
  configure: (command) => {
    const repeated = (text: string, before: string[] | undefined): string[] => [...(before ?? []), text];
    command.argument("[study]", "study whose runs are taken");
    command.option("--from <file>", "file of runs, as for ladder import");
    command.option("--map <list>", "VARIABLE=COLUMN with commas between");
    command.option("--where <condition>", "only records that meet it");
    command.addOption(new Option("--counting <what>", "what N counts").choices(["total", "non-embedding"]));
    command.option("--keep-repeated", "also rows that repeat or contradict each other: reruns without seeds");
    command.option("--of <law>", "HYPERPARAMETER=VARIABLES of its law; twice for two swept together (default: learningRate=N,D)", repeated);
    command.addOption(new Option("--rule <rule>", "what counts as the optimum (default: vertex)").choices(["vertex", "pooled"]));
    command.option("--band <share>", "how far above the lowest loss runs count (default: 0.02; pooled: 0.0025)");
    command.option("--at <scale>", "say the optimum there, for example N=7e9,D=1.4e12; may be repeated", repeated);
  },
  run: async ({ output, settings }, [study = ""], rawOptions) => {
    const { of, rule, band, at, ...choice } = parseOptions(optionsSchema, rawOptions);
    const variables: LawVariables = Object.fromEntries(of.map(parseLaw));
    const report = await withRowSource(settings, { study, from: choice.from }, (source) =>
      fitSourceOptima(source, {
        map: choice.map,
        where: choice.where,
        counting: choice.counting,
        keepRepeated: choice.keepRepeated,
        variables,
        rule: rule === "vertex" ? { kind: rule, band: band ?? 0.02 } : { kind: rule, tolerance: band ?? 0.0025 },
        at: at.map(parsePlace),
      }),
    );
    output.document({ json: report, text: () => renderOptima(report, output.colors, output.columns) });
    return exitCodes.done;
  },
};

function parseLaw(text: string): readonly [string, readonly string[]] {
  const [of = "", list = ""] = text.split("=");
  const variables = list.split(",").map((name) => name.trim());
  if (of.trim() !== "" && variables.every((name) => name !== "")) return [of.trim(), variables];
  throw new LadderError("input", "USAGE", `--of ${JSON.stringify(text)} names no law`, {
    fields: { of: text },
    hint: "write HYPERPARAMETER=VARIABLES, for example learningRate=N,D",
  });
}

function parsePlace(text: string): Readonly<Record<string, number>> {
  return Object.fromEntries(
    text.split(",").map((part) => {
      const [name = "", word = ""] = part.split("=");
      const value = parseNumber(word);
      if (name.trim() !== "" && value !== undefined && value > 0) return [name.trim(), value] as const;
      throw new LadderError("input", "USAGE", `--at ${JSON.stringify(text)}: ${JSON.stringify(part)} is no VARIABLE=NUMBER above 0`, {
        fields: { at: text },
        hint: "for example --at N=7e9,D=1.4e12",
      });
    }),
  );
}
