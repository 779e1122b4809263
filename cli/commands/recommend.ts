import { z } from "zod";
import { readProof, submitProof } from "../../operations/prove-recommendation.ts";
import { readStudyProgress } from "../../operations/read-study-progress.ts";
import { type RecommendReport, recommendForStudy } from "../../operations/recommend-value.ts";
import { type Session, withEndpoints, withSession } from "../../operations/session.ts";
import { ensureStack } from "../../operations/stack/ensure-stack.ts";
import type { CommandContext, LadderCommand } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { endSentence, exitCodeOfStudy, followStudy } from "../live-view.ts";
import { parseOptions, seedsOption } from "../options.ts";
import { renderProof, renderRecommendation } from "../recommendation-text.ts";
import { exitCodeOfVerdict } from "../transfer-text.ts";

const optionsSchema = z.object({
  axis: z.string().optional(),
  hyperparameter: z.string().optional(),
  parametrization: z.string().optional(),
  target: z.array(z.string()).default([]),
  prove: z.boolean().default(false),
  seeds: seedsOption.optional(),
});

export const recommendCommand: LadderCommand = {
  name: "recommend",
  group: "Analysis",
  summary: "recommend a value for a scale too large to tune, with its regret",
  description:
    "The recommendation is kept with its evidence. Exit codes: 0 the optimum transfers, 10 it does not (the value follows its drift), 11 undecided or withheld. With --prove: 0 the value ends below the alternative in every seed, 10 it does not.",
  examples: [
    ["ladder recommend width-transfer", "for the target of the study file"],
    ["ladder recommend width-transfer --target width=512", "for another target"],
    ["ladder recommend width-transfer --prove", "trains the target with this value and with the alternative"],
  ],
  endsItself: true,
  configure: (command) => {
    command.argument("<study>", "name of the study");
    command.option("--parametrization <id>", "default: the one that transfers");
    command.option("--target <axis=n>", "a scale axis of the target; may be repeated", (text: string, before: string[] | undefined) => [
      ...(before ?? []),
      text,
    ]);
    command.option("--axis <axis>", "the axis along which optima are compared");
    command.option("--hyperparameter <name>", "which swept hyperparameter (default: learningRate)");
    command.option("--prove", "train the target with the value and with its alternative, and compare");
    command.option("--seeds <list>", "seeds of the proof (default: those of the study)");
  },
  run: async (context, [study = ""], rawOptions) => {
    const { output, settings, interrupted } = context;
    const { prove, seeds, ...options } = parseOptions(optionsSchema, rawOptions);
    const recommendAndProve = async (session: Session): Promise<ExitCode> => {
      const report = await recommendForStudy(session, study, options);
      if (prove && report.outcome === "recommended") return proveReport(context, session, report, seeds);
      output.document({
        json: report,
        name: report.outcome === "recommended" ? report.id : "",
        text: () => `${renderRecommendation(report, output.colors, output.columns)}${nextStep(report)}`,
      });
      return exitCodeOfReport(report);
    };
    if (!prove) return withSession(settings, recommendAndProve);
    const endpoints = await ensureStack(settings, { onProgress: (line) => output.note(line), signal: interrupted });
    return withEndpoints(settings, endpoints, recommendAndProve);
  },
};

async function proveReport(
  { output, interrupted }: CommandContext,
  session: Session,
  report: Extract<RecommendReport, { outcome: "recommended" }>,
  seeds: readonly number[] | undefined,
): Promise<ExitCode> {
  const { study, id, content } = report;
  if (output.format === "table") output.print(`${renderRecommendation(report, output.colors, output.columns)}\n`);
  await submitProof(session, { id, content }, seeds);
  const { progress, end } = await followStudy({ output, read: () => readStudyProgress(session, study), interrupted });
  const proof = await readProof(session, { id, content });
  output.document({
    json: { ...report, proof, end },
    name: id,
    text: () => (proof === null ? "no seed has finished under both choices yet" : renderProof(content, proof, output.columns)),
  });
  if (end !== "settled") output.note(endSentence(progress, end));
  const studyCode = exitCodeOfStudy(progress, end, interrupted);
  if (studyCode !== exitCodes.done) return studyCode;
  return proof?.comparison.referenceWinsEverySeed === true ? exitCodes.done : exitCodes.scientificNo;
}

function exitCodeOfReport(report: RecommendReport): ExitCode {
  return report.outcome === "withheld" ? exitCodes.undecided : exitCodeOfVerdict(report.content.verdict);
}

function nextStep(report: RecommendReport): string {
  return report.outcome === "recommended" ? `\n\nnext: ladder recommend ${report.study} --prove, or ladder apply ${report.id} CONFIG` : "";
}
