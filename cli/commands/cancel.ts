import type { LadderCommand } from "../command.ts";
import { runControl } from "../control-command.ts";
import { countText } from "../number-text.ts";
import { reasonOption, yesOption } from "../options.ts";

export const cancelCommand: LadderCommand = {
  name: "cancel",
  group: "Studies",
  summary: "stop a study's runs for good; results are kept",
  examples: [
    ["ladder cancel width-transfer", "asks, then stops running runs and drops waiting ones"],
    ["ladder cancel width-transfer --yes --reason 'wrong data'", "does not ask"],
  ],
  configure: (command) => {
    command.argument("<study>", "name of the study");
    command.addOption(yesOption());
    command.addOption(reasonOption());
  },
  run: (context, [study = ""], options) =>
    runControl(context, study, "cancel", options, {
      confirm: ({ totals }) =>
        `cancel ${study}: stop ${countText(totals.running, "running run")}, drop ${countText(totals.queued, "waiting run")}, keep ${countText(totals.finished + totals.diverged, "result")}?`,
      done: () => `${study} is cancelled; results are kept. To run the cancelled runs after all: ladder retry ${study}`,
      unchanged: () => `${study} was cancelled already`,
    }),
};
