import type { TensorRole } from "../../study/trainer-contract.ts";
import type { Exponent } from "../exponents.ts";

/**
 * How an optimizer's step depends on the size and shape of the gradient: that is all that a rule needs to know of it.
 * `adamLike` steps have entries of size 1 whatever the gradient; `adafactorScaled` the same times the tensor's RMS; the
 * muon families take U V^T with their shape factor; `sphereMuon` keeps every matrix at a fixed norm; `shampoo` is L^-eL G R^-eR;
 * `soap` Adam in that basis; `adaMuon` an element-wise normalised U V^T; `kfac`, `foof` invert factors of activations and output
 * gradients.
 */
export const optimizerFamilies = [
  "sgd",
  "adamLike",
  "adafactorScaled",
  "muon",
  "muonSpectral",
  "muonMatchRms",
  "muonJordan",
  "sphereMuon",
  "shampoo",
  "soap",
  "adaMuon",
  "kfac",
  "foof",
] as const;
export type OptimizerFamily = (typeof optimizerFamilies)[number];

/** What re-writing y = a W x as y = (a t) (W / t) x does to an optimizer of a family, so that training stays the same. */
export interface FamilyGauge {
  /** The learning rate becomes learningRate x t^-learningRate; decoupled weight decay takes the inverse, so that their product stays. */
  readonly learningRate: Exponent;
  /** Epsilon becomes epsilon x t^epsilon: it is added to something that grows like the gradient, which grows by t. */
  readonly epsilon: number;
  /** Dampings become damping x t^dampingFanIn and t^dampingFanOut. */
  readonly dampingFanIn: number;
  readonly dampingFanOut: number;
  readonly source: string;
}

/** An optimizer in use on one tensor, with what exponents may depend on. */
export interface OptimizerInUse {
  readonly id: string;
  readonly family: OptimizerFamily;
  /** Powers of the left and right factor of a matrix preconditioner; 0 where there is none. For `soap`: 1 for a side that is used, 0 for one that is not. */
  readonly exponentLeft: number;
  readonly exponentRight: number;
  /** Side of a block, entries; null: the whole matrix is one block. */
  readonly blockSize: number | null;
}

/** An optimizer as a run uses it: some roles may be left to an element-wise one. */
export interface OptimizerChoice {
  readonly main: OptimizerInUse;
  readonly fallback?: { readonly optimizer: OptimizerInUse; readonly roles: readonly TensorRole[] };
  /** Grafting: the direction is this optimizer's, the size of the step that of `main`, whose learning rate rule then holds. */
  readonly direction?: OptimizerInUse;
}

/** An optimizer as `--optimizer` names it. */
export interface OptimizerDefinition {
  readonly id: string;
  readonly name: string;
  readonly source: string;
  /** Null: no width rule is published for it; the answer is "no rule: swept, not transferred". */
  readonly family: OptimizerFamily | null;
  /** True when its step is defined for matrices only; vectors and scalars, and by custom tables and readouts, go to the fallback. */
  readonly matricesOnly: boolean;
  /** Options, written `shampoo:left=0.5,right=0.5,block=128`, with their defaults; 0 for `block` is one block. */
  readonly options: Readonly<Record<string, number>>;
}
