import { z } from "zod";
import { readStudyProgress } from "../../operations/read-study-progress.ts";
import { type Session, withSession } from "../../operations/session.ts";
import type { CommandContext, LadderCommand } from "../command.ts";
import type { ExitCode } from "../exit-codes.ts";
import { endSentence, exitCodeOfStudy, followStudy } from "../live-view.ts";
import { parseOptions, secondsOption } from "../options.ts";
import { renderProgress } from "../progress-text.ts";

const optionsSchema = z.object({ timeout: secondsOption.optional() });

export const watchCommand: LadderCommand = {
  name: "watch",
  group: "Studies",
  summary: "follow a study until it ends; its result is the exit code",
  description:
    "Ctrl-C detaches; the study goes on. Exit codes: 0 finished, 13 ended with failed runs, 12 still running after --timeout or paused, 130 detached.",
  examples: [
    ["ladder watch width-transfer", "a live view on a terminal, one line a change elsewhere"],
    ["ladder watch width-transfer --timeout 600 --json", "waits ten minutes at most, then prints one JSON object"],
  ],
  endsItself: true,
  configure: (command) => {
    command.argument("<study>", "name of the study");
    command.option("--timeout <seconds>", "stop waiting after so many seconds, with exit code 12");
  },
  run: (context, [study = ""], rawOptions) => {
    const { timeout } = parseOptions(optionsSchema, rawOptions);
    return withSession(context.settings, (session) => watchStudy(context, session, study, timeout));
  },
};

/** Follows a study and prints how it ended. */
export async function watchStudy(
  { output, interrupted }: CommandContext,
  session: Session,
  study: string,
  timeoutSeconds?: number,
): Promise<ExitCode> {
  const { progress, end } = await followStudy({ output, read: () => readStudyProgress(session, study), interrupted, timeoutSeconds });
  if (output.format === "table") output.print(renderProgress(progress, output.colors, output.columns));
  else if (output.format !== "jsonl") output.document({ json: { ...progress, end }, text: () => "", name: progress.study });
  output.note(endSentence(progress, end));
  return exitCodeOfStudy(progress, end, interrupted);
}
