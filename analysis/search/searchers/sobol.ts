import { z } from "zod";
import { randomStream } from "../../numerics/random-stream.ts";
import { sobolSequence } from "../../numerics/sobol.ts";
import { prepareSpace } from "../space/prepare-space.ts";
import type { Searcher } from "./contract.ts";
import { drawWithinCap } from "./known-cap.ts";
import { distinctTrials, modelFreeSuggestions } from "./model-free-suggestion.ts";

const settingsSchema = z.strictObject({});

/**
 * Points of one scrambled Sobol sequence (Sobol' 1967; Owen 1995), in order: more even than random ones. Points that are known to cost more
 * than the cap, or that constraints leave nothing near, are passed over. Suggestion k depends on the seed and k alone.
 */
export const sobol: Searcher = {
  id: "sobol",
  summary: "Points of a scrambled Sobol sequence: spread evenly over the space, within the cap where the cost is known.",
  source: "Sobol' 1967; Owen 1995; directions of Joe and Kuo 2008",
  settingsSchema,
  suggest(task, trials, count) {
    settingsSchema.parse(task.settings ?? {});
    const space = prepareSpace(task.space);
    const distinct = distinctTrials(trials);
    const sequence = sobolSequence(Math.max(1, space.dimensions.length), randomStream(task.seed, "search", "sobol"));
    let index = 0;
    const next = () => drawWithinCap(task, () => space.decode(sequence.point(index++), task.context));
    // From the start each time: which points were passed over is a function of the task, and is kept nowhere.
    for (let before = 0; before < distinct.length; before += 1) next();
    const choices = Array.from({ length: count }, () => {
      const values = next();
      return { values, kind: "global" as const, words: `point ${index - 1} of the sequence` };
    });
    return modelFreeSuggestions("sobol", task, distinct, choices);
  },
};
