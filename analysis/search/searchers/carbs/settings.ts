import { z } from "zod";

/** Settings of the searchers that go along the front of loss and cost; one set of defaults for all problems. */
export const costAwareSettingsSchema = z.strictObject({
  /** Trials before a model leads: the centre, then points spread about it. Left out: 4 + half the number of dimensions, rounded up. */
  initialTrials: z.int().min(1).optional(),
  /** Half-width of the region about the centre that the first trials are spread over, as a share of each parameter's range. */
  initialReach: z.number().gt(0).max(1).default(0.25),
  /** Where the front that is improved begins. Left out: the cheapest fifth of the first trials. */
  leastCost: z.number().positive().optional(),
  /** How costs are aimed at: an even cycle through them, or a draw that is uniform in ln(cost). */
  spread: z.enum(["cycle", "logUniform"]).default("cycle"),
  /** Share of the cycle that goes where the front has most to win; the rest is even over ln(cost). */
  gainShare: z.number().min(0).max(1).default(0),
  /** Share of trials that may aim at the most expensive tenfold of costs below the cap. */
  expensiveShare: z.number().gt(0).max(1).default(1),
  /** A suggestion keeps to the cap with at least this probability. */
  capProbability: z.number().min(0.5).lt(1).default(0.95),
  /** Most trials of a hundred that may repeat another one, as a share. */
  replicateShare: z.number().min(0).max(0.5).default(0.2),
  /** Candidates that are drawn from the whole space, as a share. */
  globalShare: z.number().min(0).max(1).default(0.4),
  /** Candidates drawn for each suggestion. */
  candidates: z.int().min(32).max(65_536).default(512),
  /** No two suggestions are closer than this in any coordinate, as a share of its range, unless one is marked as a replicate. */
  separation: z.number().min(0).max(0.2).default(0.004),
  /** Power of the probability of success in the score. */
  caution: z.number().min(0).default(8),
});
export type CostAwareSettings = z.infer<typeof costAwareSettingsSchema>;
