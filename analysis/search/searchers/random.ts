import { z } from "zod";
import { randomStream } from "../../numerics/random-stream.ts";
import { prepareSpace } from "../space/prepare-space.ts";
import type { Searcher } from "./contract.ts";
import { drawWithinCap } from "./known-cap.ts";
import { distinctTrials, modelFreeSuggestions } from "./model-free-suggestion.ts";

const settingsSchema = z.strictObject({});

/**
 * Random search (Bergstra and Bengio 2012, "Random search for hyper-parameter optimization", JMLR 13): every suggestion uniform over the
 * axes of the space, drawn again while it is known to cost more than the cap. Suggestion k depends on the seed and k alone, so that
 * any parallelism ends with the same trials.
 */
export const random: Searcher = {
  id: "random",
  summary: "Uniform draws over the axes of the space, within the cap where the cost is known.",
  source: "Bergstra and Bengio 2012, JMLR 13",
  settingsSchema,
  suggest(task, trials, count) {
    settingsSchema.parse(task.settings ?? {});
    const space = prepareSpace(task.space);
    const distinct = distinctTrials(trials);
    const choices = Array.from({ length: count }, (_, index) => {
      const stream = randomStream(task.seed, "search", "random", distinct.length + index);
      const values = drawWithinCap(task, () => space.sample(stream, task.context));
      return { values, kind: "global" as const, words: "drawn at random" };
    });
    return modelFreeSuggestions("random", task, distinct, choices);
  },
};
