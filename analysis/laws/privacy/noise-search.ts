import { exp, log } from "../../numerics/elementary.ts";
import { LadderError } from "../../study/ladder-error.ts";
import { type PrivacyQuestion, type PrivacySpent, privacySpent } from "./accountant.ts";
import { refuseOutside } from "./sampled-gaussian.ts";

export interface NoiseQuestion extends Omit<PrivacyQuestion, "steps"> {
  /** Epsilon that may be spent, above 0. */
  readonly epsilon: number;
  readonly samplingRate: number;
  readonly steps: number;
}

export interface NoiseFound {
  /** Smallest noise multiplier that keeps epsilon, to 1e-7 relative, rounded to the safe side. */
  readonly noiseMultiplier: number;
  readonly spent: PrivacySpent;
}

const tolerance = 1e-7;
const smallestNoise = 1e-2;
const largestNoise = 1e6;

/**
 * The noise multiplier at which a training spends an epsilon: epsilon falls as noise rises, so the root is bracketed and then found in
 * ln noise against ln epsilon by regula falsi with Illinois's rule (Dowell and Jarratt 1971). The same question with another conversion
 * has another answer.
 *
 * @throws LadderError `input` PRIVACY_UNREACHABLE when no noise multiplier in 0.01 … 1e6 gives that epsilon; PRIVACY_DOMAIN as `privacySpent`
 */
export function noiseForEpsilon(question: NoiseQuestion): NoiseFound {
  const { epsilon, samplingRate, steps, ...rest } = question;
  refuseOutside("epsilon", epsilon, epsilon > 0 && epsilon < Infinity, "above 0");
  const spentAt = (logNoise: number): PrivacySpent =>
    privacySpent({ ...rest, steps: [{ samplingRate, noiseMultiplier: exp(logNoise), steps }] });
  const excess = (spent: PrivacySpent): number => log(Math.max(spent.epsilon, 1e-300)) - log(epsilon);
  let [low, high] = [0, 0];
  let atHigh = spentAt(high);
  while (excess(atHigh) > 0) {
    low = high;
    high += log(2);
    if (high > log(largestNoise))
      throw unreachable(question, "even with a noise multiplier of 1e6: take fewer steps, a smaller batch or a larger delta");
    atHigh = spentAt(high);
  }
  let atLow = low === high ? atHigh : spentAt(low);
  while (!(excess(atLow) > 0)) {
    high = low;
    atHigh = atLow;
    low -= log(2);
    if (low < log(smallestNoise)) throw unreachable(question, "because less is spent with hardly any noise: the data is hardly touched");
    atLow = spentAt(low);
  }
  let lowValue = excess(atLow);
  let highValue = excess(atHigh);
  while (high - low > tolerance) {
    const middle = Math.min(Math.max(low + ((high - low) * lowValue) / (lowValue - highValue), low + tolerance / 2), high - tolerance / 2);
    const atMiddle = spentAt(middle);
    const value = excess(atMiddle);
    if (value > 0) {
      low = middle;
      lowValue = value;
      highValue /= 2;
    } else {
      high = middle;
      highValue = value;
      atHigh = atMiddle;
      lowValue /= 2;
    }
  }
  return { noiseMultiplier: exp(high), spent: atHigh };
}

function unreachable(question: NoiseQuestion, why: string): LadderError {
  return new LadderError("input", "PRIVACY_UNREACHABLE", `epsilon ${question.epsilon} at delta ${question.delta} is not reached, ${why}`, {
    fields: { epsilon: question.epsilon, delta: question.delta, samplingRate: question.samplingRate, steps: question.steps },
  });
}
