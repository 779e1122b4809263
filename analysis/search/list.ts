import { z } from "zod";
import { LadderError } from "../study/ladder-error.ts";
import type { PartialScale, Scale } from "../study/scale.ts";
import { listedTrialSchema } from "../study/study-spec.ts";
import { defineStrategy } from "./contract.ts";
import { exhaustiveStateSchema, observeExhaustive, startExhaustive, suggestExhaustive } from "./exhaustive.ts";

/** Exactly the trials that are written out, in their order. */
export const list = defineStrategy({
  id: "list",
  summary: "exactly the trials under strategy.trials",
  source: "written by the user or by another command",
  settingsSchema: z.strictObject({ name: z.literal("list"), trials: z.array(listedTrialSchema).min(1) }),
  sweepsSpace: false,
  asksWhileRunning: false,
  stateSchema: exhaustiveStateSchema,
  start(problem) {
    if (problem.settings.trials === undefined) throw new LadderError("input", "TRIALS_MISSING", "strategy list needs strategy.trials");
    return startExhaustive(
      problem.settings.trials.map((trial) => ({
        parametrization: trial.parametrization,
        scale: completeScale(trial.scale, problem.scales),
        hyperparameters: { ...problem.fixed, ...trial.hyperparameters },
      })),
    );
  },
  suggest: (_problem, state, _random, count) => suggestExhaustive(state, count),
  observe: observeExhaustive,
});

/**
 * A partial scale with the missing axes filled from the study's scales: the largest value of each.
 *
 * @throws LadderError `defect` SCALES_EMPTY when the study has no scale
 */
export function completeScale(partial: PartialScale, scales: readonly Scale[]): Scale {
  if (scales.length === 0) throw new LadderError("defect", "SCALES_EMPTY", "a study has at least one scale");
  const value = (axis: keyof Scale) => partial[axis] ?? Math.max(...scales.map((scale) => scale[axis]));
  return {
    width: value("width"),
    depth: value("depth"),
    headDimension: value("headDimension"),
    batchSizeTokens: value("batchSizeTokens"),
    tokenHorizon: value("tokenHorizon"),
  };
}
