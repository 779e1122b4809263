import type { OptimizerRule, TensorQuantity } from "../../../../analysis/parametrizations/contract.ts";
import type { ScaleName } from "../../../../analysis/parametrizations/exponents.ts";
import type { OptimizerFamily } from "../../../../analysis/parametrizations/optimizers/contract.ts";
import type { WeightDecayKind } from "../../../../analysis/study/study-spec.ts";
import type { TensorRole } from "../../../../analysis/study/trainer-contract.ts";
import type { SampleId } from "../sample-tensors.ts";

/** Powers as a paper prints them; scales that are left out have exponent 0. */
export type PaperExponents = Readonly<Partial<Record<ScaleName, number>>>;

/** One line of a paper's table: all that a rule set may do to one quantity under some families. */
export interface PaperRow {
  readonly quantity: TensorQuantity;
  readonly families: readonly OptimizerFamily[];
  /** Only for this optimizer of the suite, as `--optimizer` writes it; left out: for all of the families. */
  readonly optimizer?: string;
  /** For `weightDecay`: left out, decoupled decay. */
  readonly weightDecayKinds?: readonly WeightDecayKind[];
  /** By role, or by one sample tensor of the suite, which then goes before its role. Roles that are left out: nothing. */
  readonly exponents: Readonly<Partial<Record<TensorRole | SampleId, PaperExponents>>>;
  /** A factor beside the powers, for the tensors that `exponents` names; left out: 1. */
  readonly constant?: number;
}

/** What a paper says: written by hand, never derived from the rule sets. Lines about one cell multiply, as components do. */
export interface PaperTable {
  /** Families that it prints; left out: all that the rule set knows. */
  readonly families?: readonly OptimizerFamily[];
  readonly tensors: readonly PaperRow[];
  readonly attentionLogitScale?: PaperExponents;
  readonly branchMultiplier?: PaperExponents;
  readonly betas?: Readonly<Partial<Record<OptimizerRule["quantity"], PaperExponents>>>;
  /** Families of `betas`; left out: all. */
  readonly betaFamilies?: readonly OptimizerFamily[];
}

/** Rows of one quantity without any rule: said, so that silence is no pass. */
export function nothing(families: readonly OptimizerFamily[], ...quantities: readonly TensorQuantity[]): readonly PaperRow[] {
  return quantities.map((quantity) => ({ quantity, families, exponents: {} }));
}

/** One quantity's row. */
export function row(quantity: TensorQuantity, families: readonly OptimizerFamily[], exponents: PaperRow["exponents"]): PaperRow {
  return { quantity, families, exponents };
}

/** The same power for tensors inside residual blocks, and nothing outside. */
export function insideBlocks(exponents: PaperExponents): PaperRow["exponents"] {
  return {
    "hidden.block": exponents,
    "output.block": exponents,
    "bias.block": exponents,
    "normGain.block": exponents,
    "scalar.block": exponents,
  };
}

/** The same power for every tensor. */
export function everywhere(exponents: PaperExponents): PaperRow["exponents"] {
  return { input: exponents, hidden: exponents, output: exponents, bias: exponents, normGain: exponents, scalar: exponents };
}
