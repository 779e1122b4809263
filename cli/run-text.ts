import type { Colors } from "picocolors/types.js";
import type { RunDetails } from "../operations/show-run.ts";
import type { StudyDetails } from "../operations/show-study.ts";
import { shareInPercent } from "../analysis/study/number-words.ts";
import { countText, durationText, hyperparametersText, lossText, threeDigitsText } from "./number-text.ts";
import { hang } from "./render-error.ts";

const mostLines = 10;

/** One run: what it trained, how it ended, its attempts, whether it used what was resolved, lines that could not be read. */
export function renderRun(run: RunDetails, colors: Colors, columns: number): string {
  const { runKey, state, scale, hyperparameters, seed, loss, step, message, attempts, badLines } = run;
  const lines = [
    `${colors.bold(runKey)}  ${state}${message === null ? "" : `: ${message}`}`,
    `width ${scale.width}, depth ${scale.depth}, ${hyperparametersText(hyperparameters)}, seed ${seed}`,
    `${loss === null ? "no loss yet" : `held-out loss ${lossText(loss)} nats per token`}${step === null ? "" : `, step ${step}`}`,
  ];
  for (const { number, kind, explanation } of run.suggested.slice(0, 1))
    lines.push("", ...suggestionLines(number, kind, explanation, columns));
  if (attempts.length > 0) {
    lines.push("", "Attempts (ladder logs RUN --attempt N):");
    for (const attempt of attempts) {
      const parts = [
        attempt.state,
        ...(attempt.step === null ? [] : [`step ${attempt.step}`]),
        ...(attempt.cpuSeconds === null ? [] : [`${durationText(attempt.cpuSeconds)} of processor time`]),
        ...(attempt.host === null ? [] : [`on ${attempt.host}`]),
        ...(attempt.message === null ? [] : [attempt.message]),
      ];
      lines.push(hang(`  ${attempt.attempt}  `, parts.join(", "), columns));
    }
  }
  lines.push("", ...verificationLines(run, colors, columns));
  if (badLines.length > 0) {
    lines.push("", `${countText(badLines.length, "line")} of its trainer could not be read:`);
    for (const { attempt, lineNumber, reason, text } of badLines.slice(0, mostLines))
      lines.push(hang(`  attempt ${attempt}, line ${lineNumber}: `, `${reason}: ${text}`, columns));
    if (badLines.length > mostLines) lines.push(`  … and ${badLines.length - mostLines} more (--json)`);
  }
  return lines.join("\n");
}

/** Why a strategy asked for this run, with what it was judged by. */
function suggestionLines(
  number: number,
  kind: string,
  explanation: RunDetails["suggested"][number]["explanation"],
  columns: number,
): readonly string[] {
  const { predictedLoss, predictedCost, probabilityOfSuccess, probabilityWithinCap, logExpectedImprovement, front, trialsHash } =
    explanation;
  const facts = [
    ...(predictedLoss === null
      ? []
      : [`loss expected ${lossText(predictedLoss.mean)} (80 %: ${lossText(predictedLoss.low)} to ${lossText(predictedLoss.high)})`]),
    ...(predictedCost === null ? [] : [`cost expected ${threeDigitsText(predictedCost.median)}`]),
    ...(probabilityOfSuccess === null ? [] : [`success ${shareInPercent(probabilityOfSuccess)}`]),
    ...(probabilityWithinCap === null ? [] : [`within the cap ${shareInPercent(probabilityWithinCap)}`]),
    ...(logExpectedImprovement === null ? [] : [`ln expected improvement ${threeDigitsText(logExpectedImprovement)}`]),
    `judged against a front of ${countText(front.length, "trial")}`,
    `from trials ${trialsHash.slice(0, 10)}`,
  ];
  return [hang(`Suggestion ${number} (${kind}): `, explanation.words, columns), hang("  ", facts.join("; "), columns)];
}

function verificationLines({ usedAgainstResolved: verification }: RunDetails, colors: Colors, columns: number): readonly string[] {
  if (verification === null) return ["Used against resolved: compared when the run has a result"];
  const { status, findings, words } = verification;
  if (status !== "failed")
    return [
      hang("Used against resolved: ", `${status === "passed" ? colors.green("passed") : colors.yellow("not known")}: ${words}`, columns),
    ];
  return [
    `Used against resolved: ${colors.red("FAILED")}`,
    ...findings.slice(0, mostLines).map((finding) => hang("  ", finding.words, columns)),
    ...(findings.length > mostLines ? [`  … and ${findings.length - mostLines} more (--json)`] : []),
  ];
}

/** The same of all runs of a study: counts, and the runs that failed. Nothing before the first result. */
export function verificationSummary({ usedAgainstResolved }: StudyDetails, colors: Colors, columns: number): readonly string[] {
  const { passed, failed, notLogged, mismatches } = usedAgainstResolved;
  if (passed + failed + notLogged === 0) return [];
  const parts = [
    ...(failed > 0 ? [colors.red(`${countText(failed, "run")} FAILED`)] : []),
    ...(passed > 0 ? [`${passed} passed`] : []),
    ...(notLogged > 0
      ? [colors.yellow(`${notLogged} not known, because their trainer logs neither learningRate/… nor parameterRms/…`)]
      : []),
  ];
  return [
    "",
    hang("Used against resolved: ", parts.join(", "), columns),
    ...mismatches.slice(0, mostLines).map(({ runKey, words }) => hang(`  ${runKey.slice(0, 12)}  `, words, columns)),
    ...(mismatches.length > mostLines ? [`  … and ${mismatches.length - mostLines} more`] : []),
  ];
}
