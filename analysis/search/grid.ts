import { z } from "zod";
import { crossSpace } from "./axis.ts";
import { defineStrategy } from "./contract.ts";
import { exhaustiveStateSchema, observeExhaustive, startExhaustive, suggestExhaustive } from "./exhaustive.ts";

/** Every combination: parametrization, then scale, then hyperparameters with the last axis fastest. */
export const grid = defineStrategy({
  id: "grid",
  summary: "every combination of parametrizations, scales and the values of the space",
  source: "full factorial design",
  settingsSchema: z.strictObject({ name: z.literal("grid") }),
  sweepsSpace: true,
  asksWhileRunning: false,
  stateSchema: exhaustiveStateSchema,
  start: (problem) =>
    startExhaustive(
      problem.parametrizations.flatMap((parametrization) => {
        const assignments = crossSpace({ ...problem.space, ...problem.spaceFor[parametrization] });
        return problem.scales.flatMap((scale) =>
          assignments.map((assignment) => ({ parametrization, scale, hyperparameters: { ...problem.fixed, ...assignment } })),
        );
      }),
    ),
  suggest: (_problem, state, _random, count) => suggestExhaustive(state, count),
  observe: observeExhaustive,
});
