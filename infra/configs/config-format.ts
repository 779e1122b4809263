import type { PartialScale, Scale } from "../../analysis/study/scale.ts";
import type { TrainingSetting } from "../../analysis/verification/proxy-target.ts";

/** What a training config can say, in Ladder's words. A format maps those that it has a key for. */
export interface ConfigValues {
  /** Peak learning rate, of tensors whose multiplier is 1. */
  readonly learningRate?: number;
  /** Where the schedule ends, in the same unit. */
  readonly finalLearningRate?: number;
  readonly warmupSteps?: number;
  /** Steps until the schedule has reached `finalLearningRate`. */
  readonly decayEndStep?: number;
  readonly totalSteps?: number;
  readonly weightDecay?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly sequencesPerBatch?: number;
  readonly sequenceLength?: number;
  readonly width?: number;
  readonly depth?: number;
  readonly heads?: number;
  /** Standard deviation itself, not a factor. */
  readonly initialDeviation?: number;
  /** True: learning rates, deviations and the readout follow `widthMultiplier` by muP's rules. */
  readonly maximalUpdate?: boolean;
  /** Width over base width. */
  readonly widthMultiplier?: number;
  readonly embeddingMultiplier?: number;
  readonly outputMultiplier?: number;
  /** Attention logits q.k are divided by the square root of headDimension (true) or by headDimension (false). */
  readonly attentionDividesBySquareRoot?: boolean;
}
export type ConfigField = keyof ConfigValues;

/** What is to be carried over: hyperparameters as swept (base values), under a parametrization, to a target. */
export interface TransferRequest {
  readonly parametrization: string;
  readonly hyperparameters: Readonly<Record<string, number>>;
  readonly base: Pick<Scale, "width" | "depth" | "headDimension">;
  readonly target: Scale;
}

/** One assignment that was changed or added. */
export interface ConfigChange {
  /** The key as the config spells it. */
  readonly key: string;
  /** The value as it was written; null where the key was not there. */
  readonly before: string | null;
  readonly after: string;
  /** 1-based line in the text that was given; for a new key, the line after which it stands. */
  readonly line: number;
}

export interface PatchedConfig {
  readonly text: string;
  readonly changes: readonly ConfigChange[];
}

/** A training-config format. Everything that a patch does not change stays byte for byte. */
export interface ConfigFormat {
  readonly id: string;
  readonly summary: string;
  /** The version of the program whose keys these are. */
  readonly targetVersion: string;
  /** True when a text is a config of this format; never throws. */
  detect(text: string, fileName: string): boolean;
  /** The scale that a config describes, as far as it says. @throws LadderError `rejected` CONFIG_UNSUPPORTED */
  readScale(text: string): PartialScale;
  /** Schedule, weight decay and heads of a config, as far as it says. @throws LadderError `rejected` CONFIG_UNSUPPORTED */
  readSetting(text: string): TrainingSetting;
  /** Everything that a config says in the words above. @throws LadderError `rejected` CONFIG_UNSUPPORTED */
  parse(text: string): ConfigValues;
  /** What a config of this format must say. @throws LadderError `rejected` CONFIG_UNSUPPORTED for what it has no key for */
  express(request: TransferRequest): ConfigValues;
  /**
   * Writes values into a config.
   *
   * @param header comment lines for the top of the file, without comment signs; an earlier header of Ladder's is replaced
   * @throws LadderError `rejected` CONFIG_UNSUPPORTED with line numbers, for what cannot be replaced safely
   */
  patch(text: string, values: ConfigValues, header: string): PatchedConfig;
}
