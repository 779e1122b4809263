import { z } from "zod";
import type { DescribedParametrization, DescriptionRequest } from "../../../operations/describe-parametrization.ts";
import type { LadderCommand } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { parseOptions } from "../../options.ts";
import { addModelOptions, modelOptionsSchema, readRequest } from "../../parametrization-options.ts";

const optionsSchema = modelOptionsSchema.extend({
  name: z.string(),
  explain: z.union([z.literal(true), z.string()]).optional(),
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
    const { describeParametrization } = await import("../../../operations/describe-parametrization.ts");
    const description = await describeParametrization(request);
    const tensor = typeof options.explain === "string" ? options.explain : undefined;
    const explanations = options.explain === undefined ? undefined : await explain(description, request, tensor);
    if (output.format !== "table") {
      const { descriptionDocument } = await import("../../../operations/description-document.ts");
      output.document({ json: descriptionDocument(description, explanations?.document), text: () => "" });
      return exitCodes.done;
    }
    const { headerLines, renderParametrizationTable } = await import("../../parametrization-table-text.ts");
    output.print(
      [
        tensor === undefined
          ? renderParametrizationTable(description, output.columns, options.all)
          : headerLines(description, output.columns).join("\n"),
        ...(explanations === undefined ? [] : ["", explanations.render(output.columns)]),
      ].join("\n"),
    );
    return exitCodes.done;
  },
};

async function explain(description: DescribedParametrization, request: DescriptionRequest, tensor: string | undefined) {
  const { explainDescribedOperations, explainDescription } = await import("../../../operations/explain-description.ts");
  const { renderExplanations } = await import("../../parametrization-explain-text.ts");
  const document = {
    tensors: explainDescription(description, tensor),
    operations: explainDescribedOperations(description, request),
  };
  return { document, render: (columns: number): string => renderExplanations(document, columns) };
}
