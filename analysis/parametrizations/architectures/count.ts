import type { CountedScale, Scale } from "../../study/scale.ts";
import type { TensorShape } from "./contract.ts";

/** Entries of all tensors. */
export function countParameters(tensors: readonly TensorShape[]): number {
  return tensors.reduce((total, tensor) => total + countEntries(tensor), 0);
}

/**
 * Entries of all tensors that a forward pass multiplies with. Lookup tables (token and position embeddings) are left
 * out; a readout is counted, tied to the token table or not, because its product costs FLOPs (Pearce and Song 2024, arXiv:2406.12907, show what
 * leaving it out does to a fit at small scale; Kaplan et al. 2020 leave it out).
 */
export function countNonEmbeddingParameters(tensors: readonly TensorShape[]): number {
  return countParameters(tensors.filter(multiplies));
}

/** The same, of what one token passes through: of experts, their share. */
export function countActiveParameters(tensors: readonly TensorShape[]): number {
  return tensors.filter(multiplies).reduce((total, tensor) => total + countEntries(tensor) * (tensor.tokenShare ?? 1), 0);
}

/**
 * Training FLOPs by formula `6ND`: 2 FLOPs a parameter and token forward, 4 backward (Kaplan et al. 2020,
 * arXiv:2001.08361, section 2.1). Products of attention (query with key, weights with value) are not in it. A double:
 * large runs exceed 64-bit integers.
 *
 * @param parameterCount N, parameters that are multiplied with
 * @param tokenHorizon D, tokens
 */
export function trainingFlops6ND(parameterCount: number, tokenHorizon: number): number {
  return 6 * parameterCount * tokenHorizon;
}

/** A scale with its parameter counts and training FLOPs. */
export function countScale(scale: Scale, tensors: readonly TensorShape[], trainingFlopsFormula: string): CountedScale {
  return {
    ...scale,
    parameterCountTotal: countParameters(tensors),
    parameterCountNonEmbedding: countNonEmbeddingParameters(tensors),
    trainingFlops: trainingFlops6ND(countActiveParameters(tensors), scale.tokenHorizon),
    trainingFlopsFormula,
  };
}

function multiplies(tensor: TensorShape): boolean {
  return !tensor.lookup || tensor.tied === true;
}

function countEntries(tensor: TensorShape): number {
  return tensor.shape.reduce((product, size) => product * size, 1);
}
