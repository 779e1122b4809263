import type { Evidence } from "../study/evidence.ts";
import type { WeightDecayKind } from "../study/study-spec.ts";
import type { Operations, TensorRole } from "../study/trainer-contract.ts";
import type { ModelFacts, ResidualBranch, TensorShape } from "./architectures/contract.ts";
import type { Exponents, Measure } from "./exponents.ts";
import type { ResolvedHyperparameters } from "./hyperparameters.ts";
import type { Scale } from "../study/scale.ts";
import type { OptimizerFamily } from "./optimizers/contract.ts";

export { type Evidence, evidenceTags } from "../study/evidence.ts";

/**
 * A parametrization is data: which power of which scale a quantity of a tensor follows, for a role and an optimizer family,
 * with a source. The engine (evaluate.ts, resolve.ts, forms.ts, explain.ts) evaluates rules and knows none by name.
 */
export interface Parametrization {
  /** As a study file writes it, with its options: `mup`, `completep:alpha=0.5`, `mup+batch-sde`. */
  readonly id: string;
  /** As it is written in sentences and figures, for example `μP`. */
  readonly name: string;
  /** One line for `--help`, tables and menus. */
  readonly summary: string;
  /** Where the rule set is defined. */
  readonly source: string;
  /** Rules that multiply: one component for width, others for depth, batch, horizon. Within one, a cell has one rule. */
  readonly components: readonly RuleComponent[];
  /**
   * The deviation that `initStd` = 1 means. `framework`: 1/sqrt(fanIn at the base), 1 for lookup tables, so that rule sets
   * agree at the base; `unit`: 1 for every tensor, for absolute rule sets that write the fan-in themselves.
   */
  readonly initialDeviation: "framework" | "unit";
  /** What attention logits are multiplied by before the rules: 1/sqrt(headDimension at the base), or 1 for rules that write the dimension themselves. */
  readonly attentionBase: "inverseSquareRoot" | "one";
  /** Brings every tensor's multiplier to this form by abc-symmetry, whatever form its rules are written in; left out: as written. */
  readonly form?: FormId;
  /** Optimizer families that have a published or derived rule here; any other gets the answer "no rule". */
  readonly optimizerFamilies: readonly OptimizerFamily[];
  /**
   * What a table that is embedding and readout at once follows: `input` as a table, with the output's forward multiplier where it
   * is the readout. Left out: the rule set does not define it, and such a model is refused.
   */
  readonly tiedEmbeddings?: "input";
  /** How decay meets the learning rate where a study does not say; left out: decoupled. */
  readonly weightDecayKind?: WeightDecayKind;
  /** Which hyperparameters keep their optimum over which axes, and who says so. */
  readonly transfers: readonly TransferClaim[];
  /** Residual multipliers that are no power of anything, such as u-muP's tau; left out: skip 1, branch by the operation rules. */
  readonly residual?: ResidualRule;
  /** Factors of a unit-scaled model, forward and backward; left out: gradients are the true ones. */
  readonly unitScaling?: UnitScalingRule;
  /** What the set asks of the model beside its tensors; none when left out. */
  readonly modelExpectations?: readonly ModelExpectation[];
  /** What to say when a coordinate check fails where the rule set is known to fail. */
  readonly checkHints?: readonly CheckHint[];
}

/** Forms in which one and the same training can be written (forms.ts says what each is). */
export const formIds = ["form3", "form8", "form9", "unit"] as const;
export type FormId = (typeof formIds)[number];

export interface CheckHint {
  readonly axis: "width" | "depth";
  readonly families: readonly OptimizerFamily[];
  readonly hint: string;
}

/** Which axis a component speaks for: two components of one axis cannot be composed. */
export const ruleAxes = ["width", "depth", "batchSizeTokens", "tokenHorizon"] as const;
export type RuleAxis = (typeof ruleAxes)[number];

export interface RuleComponent {
  readonly id: string;
  readonly axes: readonly RuleAxis[];
  /** `growth`: exponents are of value / value at the base (relative rules); `size`: of the value itself (absolute ones). */
  readonly measure: Measure;
  readonly tensorRules: readonly TensorRule[];
  readonly operationRules: readonly OperationRule[];
  readonly optimizerRules: readonly OptimizerRule[];
}

/** Columns of the table that a rule may scale. `dampingFanIn` and `dampingFanOut`: of the second-order factors over fan-in and fan-out. */
export const tensorQuantities = [
  "initStd",
  "forwardMultiplier",
  "learningRate",
  "weightDecay",
  "epsilon",
  "dampingFanIn",
  "dampingFanOut",
] as const;
export type TensorQuantity = (typeof tensorQuantities)[number];

interface Sourced {
  readonly source: string;
  readonly evidence: readonly Evidence[];
}

/** Which tensors of a role a rule is for; every member that is given must hold. */
export interface TensorCondition {
  /** Inside a residual block or outside of all. */
  readonly insideBlock?: boolean;
  /** Lookup tables (embeddings) or products. */
  readonly lookup?: boolean;
  /** One dimension, or more. */
  readonly vector?: boolean;
  /** Embedding tables that are the readout as well, or all others. */
  readonly tied?: boolean;
  /** Names of modules as architectures give them (TensorShape.module). */
  readonly modules?: readonly string[];
}

/** quantity = base value x constant x product over scales of (scale ^ exponent), for the roles, families and tensors named. */
export interface TensorRule extends Sourced {
  readonly quantity: TensorQuantity;
  readonly roles: readonly TensorRole[];
  /** Left out: every family. */
  readonly families?: readonly OptimizerFamily[];
  readonly where?: TensorCondition;
  /** For `weightDecay`: the kinds of decay that the rule is about; left out: `coupled` and `decoupled`, the others being divided by the learning rate. */
  readonly weightDecayKinds?: readonly WeightDecayKind[];
  readonly exponents: Exponents;
  /** Left out: 1. */
  readonly constant?: number;
}

/** The same for what is no tensor: the factor on attention logits and on residual branches. */
export interface OperationRule extends Sourced {
  readonly quantity: "attentionLogitScale" | "branchMultiplier";
  readonly exponents: Exponents;
  readonly constant?: number;
}

/** What belongs to the whole optimizer: `oneMinusBeta1` scales 1 - beta1. */
export interface OptimizerRule extends Sourced {
  readonly quantity: "oneMinusBeta1" | "oneMinusBeta2";
  readonly families?: readonly OptimizerFamily[];
  readonly exponents: Exponents;
}

/** Skip and branch multiplier of each residual branch, in the order of execution. */
export interface ResidualRule extends Sourced {
  readonly formula: string;
  readonly multipliers: (
    branches: readonly ResidualBranch[],
    hyperparameters: ResolvedHyperparameters,
  ) => readonly { readonly skipMultiplier: number; readonly branchMultiplier: number }[];
}

/** What unit scaling needs to know of the model at this scale. */
export interface UnitScalingInput extends ModelFacts {
  readonly hyperparameters: ResolvedHyperparameters;
  readonly scale: Scale;
}

export interface UnitScalingRule extends Sourced {
  readonly operations: (input: UnitScalingInput) => NonNullable<Operations["unitScaling"]>;
  /** Logit scale of attention, which unit scaling ties to the head dimension and the attention multiplier. */
  readonly attentionLogitScale: (input: UnitScalingInput) => number;
  /** Factors on the gradients to the input and to the weights of one tensor. */
  readonly gradients: (
    tensor: TensorShape,
    input: UnitScalingInput,
  ) => { readonly backwardMultiplier: number; readonly weightGradientMultiplier: number };
}

/** A choice of a transformer that a rule set's authors ask for. A model that chooses otherwise is warned of, not refused. */
export interface ModelExpectation {
  readonly member: "normGains" | "normPosition";
  readonly value: string;
  readonly source: string;
}

/** `theory`: the optimum is invariant in the limit; `empirical`: it was seen to be, over a range; `none`: it is not. */
export type TransferClass = "theory" | "empirical" | "none";

export interface TransferClaim {
  readonly hyperparameter: string;
  readonly axis: "width" | "depth" | "batchSizeTokens" | "tokenHorizon";
  readonly transfer: TransferClass;
  readonly source: string;
}

/** An option of a rule set, written `id:name=value`: a reading on which sources disagree, or an exponent that is free. */
export interface OptionDefinition {
  readonly name: string;
  readonly meaning: string;
  /** Who holds which reading. */
  readonly source: string;
  readonly defaultValue: string;
  /** Words that may be chosen; or a range of numbers, both ends legal. */
  readonly allowed: readonly string[] | { readonly from: number; readonly to: number };
}

/** Chosen options by name; numbers already read. */
export interface ChosenOptions {
  readonly word: (name: string) => string;
  readonly number: (name: string) => number;
}

/** A rule set as the registry holds it: `build` with all options at their defaults gives the set that its bare id names. */
export interface ParametrizationDefinition {
  readonly id: string;
  readonly name: string;
  readonly summary: string;
  readonly source: string;
  /** `set`: complete by itself; `component`: to be composed with a set, `mup+depth-mup`. */
  readonly kind: "set" | "component";
  readonly options: readonly OptionDefinition[];
  readonly build: (options: ChosenOptions) => ParametrizationContent;
}

/** What a definition says beyond its own header. A component adds rules and claims and leaves the rest to the set. */
export type ParametrizationContent = Omit<Parametrization, "id" | "name" | "summary" | "source">;
