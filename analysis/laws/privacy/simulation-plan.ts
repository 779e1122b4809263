import { type PrivacyConversion, type PrivacySpent, privacySpent } from "./accountant.ts";
import { refuseOutside } from "./sampled-gaussian.ts";

/** A training with DP-SGD as a plan states it. */
export interface PrivateTraining {
  /** Expected examples in a batch, above 0 and at most `examples`. */
  readonly batchSize: number;
  readonly noiseMultiplier: number;
  readonly steps: number;
  /** Examples in the data set. */
  readonly examples: number;
  readonly delta: number;
  readonly conversion?: PrivacyConversion;
}

/** A cheap stand-in for a private training, and what it may be used for. */
export interface SimulationPlan {
  readonly training: PrivateTraining;
  readonly simulated: PrivacySpent;
  readonly reference: PrivacySpent;
  /** Whether the simulation by itself spends no more than the reference does. */
  readonly private: boolean;
  readonly words: string;
}

/**
 * Epsilon of one training.
 *
 * @throws LadderError `input` PRIVACY_DOMAIN out of range
 */
export function trainingPrivacy(training: PrivateTraining): PrivacySpent {
  const { batchSize, noiseMultiplier, steps, examples, delta, conversion } = training;
  refuseOutside("examples", examples, examples >= 1 && examples < Infinity, "at least 1");
  refuseOutside("batchSize", batchSize, batchSize > 0 && batchSize <= examples, `above 0 and at most the ${examples} examples`);
  return privacySpent({
    steps: [{ samplingRate: batchSize / examples, noiseMultiplier, steps }],
    delta,
    examples,
    ...(conversion === undefined ? {} : { conversion }),
  });
}

/**
 * A training at another batch size with the same total amount of noise: the same steps, and noise multiplier over batch size as in the
 * reference (Sander et al. 2023, section 4). It learns alike, within a one-sided bias at small batches, and is as a rule NOT private:
 * the words say so with its epsilon.
 *
 * @param batchSize expected examples in a batch of the simulation
 * @throws LadderError `input` PRIVACY_DOMAIN out of range
 */
export function simulateAtBatchSize(reference: PrivateTraining, batchSize: number): SimulationPlan {
  const training = { ...reference, batchSize, noiseMultiplier: (reference.noiseMultiplier * batchSize) / reference.batchSize };
  const [simulated, final] = [trainingPrivacy(training), trainingPrivacy(reference)];
  const isPrivate = simulated.epsilon <= final.epsilon;
  const verdict = isPrivate ? "private" : "NOT private";
  return {
    training,
    simulated,
    reference: final,
    private: isPrivate,
    words:
      `simulation at batch size ${shown(batchSize)} with noise multiplier ${shown(training.noiseMultiplier)}: ${verdict}, epsilon ${shown(simulated.epsilon)}; ` +
      `the run at batch size ${shown(reference.batchSize)} with noise multiplier ${shown(reference.noiseMultiplier)} spends epsilon ${shown(final.epsilon)} ` +
      `at delta ${reference.delta} (${final.conversion}, ${final.accountant.name} ${final.accountant.version})`,
  };
}

function shown(value: number): string {
  return String(Number(value.toPrecision(4)));
}
