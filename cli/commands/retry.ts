import { z } from "zod";
import { retryStudy } from "../../operations/retry-study.ts";
import { withSession } from "../../operations/session.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { countText } from "../number-text.ts";
import { parseOptions, reasonOption } from "../options.ts";

const optionsSchema = z.object({ reason: z.string().default("ladder retry") });

export const retryCommand: LadderCommand = {
  name: "retry",
  group: "Studies",
  summary: "run a study's failed and cancelled runs again, and no others",
  examples: [["ladder retry width-transfer", "queues failed and cancelled runs again, from their last checkpoint"]],
  configure: (command) => {
    command.argument("<study>", "name of the study");
    command.addOption(reasonOption());
  },
  run: async ({ output, settings }, [study = ""], rawOptions) => {
    const { reason } = parseOptions(optionsSchema, rawOptions);
    const result = await withSession(settings, (session) => retryStudy(session, study, reason));
    output.document({
      json: result,
      name: study,
      text: () =>
        result.runs === 0
          ? `${study} has no failed or cancelled run: nothing to do`
          : `${countText(result.runs, "run")} of ${study} queued again: ladder watch ${study}`,
    });
    return exitCodes.done;
  },
};
