import type { Command } from "commander";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { renderStackStatus } from "../stack-text.ts";
import { showCommand } from "./show.ts";

export const statusCommand: LadderCommand = {
  name: "status",
  group: "Stack",
  summary: "show services, workers and running studies; with STUDY: the same as show",
  description: `Exit code 0: everything answers; 5: something is down or does not answer
(ladder doctor says why).`,
  examples: [
    ["ladder status", "what runs in this folder"],
    ["ladder status --json", "the same for a program"],
    ["ladder status width-transfer", "one study, like ladder show width-transfer"],
  ],
  configure(command: Command): void {
    command.argument("[study]", "name of a study");
  },
  async run(context, args, options) {
    if ((args[0] ?? "") !== "") return showCommand.run(context, args, options);
    const { output, settings } = context;
    const { readStackStatus } = await import("../../operations/stack/stack-status.ts");
    const status = await readStackStatus(settings);
    output.document({ json: status, text: () => renderStackStatus(status, output), name: status.state });
    return status.state === "up" ? exitCodes.done : exitCodes.unavailable;
  },
};
