import { z } from "zod";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { sensitivityOfFit } from "../../operations/fit-sensitivity.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { collect, namedValuesOption } from "../named-values.ts";
import { numberOption, parseOptions } from "../options.ts";
import { renderSensitivity } from "../sensitivity-text.ts";

const positive = numberOption.refine((value) => value > 0, "must be above 0");

const optionsSchema = z.object({
  compute: z.array(positive).default([]),
  flopsPerParameterToken: positive.optional(),
  at: namedValuesOption,
  from: z.string().optional(),
  otherCount: z.string().optional(),
});

export const sensitivityCommand: LadderCommand = {
  name: "sensitivity",
  group: "Analysis",
  summary: "fit the same rows in other ways, and show what it changes",
  description:
    "Other forms of the same inputs, the other counting of parameters, other penalties, start grids, and without rows: each with its parameters and with the best split of compute. The last line says how far apart it all is.",
  examples: [
    ["ladder sensitivity fit.json", "at ten times the largest fitted budget"],
    ["ladder sensitivity fit-0123456789 --compute 5.76e23", "the fit of a study, at one budget"],
    ["ladder sensitivity fit.json --from runs.csv --other-count N_no_emb", "with the file's other count of parameters"],
  ],
  configure: (command) => {
    command.argument("<fit>", "id of a fit, or a file of one");
    command.option("--compute <flops>", "FLOPs to split (repeatable; default: 10 times the largest fitted)", collect);
    command.option("--flops-per-parameter-token <k>", "C = k N D (default: 6)");
    command.option("--at <name=value>", "other inputs of the law, with commas between (repeatable)", collect);
    command.option("--from <file>", "the file that was fitted, for --other-count");
    command.option("--other-count <column>", "its column that counts N the other way");
  },
  run: async ({ output, settings }, [fit = ""], rawOptions) => {
    const { compute, flopsPerParameterToken, at, from, otherCount } = parseOptions(optionsSchema, rawOptions);
    if ((from === undefined) !== (otherCount === undefined))
      throw new LadderError("input", "USAGE", "--from and --other-count need each other", {
        hint: "for example --from runs.csv --other-count N_no_emb",
      });
    const report = await sensitivityOfFit(settings, fit, {
      computes: compute,
      fixed: at,
      otherCount: from === undefined || otherCount === undefined ? null : { path: from, column: otherCount },
      ...(flopsPerParameterToken === undefined ? {} : { flopsPerParameterToken }),
    });
    output.document({ json: report, text: () => renderSensitivity(report, output.columns) });
    return exitCodes.done;
  },
};
