import { LadderError } from "../../study/ladder-error.ts";
import type { SearchValues } from "../space/search-space.ts";
import type { SearchTask } from "./contract.ts";

/** Draws before a searcher says that the cap leaves nothing. */
const mostDraws = 5000;

/** Whether values are not known to cost more than the cap; a cost that is no number counts as too much. */
export function isWithinKnownCap({ knownCost, maximumCost }: SearchTask, values: SearchValues): boolean {
  return knownCost === null || maximumCost === null || knownCost(values) <= maximumCost;
}

/**
 * The first draw that is there and within the cap.
 *
 * @param draw gives values, or null where there are none
 * @throws LadderError `input` NOTHING_WITHIN_CAP after 5,000 draws
 */
export function drawWithinCap(task: SearchTask, draw: () => SearchValues | null): SearchValues {
  for (let attempt = 0; attempt < mostDraws; attempt += 1) {
    const values = draw();
    if (values !== null && isWithinKnownCap(task, values)) return values;
  }
  throw nothingWithinCap(task);
}

/** The error of a cap that leaves nothing to suggest. */
export function nothingWithinCap({ maximumCost, context }: SearchTask): LadderError {
  return new LadderError("input", "NOTHING_WITHIN_CAP", `no values were found that cost at most ${String(maximumCost)}`, {
    fields: { maximumCost, context },
    hint: "raise the cap, or lower the ranges of what makes a run expensive",
  });
}
