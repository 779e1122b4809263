import { log } from "../../../../analysis/numerics/elementary.ts";
import { randomStream } from "../../../../analysis/numerics/random-stream.ts";
import type { RecordedTable } from "../../../../analysis/search/recorded/recorded-problem.ts";
import type { RecordedRun } from "../../../../analysis/search/recorded/recorded-run.ts";
import type { Searcher, SearchSuggestion } from "../../../../analysis/search/searchers/contract.ts";
import { prepareSpace } from "../../../../analysis/search/space/prepare-space.ts";
import { z } from "zod";

/** Losses of three sizes at nine learning rates: a basin whose bottom is at 1e-2, deeper for the larger. */
export function basinRuns(replicates = 1, noise = 0): readonly RecordedRun[] {
  const random = randomStream(5, "basin");
  return [1e6, 4e6, 16e6].flatMap((N, size) =>
    Array.from({ length: 9 }, (_, index) => 1e-4 * 10 ** (index / 2)).flatMap((learningRate) =>
      Array.from({ length: replicates }, () => ({
        values: { N, learningRate },
        loss: 4 - size / 2 + 0.03 * log(learningRate / 1e-2) ** 2 + noise * random.normal(),
        cost: 6 * N * 20e6,
      })),
    ),
  );
}

export function basinTable(replicates = 1, noise = 0): RecordedTable {
  return { names: ["N", "learningRate"], runs: basinRuns(replicates, noise), isCostKnown: true };
}

/** Draws values by chance: what a searcher is at least. */
export const chance: Searcher = {
  id: "chance",
  summary: "values by chance",
  source: "none",
  settingsSchema: z.strictObject({}),
  suggest: (task, trials, count) =>
    Array.from({ length: count }, (_, index) => {
      const number = trials.length + index;
      return suggestionOf(`chance-${number}`, prepareSpace(task.space).sample(randomStream(task.seed, "chance", number), task.context));
    }),
};

/** Asks for these values, one after another, and then for nothing more. */
export function listed(id: string, values: readonly SearchSuggestion["values"][]): Searcher {
  return {
    id,
    summary: "a list",
    source: "none",
    settingsSchema: z.strictObject({}),
    suggest: (_, trials, count) =>
      values.slice(trials.length, trials.length + count).map((own, index) => suggestionOf(`${id}-${trials.length + index}`, own)),
  };
}

function suggestionOf(id: string, values: SearchSuggestion["values"]): SearchSuggestion {
  return {
    id,
    values,
    kind: "explore",
    replicateOf: null,
    explanation: {
      predictedLoss: null,
      predictedCost: null,
      probabilityOfSuccess: null,
      probabilityWithinCap: null,
      logExpectedImprovement: null,
      front: [],
      trialsHash: "",
      words: "a test",
    },
  };
}
