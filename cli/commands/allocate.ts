import { z } from "zod";
import { allocateForFit } from "../../operations/allocate-compute.ts";
import { renderAllocation } from "../allocation-text.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { collect, namedValuesOption } from "../named-values.ts";
import { numberOption, parseOptions } from "../options.ts";

const positive = numberOption.refine((value) => value > 0, "must be above 0");

const optionsSchema = z.object({
  compute: z.array(positive, { error: "is required: FLOPs to split, for example 5.76e23" }).min(1),
  flopsPerParameterToken: positive.optional(),
  at: namedValuesOption,
});

export const allocateCommand: LadderCommand = {
  name: "allocate",
  group: "Analysis",
  summary: "split compute between model size and tokens by a fit, with intervals",
  description:
    "The size and the tokens of the lowest loss on C = 6 N D, with intervals over the refits of the fit, along the frontier, and beside it what IsoFLOP readings of the same rows and laws with a restriction more or less say: they disagree, and the difference is part of the answer.",
  examples: [
    ["ladder allocate fit.json --compute 5.76e23", "the compute of Gopher, by a fit that ladder fit --json wrote"],
    ["ladder allocate fit-0123456789 --compute 1e22 --compute 1e24", "two budgets, by a fit that a study keeps"],
    ["ladder allocate fit.json --compute 1e22 --at U=1e10", "a law that also depends on unique tokens"],
  ],
  configure: (command) => {
    command.argument("<fit>", "id of a fit, or a file of one");
    command.requiredOption("--compute <flops>", "FLOPs to split (repeatable)", collect);
    command.option("--flops-per-parameter-token <k>", "C = k N D (default: 6)");
    command.option("--at <name=value>", "other inputs of the law, with commas between (repeatable)", collect);
  },
  run: async ({ output, settings }, [fit = ""], rawOptions) => {
    const { compute, flopsPerParameterToken, at } = parseOptions(optionsSchema, rawOptions);
    const report = await allocateForFit(settings, fit, compute, {
      fixed: at,
      ...(flopsPerParameterToken === undefined ? {} : { flopsPerParameterToken }),
    });
    output.document({ json: report, text: () => renderAllocation(report, output.colors, output.columns) });
    return exitCodes.done;
  },
};
