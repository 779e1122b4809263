import type { OptimizerName, TensorRole } from "../study/trainer-contract.ts";

/**
 * A parametrization is data: which power of which growth a quantity of a tensor follows. It is relative: every growth is
 * 1 at the base scale, so every rule set resolves to the same tables there. The engine (resolve.ts) evaluates rules and
 * knows none by name.
 */
export interface Parametrization {
  /** What a study file writes, for example `mup`. */
  readonly id: string;
  /** As it is written in sentences and figures, for example `μP`. */
  readonly name: string;
  /** One line for `--help`, tables and menus. */
  readonly summary: string;
  /** Where the rule set is defined. */
  readonly source: string;
  readonly tensorRules: readonly TensorRule[];
  readonly operationRules: readonly OperationRule[];
  /** Which hyperparameters keep their optimum over which axes, and who says so. */
  readonly transfers: readonly TransferClaim[];
}

/** How an optimizer's step depends on the size of the gradient: that is all that a width rule needs to know of it. */
export const optimizerFamilies = ["sgd", "adamLike"] as const;
export type OptimizerFamily = (typeof optimizerFamilies)[number];

/** The family of each optimizer of the trainer contract. */
export const familyOfOptimizer: Readonly<Record<OptimizerName, OptimizerFamily>> = { sgd: "sgd", adam: "adamLike", adamw: "adamLike" };

/** Columns of the trainer contract's tensor table that a rule may scale. */
export const tensorQuantities = ["initStd", "forwardMultiplier", "learningRate", "weightDecay", "epsilon"] as const;
export type TensorQuantity = (typeof tensorQuantities)[number];

/** How much larger than at the base scale a dimension of this very tensor is: never one number for a whole model. */
export const tensorGrowths = ["fanIn", "fanOut"] as const;
export type TensorGrowth = (typeof tensorGrowths)[number];

/** How much larger than at the base scale an axis of the model is. */
export const modelGrowths = ["headDimension", "depth"] as const;
export type ModelGrowth = (typeof modelGrowths)[number];

/**
 * What a rule rests on. `paper`: read in the paper; `code`: read in the reference library; `golden`: compared with numbers
 * that the reference library gave; `derived`: follows from the definitions, the source says how.
 */
export type Evidence = "paper" | "code" | "golden" | "derived";

/** quantity = base value x product over growths of (growth ^ exponent), for the roles and families named. */
export interface TensorRule {
  readonly quantity: TensorQuantity;
  readonly roles: readonly TensorRole[];
  /** Left out: every family. */
  readonly families?: readonly OptimizerFamily[];
  readonly exponents: Readonly<Partial<Record<TensorGrowth, number>>>;
  readonly source: string;
  readonly evidence: readonly Evidence[];
}

/** The same for what is no tensor: the factor on attention logits and on residual branches. */
export interface OperationRule {
  readonly quantity: "attentionLogitScale" | "branchMultiplier";
  readonly exponents: Readonly<Partial<Record<ModelGrowth, number>>>;
  readonly source: string;
  readonly evidence: readonly Evidence[];
}

/** `theory`: the optimum is invariant in the limit; `empirical`: it was seen to be, over a range; `none`: it is not. */
export type TransferClass = "theory" | "empirical" | "none";

export interface TransferClaim {
  readonly hyperparameter: string;
  readonly axis: "width" | "depth" | "batchSizeTokens" | "tokenHorizon";
  readonly transfer: TransferClass;
  readonly source: string;
}
