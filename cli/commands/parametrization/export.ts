import { z } from "zod";
import type { LadderCommand } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";
import { countText } from "../../number-text.ts";
import { parseOptions } from "../../options.ts";
import { addModelOptions, modelOptionsSchema, readRequest } from "../../parametrization-options.ts";

const optionsSchema = modelOptionsSchema.extend({ name: z.string(), output: z.string().optional() });

export const parametrizationExportCommand: LadderCommand = {
  name: "export",
  group: "Analysis",
  summary: "parameter groups for a PyTorch optimizer, as JSON, with what to do at the start and in the forward pass",
  description: `docs/param-groups.md says what every field is and has fifteen lines of Python that build an optimizer from them.
Parameters have the names of the model: give your own with --model FILE.json. Values, never factors: it needs
--learning-rate; weight decay is 0 and epsilon 1e-8 where they are not given.`,
  examples: [
    [
      "ladder parametrization export --name mup --base width=256 --scale width=4096 --learning-rate 0.01 --output groups.json",
      "writes groups.json",
    ],
    [
      "ladder parametrization export --name mup --optimizer muon --base width=256 --scale width=1024 --learning-rate 0.02",
      "prints the JSON",
    ],
  ],
  configure: (command) => {
    command.requiredOption("--name <rules>", "a rule set: mup, completep:alpha=0.5, mup+depth-mup");
    addModelOptions(command);
    command.option("--output <file>", "write to a file; without it the JSON is printed");
  },
  run: async ({ output }, _args, rawOptions) => {
    const { exportParamGroups } = await import("../../../operations/export-param-groups.ts");
    const { writeDocument } = await import("../../../operations/write-document.ts");
    const options = parseOptions(optionsSchema, rawOptions);
    const document = await exportParamGroups(readRequest(options, options.name));
    const path = options.output;
    if (path === undefined) {
      output.document({ json: document, text: () => JSON.stringify(document, null, 2) });
      return exitCodes.done;
    }
    await writeDocument(path, document);
    const { groups, tensors } = document;
    output.document({
      json: { path, groups: groups.length, tensors: tensors.length },
      name: path,
      text: () => `${countText(groups.length, "group")} of ${countText(tensors.length, "tensor")} written to ${path}`,
    });
    return exitCodes.done;
  },
};
