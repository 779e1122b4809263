import { z } from "zod";
import { defineStrategy } from "./contract.ts";
import { exhaustiveStateSchema, observeExhaustive, startExhaustive, suggestExhaustive } from "./exhaustive.ts";

/** Peak of Adafactor's own step min(0.01, 1 / sqrt(update)); the schedule `inverseSquareRoot` does the rest. */
export const untunedLearningRate = 0.01;

/**
 * One trial at each scale with Adafactor's own step and no learning rate to choose: what a sweep has to beat (Shazeer and
 * Stern 2018, arXiv:1804.04235, algorithm 6). The study's optimizer is adafactor and its schedule inverseSquareRoot.
 */
export const untuned = defineStrategy({
  id: "untuned",
  summary: "a baseline without tuning: Adafactor's own step at every scale",
  source: "Shazeer and Stern 2018 (arXiv:1804.04235), algorithm 6",
  settingsSchema: z.strictObject({ name: z.literal("untuned") }),
  sweepsSpace: false,
  asksWhileRunning: false,
  stateSchema: exhaustiveStateSchema,
  start: (problem) =>
    startExhaustive(
      problem.parametrizations.flatMap((parametrization) =>
        problem.scales.map((scale) => ({
          parametrization,
          scale,
          hyperparameters: { ...problem.fixed, learningRate: untunedLearningRate },
        })),
      ),
    ),
  suggest: (_problem, state, _random, count) => suggestExhaustive(state, count),
  observe: observeExhaustive,
});
