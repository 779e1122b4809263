import type { TrainingSetting } from "../../analysis/verification/proxy-target.ts";
import type { ConfigValues } from "./config-format.ts";

/** weight_decay of nanoGPT's train.py where a config leaves it out. */
const defaultWeightDecay = 0.1;

/**
 * How nanoGPT's train.py trains a config: a linear warm-up over warmup_iters and half a cosine down to min_lr at
 * lr_decay_iters, or a constant rate without warm-up when decay_lr is False; torch's AdamW, whose decay is times the
 * learning rate. What the config leaves out is not known, except the decay itself.
 */
export function nanoGptSetting(values: ConfigValues, decaysLearningRate: boolean): TrainingSetting {
  const { learningRate, finalLearningRate, warmupSteps, decayEndStep, totalSteps, weightDecay, width, heads } = values;
  const share = (part: number | undefined, whole: number | undefined): number | undefined =>
    part === undefined || whole === undefined || whole === 0 ? undefined : part / whole;
  return {
    schedule: decaysLearningRate
      ? {
          shape: "cosine",
          warmupFraction: share(warmupSteps, totalSteps),
          decayEndFraction: share(decayEndStep, totalSteps),
          finalFraction: share(finalLearningRate, learningRate),
        }
      : { shape: "constant", warmupFraction: 0 },
    weightDecay: { kind: "decoupled", isUsed: (weightDecay ?? defaultWeightDecay) !== 0 },
    ...(width === undefined || heads === undefined || heads === 0 ? {} : { heads: [{ width, headDimension: width / heads }] }),
  };
}
