import { z } from "zod";
import { listStudyProgress } from "../../operations/list-studies.ts";
import { withSession } from "../../operations/session.ts";
import type { StudyProgress } from "../../operations/study-progress.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { ageText, durationText, flopsText, hyperparametersText, lossText, valueText } from "../number-text.ts";
import { countOption, limitOption, parseOptions } from "../options.ts";
import { doneCount, stateText } from "../progress-text.ts";

const optionsSchema = z.object({ limit: countOption.optional() });

export const listCommand: LadderCommand = {
  name: "list",
  group: "Studies",
  summary: "list the studies, newest first",
  examples: [
    ["ladder list", "STUDY STATE RUNS BEST SPENT/BUDGET ETA AGE WHY"],
    ["ladder list -o name --limit 1", "the name of the newest study"],
  ],
  configure: (command) => {
    command.addOption(limitOption());
  },
  run: async ({ output, settings }, _args, rawOptions) => {
    const { limit } = parseOptions(optionsSchema, rawOptions);
    const studies = await withSession(settings, (session) => listStudyProgress(session, limit));
    const now = Date.now();
    output.rows<StudyProgress>({
      rows: studies,
      name: ({ study }) => study,
      whenEmpty: "No studies yet. Start with: ladder init",
      columns: [
        { header: "STUDY", value: ({ study }) => study, flexible: true },
        { header: "STATE", value: ({ state }) => stateText(state, output.colors) },
        { header: "RUNS", value: ({ totals }) => `${doneCount(totals)}/${totals.running}/${totals.failed}/${totals.total}` },
        { header: "BEST(AT)", value: bestText, flexible: true },
        { header: "SPENT/BUDGET", value: spentText, flexible: true },
        {
          header: "ETA",
          value: ({ eta, state }) =>
            state === "running" || state === "queued" ? (eta.seconds === null ? "?" : durationText(eta.seconds)) : "–",
        },
        { header: "AGE", value: ({ createdAt }) => ageText((now - Date.parse(createdAt)) / 1000), align: "right" },
        { header: "WHY", value: ({ why }) => why, flexible: true },
      ],
    });
    return exitCodes.done;
  },
};

function bestText({ cells }: StudyProgress): string {
  const best = cells.filter((cell) => cell.bestLoss !== null).sort((left, right) => (left.bestLoss ?? 0) - (right.bestLoss ?? 0))[0];
  return best?.bestHyperparameters === undefined || best.bestHyperparameters === null
    ? "–"
    : `${lossText(best.bestLoss)} (${placeText(best.bestHyperparameters)})`;
}

/** The value alone where only one hyperparameter varies. */
function placeText(hyperparameters: Readonly<Record<string, number>>): string {
  const values = Object.values(hyperparameters);
  return values.length === 1 ? values.map(valueText).join() : hyperparametersText(hyperparameters);
}

function spentText({ spent, budget }: StudyProgress): string {
  if (budget.trainingFlops !== undefined) return `${flopsText(spent.trainingFlops)}/${flopsText(budget.trainingFlops)}`;
  if (budget.runs !== undefined) return `${spent.runs}/${budget.runs} runs`;
  return durationText(spent.cpuSeconds);
}
