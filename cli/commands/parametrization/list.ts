import type { LadderCommand } from "../../command.ts";
import { exitCodes } from "../../exit-codes.ts";

export const parametrizationListCommand: LadderCommand = {
  name: "list",
  group: "Analysis",
  summary: "every rule set and component, or one in full: options, sources, optimizers, what transfers",
  examples: [
    ["ladder parametrization list", "every rule set and component, with options"],
    ["ladder parametrization list mup", "one: who holds which reading, optimizers, what transfers, sources"],
    ["ladder parametrization list --json", "all of it as JSON"],
  ],
  configure: (command) => {
    command.argument("[name]", "a rule set or component, with options if you like: completep:alpha=0.5");
  },
  run: async ({ output }, [name = ""]) => {
    const { listParametrization, listParametrizations } = await import("../../../operations/list-parametrizations.ts");
    const { renderParametrization, renderParametrizations } = await import("../../parametrization-list-text.ts");
    if (name !== "") {
      const listed = listParametrization(name);
      output.document({ json: listed, name: listed.id, text: () => renderParametrization(listed, output.columns) });
      return exitCodes.done;
    }
    const listed = listParametrizations();
    if (output.format === "table") output.print(renderParametrizations(listed, output.columns));
    else
      output.rows({
        rows: listed,
        columns: [
          { header: "ID", value: ({ id }) => id },
          { header: "KIND", value: ({ kind }) => kind },
          { header: "NAME", value: (entry) => entry.name },
          { header: "SUMMARY", value: ({ summary }) => summary },
          { header: "SOURCE", value: ({ source }) => source },
        ],
        name: ({ id }) => id,
        whenEmpty: "",
      });
    return exitCodes.done;
  },
};
