import type { LadderCommand } from "../command.ts";
import { runControl } from "../control-command.ts";
import { reasonOption } from "../options.ts";

export const pauseCommand: LadderCommand = {
  name: "pause",
  group: "Studies",
  summary: "start no new runs of a study; running ones finish",
  examples: [
    ["ladder pause width-transfer --reason 'machine needed'", "no new runs; running ones finish"],
    ["ladder pause width-transfer --now", "running ones write a checkpoint and stop"],
  ],
  configure: (command) => {
    command.argument("<study>", "name of the study");
    command.option("--now", "stop running runs too, after a checkpoint");
    command.addOption(reasonOption());
  },
  run: (context, [study = ""], options) =>
    runControl(context, study, "pause", options, {
      done: () =>
        `${study} is paused: no new runs start${options["now"] === true ? ", running ones write a checkpoint and stop" : ", running ones finish"}. To go on: ladder resume ${study}`,
      unchanged: () => `${study} was paused already. To go on: ladder resume ${study}`,
    }),
};
