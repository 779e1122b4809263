import type { PrivacySpent } from "../analysis/laws/privacy/accountant.ts";
import { simulateAtBatchSize, trainingPrivacy } from "../analysis/laws/privacy/simulation-plan.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { significant } from "../analysis/study/number-words.ts";
import type { PrivacySpec } from "../analysis/study/privacy-spec.ts";

/** What a private study spends. Plain JSON. */
export interface PrivacyPlan {
  /** Of the final run: the only epsilon that may be promised. */
  readonly final: PrivacySpent;
  /** Of one run of the sweep, where it simulates the final one at another batch. */
  readonly simulation: {
    readonly batchSize: number;
    readonly noiseMultiplier: number;
    readonly private: boolean;
    readonly spent: PrivacySpent;
  } | null;
  readonly words: string;
  readonly warnings: readonly string[];
}

/** @throws LadderError `input` PRIVACY_DOMAIN when a batch has more examples than there are */
export function planPrivacy({ simulationBatchSize, ...training }: PrivacySpec): PrivacyPlan {
  const final = trainingPrivacy(training);
  if (simulationBatchSize === undefined)
    return {
      final,
      simulation: null,
      words: `privacy: a run spends epsilon ${significant(final.epsilon)} at delta ${final.delta} (${final.conversion}, ${final.accountant.name} ${final.accountant.version}); every run of the sweep spends it anew`,
      warnings: final.warnings.map(({ words }) => words),
    };
  const plan = simulateAtBatchSize(training, simulationBatchSize);
  return {
    final,
    simulation: {
      batchSize: simulationBatchSize,
      noiseMultiplier: plan.training.noiseMultiplier,
      private: plan.private,
      spent: plan.simulated,
    },
    words: plan.words,
    // The simulation promises nothing, so that nothing has to be warned of it.
    warnings: final.warnings.map(({ words }) => words),
  };
}

/**
 * Refuses to train what no trainer can be told: version 1 of the contract has no clipping and no noise.
 *
 * @throws LadderError `rejected` PRIVACY_NOT_TRAINED
 */
export function assertTrainable(study: string, privacy: PrivacySpec | undefined): void {
  if (privacy === undefined) return;
  throw new LadderError(
    "rejected",
    "PRIVACY_NOT_TRAINED",
    `study ${study} is to be trained with DP-SGD, of which the trainer contract says nothing yet`,
    {
      fields: { study },
      hint: "ladder plan tells its epsilon; train with a program of your own and bring the runs in with ladder import, or take privacy: out of the study file",
    },
  );
}
