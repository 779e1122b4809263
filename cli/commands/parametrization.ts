import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";

/** Verbs below `parametrization`, in the order of its help; loaded when they are typed. */
const verbLoaders = {
  list: async () => (await import("./parametrization/list.ts")).parametrizationListCommand,
  table: async () => (await import("./parametrization/table.ts")).parametrizationTableCommand,
  convert: async () => (await import("./parametrization/convert.ts")).parametrizationConvertCommand,
  diff: async () => (await import("./parametrization/diff.ts")).parametrizationDiffCommand,
  export: async () => (await import("./parametrization/export.ts")).parametrizationExportCommand,
} as const satisfies Readonly<Record<string, () => Promise<LadderCommand>>>;

/** The command with the one verb that was typed below it, or with all of them where it is none. */
export async function loadParametrizationCommand(below: string | undefined): Promise<LadderCommand> {
  const named = Object.entries(verbLoaders).filter(([name]) => name === below);
  const chosen = named.length > 0 ? named : Object.entries(verbLoaders);
  return {
    name: "parametrization",
    group: "Analysis",
    summary: "what a rule set makes of every tensor: tables, reasons, forms, differences, groups",
    description: "Needs no stack and no study.",
    examples: [
      ["ladder parametrization list", "every rule set and component"],
      ["ladder parametrization table --name mup --base width=256 --scale width=4096", "what every tensor is given"],
      ["ladder parametrization diff sp mup --base width=256 --scale width=4096", "where two rule sets differ"],
    ],
    subcommands: await Promise.all(chosen.map(([, load]) => load())),
    configure: () => undefined,
    run: () => Promise.resolve(exitCodes.input),
  };
}
