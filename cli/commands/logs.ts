import { z } from "zod";
import { findLog, readLog } from "../../operations/read-logs.ts";
import { withSession } from "../../operations/session.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { interruptedExitCode } from "../interruption.ts";
import { countOption, parseOptions } from "../options.ts";

const optionsSchema = z.object({ follow: z.boolean().default(false), stderr: z.boolean().default(false), attempt: countOption.optional() });

export const logsCommand: LadderCommand = {
  name: "logs",
  group: "Studies",
  summary: "print what a run's trainer wrote",
  examples: [
    ["ladder logs 3fa94c", "its standard output; the start of a run key will do"],
    ["ladder logs 3fa94c --stderr -f", "standard error, and what is added to it until the run ends"],
  ],
  endsItself: true,
  configure: (command) => {
    command.argument("<run>", "run key, or a unique prefix of it");
    command.option("-f, --follow", "go on until the run ends; Ctrl-C detaches");
    command.option("--stderr", "standard error instead of standard output");
    command.option("--attempt <n>", "an earlier attempt");
  },
  run: ({ output, settings, interrupted }, [runKey = ""], rawOptions) => {
    const { follow, stderr, attempt } = parseOptions(optionsSchema, rawOptions);
    return withSession(settings, async (session) => {
      const log = await findLog(session, runKey, stderr ? "stderr" : "stdout", attempt);
      let text = "";
      for await (const part of readLog(session, log, follow, interrupted)) {
        if (output.format === "table") output.write(part);
        else text += part;
      }
      if (output.format !== "table")
        output.document({
          json: { runKey: log.run.runKey, attempt: log.attempt.attempt, path: log.path, text },
          text: () => text,
          name: log.path,
        });
      if (follow && interrupted.aborted) {
        output.note(`detached; run continues: ladder logs ${log.run.runKey.slice(0, 12)} -f`);
        return interruptedExitCode(interrupted);
      }
      return exitCodes.done;
    });
  },
};
