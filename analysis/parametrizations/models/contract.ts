import type { Problem } from "../../study/ladder-error.ts";
import type { ResidualBranch, TensorShape } from "../architectures/contract.ts";

/** A tensor at a scale beside itself at the base. */
export interface TensorPair {
  readonly tensor: TensorShape;
  readonly base: TensorShape;
}

/** The axes that shapes follow. `headDimension` is read by families with attention only. */
export interface FamilyScale {
  readonly width: number;
  readonly depth: number;
  readonly headDimension: number;
}

export type ParameterValue = number | boolean | string;

/** Something about a family that is no axis of a scale. */
export interface ModelParameter {
  readonly name: string;
  readonly meaning: string;
  readonly kind: "integer" | "number" | "boolean" | "choice";
  /** Null: left out; the meaning says what then holds. */
  readonly defaultValue: ParameterValue | null;
  /** `choice` only. */
  readonly choices?: readonly string[];
  /** Smallest legal number; left out: 1 for integers, above 0 for numbers. */
  readonly minimum?: number;
  /** Its value belongs to one scale: at the base it is the same share of the width, or of the heads, unless it is given there. */
  readonly follows?: "width" | "heads";
}

/** Parameters with defaults filled in, read by name. */
export interface FamilyParameters {
  readonly number: (name: string) => number;
  /** Null where it was left out and has no default. */
  readonly optionalNumber: (name: string) => number | null;
  readonly flag: (name: string) => boolean;
  readonly word: (name: string) => string;
}

/** A model family as a role table, whoever trains it: shapes by scale, no scaling rule. */
export interface ModelFamily {
  readonly id: string;
  readonly summary: string;
  /** What one unit of depth is. */
  readonly depthUnit: string;
  readonly hasAttention: boolean;
  readonly parameters: readonly ModelParameter[];
  /** Every tensor at a scale, in a fixed order. The scale and the parameters passed `check`. */
  tensors(scale: FamilyScale, parameters: FamilyParameters): readonly TensorShape[];
  /** Residual branches in the order of execution. */
  residualBranches(scale: FamilyScale): readonly ResidualBranch[];
  /** What is wrong with a scale or parameters; paths are names of axes and parameters. */
  check(scale: FamilyScale, parameters: FamilyParameters): readonly Problem[];
}
