import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { parametrizationConvertCommand } from "./parametrization/convert.ts";
import { parametrizationDiffCommand } from "./parametrization/diff.ts";
import { parametrizationExportCommand } from "./parametrization/export.ts";
import { parametrizationListCommand } from "./parametrization/list.ts";
import { parametrizationTableCommand } from "./parametrization/table.ts";

export const parametrizationCommand: LadderCommand = {
  name: "parametrization",
  group: "Analysis",
  summary: "what a rule set makes of every tensor: tables, reasons, forms, differences, groups",
  description: "Needs no stack and no study.",
  examples: [
    ["ladder parametrization list", "every rule set and component"],
    ["ladder parametrization table --name mup --base width=256 --scale width=4096", "what every tensor is given"],
    ["ladder parametrization diff sp mup --base width=256 --scale width=4096", "where two rule sets differ"],
  ],
  subcommands: [
    parametrizationListCommand,
    parametrizationTableCommand,
    parametrizationConvertCommand,
    parametrizationDiffCommand,
    parametrizationExportCommand,
  ],
  configure: () => undefined,
  run: () => Promise.resolve(exitCodes.input),
};
