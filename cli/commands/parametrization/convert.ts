import { z } from "zod";
import type { LadderCommand } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { parseOptions } from "../../options.ts";
import { addModelOptions, modelOptionsSchema, readRequest } from "../../parametrization-options.ts";

const optionsSchema = modelOptionsSchema.extend({ name: z.string(), to: z.string() });

export const parametrizationConvertCommand: LadderCommand = {
  name: "convert",
  group: "Analysis",
  summary: "write a rule set in an equivalent form, with what changes and what stays",
  description: `By abc-symmetry: a multiplier times t, weights over t, and learning rate, decay and epsilon by what the optimizer
makes of it, so that training stays the same. Forms: form3 (no multipliers), form8 (1/fanIn on the output, the mup
package), form9, unit (deviations 1, u-muP).`,
  examples: [
    ["ladder parametrization convert --name mup --to form3 --base width=256 --scale width=4096", "muP without multipliers, for Adam"],
    [
      "ladder parametrization convert --name mup --to form9 --optimizer sgd --base width=256 --scale width=4096 --json",
      "as one JSON object",
    ],
  ],
  configure: (command) => {
    command.requiredOption("--name <rules>", "a rule set: mup, completep:alpha=0.5, mup+depth-mup");
    command.requiredOption("--to <form>", "form3, form8, form9 or unit");
    addModelOptions(command);
  },
  run: async ({ output }, _args, rawOptions) => {
    const { conversionDocument, convertParametrization } = await import("../../../operations/convert-parametrization.ts");
    const { renderConversion } = await import("../../parametrization-convert-text.ts");
    const options = parseOptions(optionsSchema, rawOptions);
    const converted = await convertParametrization(readRequest(options, options.name), options.to);
    output.document({ json: conversionDocument(converted), text: () => renderConversion(converted, output.columns) });
    return exitCodes.done;
  },
};
