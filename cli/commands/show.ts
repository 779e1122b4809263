import { showAny } from "../../operations/show-run.ts";
import type { StudyDetails } from "../../operations/show-study.ts";
import { withSession } from "../../operations/session.ts";
import type { CommandContext, LadderCommand } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { renderFit } from "../fit-text.ts";
import { renderProgress } from "../progress-text.ts";
import { independentLines } from "../independent-text.ts";
import { hang } from "../render-error.ts";
import { renderRun, verificationSummary } from "../run-text.ts";

export const showCommand: LadderCommand = {
  name: "show",
  group: "Studies",
  summary: "show where a study stands, its sweeps, failures, fits and recommendations; or a run; or a fit",
  examples: [
    ["ladder show width-transfer", "runs by parametrization and scale, time left, what was spent"],
    ["ladder show 3fa94c21", "a run by the beginning of its key: attempts, and whether it used what was resolved"],
    ["ladder show fit-0123456789", "a kept fit of a scaling law"],
    ["ladder show width-transfer --json", "the same as one JSON object"],
  ],
  configure: (command) => {
    command.argument("<name>", "name of the study, the beginning of a run's key, or the id of a fit");
  },
  run: (context, [name = ""]) => printStudy(context, name),
};

/** Prints a study or a run; `ladder status STUDY` does the same. */
export async function printStudy({ output, settings }: CommandContext, name: string): Promise<ExitCode> {
  const shown = await withSession(settings, (session) => showAny(session, name));
  if (shown.kind === "run") {
    output.document({
      json: shown.details,
      name: shown.details.runKey,
      text: () => renderRun(shown.details, output.colors, output.columns),
    });
    return exitCodes.done;
  }
  if (shown.kind === "fit") {
    output.document({
      json: shown.details,
      name: shown.details.id ?? "",
      text: () => renderFit(shown.details, output.colors, output.columns, null),
    });
    return exitCodes.done;
  }
  const { details } = shown;
  output.document({
    json: details,
    name: details.progress.study,
    text: () =>
      [
        renderProgress(details.progress, output.colors, output.columns),
        ...verificationSummary(details, output.colors, output.columns),
        ...detailLines(details, output.columns),
      ].join("\n"),
  });
  return exitCodes.done;
}

function detailLines(details: StudyDetails, columns: number): readonly string[] {
  const { progress, failures, coordinateChecks, recommendations, fits } = details;
  const lines: string[] = [...independentLines(details, columns)];
  if (details.rangeTests.length > 0)
    lines.push("", "Range tests of the learning rate:", ...details.rangeTests.map(({ words }) => hang("  ", words, columns)));
  if (coordinateChecks.length > 0)
    lines.push(
      "",
      "Coordinate checks:",
      ...coordinateChecks.map(({ parametrization, words }) => hang(`  ${parametrization}  `, words, columns)),
    );
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
  if (fits.length > 0)
    lines.push("", "Fits (ladder show ID):", ...fits.map(({ id, law, words }) => hang(`  ${id}  `, `${law}: ${words}`, columns)));
  if (recommendations.length > 0)
    lines.push(
      "",
      "Recommendations (ladder apply ID CONFIG):",
      ...recommendations.map(({ id, words }) => hang(`  ${id}  `, words, columns)),
    );
  return lines;
}
