import type { LadderCommand } from "../command.ts";
import { runControl } from "../control-command.ts";
import { reasonOption } from "../options.ts";

export const resumeCommand: LadderCommand = {
  name: "resume",
  group: "Studies",
  summary: "go on with a paused study",
  description:
    "Failed runs are not run again: that is ladder retry. After a crash nothing needs to be\nresumed: ladder up --detach goes on by itself.",
  examples: [["ladder resume width-transfer", "starts runs again; stopped ones go on from their checkpoint"]],
  configure: (command) => {
    command.argument("<study>", "name of the study");
    command.addOption(reasonOption());
  },
  run: (context, [study = ""], options) =>
    runControl(context, study, "resume", options, {
      done: () => `${study} goes on: ladder watch ${study}`,
      unchanged: () => `${study} was not paused: ladder watch ${study}`,
    }),
};
