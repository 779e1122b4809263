import { z } from "zod";
import { controlStudy, type ControlResult, type StudyControl } from "../operations/control-study.ts";
import { readStudyProgress } from "../operations/read-study-progress.ts";
import { withSession } from "../operations/session.ts";
import { isSettled, type StudyProgress } from "../operations/study-progress.ts";
import type { CommandContext } from "./command.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { parseOptions } from "./options.ts";

const optionsSchema = z.object({ reason: z.string().optional(), now: z.boolean().default(false), yes: z.boolean().default(false) });

/** How a control is confirmed and told. */
export interface ControlWords {
  /** Question to ask before it; none when left out. */
  readonly confirm?: (progress: StudyProgress) => string;
  readonly done: (result: ControlResult) => string;
  readonly unchanged: (study: string) => string;
}

/** The body of pause, resume and cancel. */
export function runControl(
  context: CommandContext,
  study: string,
  control: StudyControl,
  rawOptions: Readonly<Record<string, unknown>>,
  words: ControlWords,
): Promise<ExitCode> {
  const { output, settings } = context;
  const { reason, now, yes } = parseOptions(optionsSchema, rawOptions);
  return withSession(settings, async (session) => {
    if (words.confirm !== undefined && !yes) {
      const progress = await readStudyProgress(session, study);
      // A study that has ended is not worth a question: the control itself says so.
      if (!isSettled(progress)) await output.confirm(words.confirm(progress), { given: yes, flag: "--yes" });
    }
    const result = await controlStudy(session, study, control, { reason: reason ?? `ladder ${control}`, now });
    output.document({ json: result, name: study, text: () => (result.changed ? words.done(result) : words.unchanged(study)) });
    return exitCodes.done;
  });
}
