import { z } from "zod";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { withBorrowedStack } from "../../operations/borrow-stack.ts";
import { keptFitId, type PredictionDocument, predictPlaces, registerPredictions } from "../../operations/predict-fit.ts";
import { readFit } from "../../operations/read-fit.ts";
import { scorePredictions } from "../../operations/score-predictions.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { collect, namedValuesOption } from "../named-values.ts";
import { parseOptions } from "../options.ts";
import { renderPrediction } from "../predict-text.ts";
import { renderScores } from "../prediction-scores-text.ts";

const placeOption = z
  .string()
  .transform((text): string[] | undefined => [text])
  .pipe(namedValuesOption);

const optionsSchema = z.object({
  at: z.array(placeOption).default([]),
  register: z.boolean().default(false),
  scores: z.boolean().default(false),
});

export const predictCommand: LadderCommand = {
  name: "predict",
  group: "Analysis",
  summary: "predict a run from a fit, with both intervals; register the prediction and score it later",
  description:
    "The value with an interval for the mean of runs there and one for one new run; how many larger runs lay inside such an interval; how far away the place is; what it would be with the irreducible loss at the ends of its interval and without each budget of the fit.\n\nC may stand for one of N and D where the law splits compute between them. A registered prediction is dated and never changes; --scores lists all of them, and compares those whose run has arrived since with it.",
  examples: [
    ["ladder predict fit.json --at N=7e10,D=1.4e12", "from a file that ladder fit --output wrote"],
    ["ladder predict fit-0123456789 --at N=7e10,C=5.88e23 --at N=1e11,C=1e24", "two places, D from C = 6 N D"],
    ["ladder predict fit-0123456789 --at N=7e10,D=1.4e12 --register", "before the run is trained"],
    ["ladder predict --scores", "every registered prediction, and how those came out whose run has arrived"],
    ["ladder predict my-study --scores --json", "those of one study"],
  ],
  endsItself: true,
  configure: (command) => {
    command.argument("[fit]", "id of a fit, or a file of one; with --scores the study");
    command.option("--at <name=value>", "inputs of the law, with commas between (repeatable: one place each)", collect);
    command.option("--register", "keep the prediction with its date, to be scored when the run arrives");
    command.option("--scores", "list registered predictions and score them");
  },
  run: async ({ output, settings, interrupted }, [name = ""], rawOptions) => {
    const { at: places, register, scores } = parseOptions(optionsSchema, rawOptions);
    const borrowing = { onProgress: (line: string) => output.note(line), signal: interrupted };
    if (scores) {
      if (places.length > 0 || register)
        throw new LadderError("input", "USAGE", "--scores lists what is registered: it takes a study, and neither --at nor --register", {
          hint: "ladder predict --scores, or ladder predict STUDY --scores",
        });
      const report = await withBorrowedStack(settings, borrowing, (session) => scorePredictions(session, name === "" ? undefined : name));
      output.document({
        json: report,
        name: report.predictions.map(({ id }) => id).join("\n"),
        text: () => renderScores(report, output.colors, output.columns),
      });
      return exitCodes.done;
    }
    const registered = async (): Promise<readonly PredictionDocument[]> => {
      const fitId = await keptFitId(settings, name);
      return withBorrowedStack(settings, borrowing, (session) => registerPredictions(session, fitId, places));
    };
    if (name === "" || places.length === 0)
      throw new LadderError("input", "USAGE", name === "" ? "predict needs a fit" : "predict needs a place: --at", {
        hint: `ladder predict ${name === "" ? "FIT" : name} --at N=7e10,D=1.4e12; ladder predict --scores lists what is registered`,
      });
    const documents = register ? await registered() : predictPlaces(await readFit(settings, name), places);
    output.document({
      json: documents.length === 1 ? documents[0] : documents,
      ...(register ? { name: documents.map(({ registered }) => registered?.id ?? "").join("\n") } : {}),
      text: () => documents.map((document) => renderPrediction(document, output.colors, output.columns)).join("\n\n"),
    });
    return exitCodes.done;
  },
};
