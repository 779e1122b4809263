import type { PartialScale, Scale, ScaleAxis } from "../../study/scale.ts";
import type { DataSpec, ModelSpec } from "../../study/study-spec.ts";
import type { Activation, Data, Model, TensorRole } from "../../study/trainer-contract.ts";

/** A tensor before any rule: its name, role and size at one scale. */
export interface TensorShape {
  readonly name: string;
  readonly role: TensorRole;
  /** [fanOut, fanIn] for matrices, [rows, width] for lookup tables, [length] for vectors. */
  readonly shape: readonly number[];
  /** Terms in the sum behind one output entry; 1 for lookup tables (a one-hot input) and vectors. */
  readonly fanIn: number;
  /** Entries of the output. */
  readonly fanOut: number;
  /** True when a forward pass reads rows instead of multiplying: no FLOPs. */
  readonly lookup: boolean;
  /** Deviation at the start over the one its role has; 1 when left out, 0 for what starts at zero. */
  readonly initStdFactor?: number;
  /** Value of every entry before noise; left out: 1 for `normGain`, 0 for all others. A scalar gain says 1. */
  readonly initMean?: number;
  /** True inside a residual block, where depth rules apply. */
  readonly insideBlock?: boolean;
  /** What it is in the model, for rules of single modules: `embedding`, `attention.query`, `feedForward.down`, `readout`, `finalNorm` … */
  readonly module?: string;
  /** True for an embedding table that is the readout as well. */
  readonly tied?: boolean;
  /** Share of the tokens that pass through it: experts per token over experts; 1 when left out. */
  readonly tokenShare?: number;
}

/** Something about a scale that the architecture cannot be built with. */
export interface ScaleProblem {
  readonly axis: ScaleAxis;
  readonly message: string;
  readonly fix: string;
}

export type ResidualBranch = "attention" | "feedForward";

/** What unit scaling needs to know of a model beside its tensors. */
export interface ModelFacts {
  readonly sequenceLength: number;
  /** Classes of the readout. */
  readonly vocabularySize: number;
  readonly activation: Activation;
  readonly gated: boolean;
}

/** A model family: how its tensors follow from a scale. It holds no scaling rule. */
export interface Architecture {
  readonly id: ModelSpec["architecture"];
  readonly summary: string;
  /** Axes that a study file must give. */
  readonly requiredAxes: readonly ScaleAxis[];
  /** True when hyperparameters are those of hyperparameters.ts and no others; false when the trainer may have its own. */
  readonly knowsItsHyperparameters: boolean;
  readonly hasAttention: boolean;
  /** Kinds of data that the reference trainer feeds this model with; none: it cannot train it. */
  readonly referenceData: readonly DataSpec["kind"][];
  /** Id of the formula of `trainingFlops`. */
  readonly trainingFlopsFormula: string;
  /**
   * The model part of the trainer contract.
   *
   * @throws LadderError `input` VOCABULARY_UNKNOWN when neither the spec nor the data says how many symbols there are
   */
  resolveModel(spec: ModelSpec, data: Data): Model;
  /** What unit scaling asks of a model; undefined for one that only its trainer knows. */
  modelFacts(model: Model): ModelFacts | undefined;
  /** Every tensor at a scale, in a fixed order. */
  tensors(model: Model, scale: Scale, spec: ModelSpec): readonly TensorShape[];
  /** Residual branches in the order of execution. */
  residualBranches(scale: Scale): readonly ResidualBranch[];
  /** What is wrong with a scale; empty when it can be built. Checks that need an axis that is absent are left out. */
  checkScale(spec: ModelSpec, scale: PartialScale): readonly ScaleProblem[];
}
