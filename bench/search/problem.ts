import type { SearchSpace, SearchValues } from "../../analysis/search/space/search-space.ts";

/** A synthetic problem: loss and cost of values, and the best that any values reach within a cost. */
export interface BenchProblem {
  readonly id: string;
  /** One sentence for the table. */
  readonly words: string;
  readonly space: SearchSpace;
  /** Range of costs that is scored, in seconds; the upper end is the cap. */
  readonly leastCost: number;
  readonly cap: number;
  /** Loss from which the hypervolume is measured. */
  readonly referenceLoss: number;
  cost(values: SearchValues): number;
  /** Without noise. */
  loss(values: SearchValues): number;
  /** Standard deviation of the noise on the loss that is told. */
  deviation(values: SearchValues): number;
  /** How a trial ends without a loss; null when it does not. It is charged a tenth of its cost. */
  failure(values: SearchValues): "diverged" | "outOfMemory" | null;
  /** Lowest loss at a cost of at most this. */
  best(cost: number): number;
  /** Settings that searchers cannot do without here, by id. */
  readonly settings: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** The value of a parameter that is a number. */
export function numberOf(values: SearchValues, name: string): number {
  const value = values[name];
  if (typeof value !== "number") throw new Error(`${name} has no number in ${JSON.stringify(values)}`);
  return value;
}
