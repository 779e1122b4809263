import { showStudy, type StudyDetails } from "../../operations/show-study.ts";
import { withSession } from "../../operations/session.ts";
import type { CommandContext, LadderCommand } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { renderProgress } from "../progress-text.ts";
import { hang } from "../render-error.ts";

export const showCommand: LadderCommand = {
  name: "show",
  group: "Studies",
  summary: "show where a study stands, its sweeps, failures and recommendations",
  examples: [
    ["ladder show width-transfer", "runs by parametrization and scale, time left, what was spent"],
    ["ladder show width-transfer --json", "the same as one JSON object"],
  ],
  configure: (command) => {
    command.argument("<study>", "name of the study");
  },
  run: (context, [study = ""]) => printStudy(context, study),
};

/** Prints a study; `ladder status STUDY` does the same. */
export async function printStudy({ output, settings }: CommandContext, study: string): Promise<ExitCode> {
  const details = await withSession(settings, (session) => showStudy(session, study));
  output.document({
    json: details,
    name: details.progress.study,
    text: () => [renderProgress(details.progress, output.colors, output.columns), ...detailLines(details, output.columns)].join("\n"),
  });
  return exitCodes.done;
}

function detailLines({ progress, failures, recommendations }: StudyDetails, columns: number): readonly string[] {
  const lines: string[] = [];
  if (progress.sweeps.length > 1)
    lines.push(
      "",
      "Sweeps:",
      ...progress.sweeps.map(({ number, state, reason }) => `  ${number}  ${state}${reason === null ? "" : `: ${reason}`}`),
    );
  if (failures.length > 0) {
    lines.push("", "Failed runs (ladder logs RUN):");
    for (const { runKey, errorClass, message } of failures.slice(0, 10))
      lines.push(hang(`  ${runKey.slice(0, 12)}  `, `${errorClass ?? "failed"}${message === null ? "" : `: ${message}`}`, columns));
    if (failures.length > 10) lines.push(`  … and ${failures.length - 10} more`);
  }
  if (recommendations.length > 0)
    lines.push(
      "",
      "Recommendations (ladder apply ID CONFIG):",
      ...recommendations.map(({ id, words }) => hang(`  ${id}  `, words, columns)),
    );
  return lines;
}
