import { z } from "zod";
import { defineStrategy } from "./contract.ts";
import { exhaustiveStateSchema, observeExhaustive, startExhaustive, suggestExhaustive } from "./exhaustive.ts";

/**
 * Range test of the learning rate: one run a parametrization and scale whose rate grows from a share of `hyperparameters.learningRate` up to
 * it. The study's schedule is linearGrowth or exponentialGrowth. `readRangeTest` says what its curve tells.
 */
export const rangeTest = defineStrategy({
  id: "range-test",
  summary: "one run at every scale whose learning rate grows: where the loss falls fastest, and where it blows up",
  source: "Smith 2017 (arXiv:1506.01186), section 3.3; Smith 2018 (arXiv:1803.09820), section 4.1",
  settingsSchema: z.strictObject({ name: z.literal("range-test") }),
  sweepsSpace: false,
  asksWhileRunning: false,
  stateSchema: exhaustiveStateSchema,
  start: (problem) =>
    startExhaustive(
      problem.parametrizations.flatMap((parametrization) =>
        problem.scales.map((scale) => ({ parametrization, scale, hyperparameters: { ...problem.fixed } })),
      ),
    ),
  suggest: (_problem, state, _random, count) => suggestExhaustive(state, count),
  observe: observeExhaustive,
});
