import type { TrialRunResult } from "../../../analysis/study/trial.ts";
import { octaveGrid, resultOf } from "./planted-sweep.ts";

/**
 * Measured once with the prototype of the reference trainer, seed 1: held-out loss (nats per token) of the character-level
 * transformer by width, learning rates 2^-9 … 2^-3. SP and muP share width 16, where every multiplier is 1.
 */
export const publishedLosses: Readonly<Record<"sp" | "mup", Readonly<Record<string, readonly number[]>>>> = {
  sp: {
    16: [2.954, 2.785, 2.67, 2.594, 2.574, 2.577, 2.64],
    32: [2.691, 2.595, 2.539, 2.507, 2.517, 2.572, 2.642],
    64: [2.558, 2.513, 2.492, 2.498, 2.546, 2.592, 2.654],
    128: [2.494, 2.472, 2.477, 2.514, 2.56, 2.591, 2.68],
  },
  mup: {
    16: [2.954, 2.785, 2.67, 2.594, 2.574, 2.577, 2.64],
    32: [2.864, 2.675, 2.582, 2.526, 2.5, 2.517, 2.559],
    64: [2.753, 2.622, 2.545, 2.504, 2.488, 2.496, 2.549],
    128: [2.738, 2.604, 2.528, 2.488, 2.469, 2.5, 2.533],
  },
};

/** The same trainer at width 256, which is in no sweep here: the fitted SP and muP optima, and losses at 2^-5. */
export const publishedTarget = {
  sp: { log2Optimum: -8.77, lossAtMinus5: 2.558, best: 2.462 },
  mup: { log2Optimum: -5.08, lossAtMinus5: 2.461, best: 2.461 },
};

export function publishedResults(): TrialRunResult[] {
  return (["sp", "mup"] as const).flatMap((parametrization) =>
    Object.entries(publishedLosses[parametrization]).flatMap(([width, losses]) =>
      losses.map((loss, index) => {
        const log2Value = octaveGrid[index] ?? Number.NaN;
        const shared = width === "16" ? { runKey: `base-${log2Value}` } : {};
        return resultOf({ parametrization, width: Number(width), seed: 1, log2Value, loss, ...shared });
      }),
    ),
  );
}
