import { z } from "zod";
import { describeParametrization, explainDescribedOperations, explainDescription } from "../../../operations/describe-parametrization.ts";
import { type DescribedExplanations, descriptionDocument } from "../../../operations/description-document.ts";
import type { LadderCommand } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { parseOptions } from "../../options.ts";
import { renderExplanations } from "../../parametrization-explain-text.ts";
import { addModelOptions, modelOptionsSchema, readRequest } from "../../parametrization-options.ts";
import { headerLines, renderParametrizationTable } from "../../parametrization-table-text.ts";

const optionsSchema = modelOptionsSchema.extend({
  name: z.string(),
  explain: z.union([z.boolean(), z.string()]).optional(),
  all: z.boolean().default(false),
});

export const parametrizationTableCommand: LadderCommand = {
  name: "table",
  group: "Analysis",
  summary: "what every tensor is given under a rule set: deviation, multipliers, learning rate, decay",
  description: `Columns marked × are factors on a base value that was not given. Axes left out are equal on both sides, and
the header says so. Repeated blocks are one line; --all and --json have every tensor.

--explain gives the formula of every number with its values, its source and what that rests on: paper, code (read
in the reference library), golden (compared with its numbers), derived, abstract, live (seen in a coordinate check).
It explains the tensor or module that is named, or the first tensor of every role.`,
  examples: [
    ["ladder parametrization table --name mup --base width=256,depth=4 --scale width=4096,depth=32", "factors for a decoder transformer"],
    [
      "ladder parametrization table --name mup --base width=256 --scale width=4096 --learning-rate 0.01 --explain attention.query",
      "values, and why one tensor has its own",
    ],
    ["ladder parametrization table --name sp --base width=64 --scale width=512 --model mlp --optimizer sgd --json", "as one JSON object"],
  ],
  configure: (command) => {
    command.requiredOption("--name <rules>", "a rule set: mup, completep:alpha=0.5, mup+depth-mup");
    addModelOptions(command);
    command.option("--explain [tensor]", "say of every number why it is what it is");
    command.option("--all", "a line for every tensor");
  },
  run: async ({ output }, _args, rawOptions) => {
    const options = parseOptions(optionsSchema, rawOptions);
    const request = readRequest(options, options.name);
    const description = await describeParametrization(request);
    const tensor = typeof options.explain === "string" ? options.explain : undefined;
    const explanations: DescribedExplanations | undefined =
      options.explain === undefined || options.explain === false
        ? undefined
        : { tensors: explainDescription(description, tensor), operations: explainDescribedOperations(description, request) };
    output.document({
      json: output.format === "table" ? null : descriptionDocument(description, explanations),
      text: () =>
        [
          tensor === undefined
            ? renderParametrizationTable(description, output.columns, options.all)
            : headerLines(description, output.columns).join("\n"),
          ...(explanations === undefined ? [] : ["", renderExplanations(explanations, output.columns)]),
        ].join("\n"),
    });
    return exitCodes.done;
  },
};
