import { z } from "zod";
import type { LadderCommand } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { parseOptions } from "../../options.ts";
import { addModelOptions, modelOptionsSchema, readRequest } from "../../parametrization-options.ts";

const optionsSchema = modelOptionsSchema.extend({ absolute: z.boolean().default(false), form: z.string().optional() });

export const parametrizationDiffCommand: LadderCommand = {
  name: "diff",
  group: "Analysis",
  summary: "where two rule sets differ for a model, with both formulas",
  description: `Compares how every quantity changes from the base to the scale: that carries a tuned value up, and constants
that it absorbs are left out. --absolute compares the numbers themselves. --form brings both to one form first, so that
only differences remain that train differently.

Exit code 0: the same; 10: they differ.`,
  examples: [
    ["ladder parametrization diff sp mup --base width=256 --scale width=4096", "what muP changes"],
    ["ladder parametrization diff munit u-mup --base width=256 --scale width=4096", "the embedding's learning rate"],
    ["ladder parametrization diff mup u-mup --form form3 --base width=256 --scale width=4096 --json", "the same training, but for what?"],
  ],
  configure: (command) => {
    command.argument("<a>", "a rule set: mup, completep:alpha=0.5, mup+depth-mup");
    command.argument("<b>", "another one");
    addModelOptions(command);
    command.option("--form <form>", "bring both to form3, form8, form9 or unit first");
    command.option("--absolute", "compare the numbers themselves");
  },
  run: async ({ output }, [left = "", right = ""], rawOptions) => {
    const { compareParametrizations, comparisonDocument } = await import("../../../operations/compare-parametrizations.ts");
    const { renderComparison } = await import("../../parametrization-diff-text.ts");
    const options = parseOptions(optionsSchema, rawOptions);
    const compared = await compareParametrizations(readRequest(options, left), [left, right], {
      mode: options.absolute ? "absolute" : "growth",
      form: options.form,
    });
    output.document({
      json: comparisonDocument(compared),
      name: compared.equal ? "equal" : "differs",
      text: () => renderComparison(compared, output.columns),
    });
    return compared.equal ? exitCodes.done : exitCodes.scientificNo;
  },
};
