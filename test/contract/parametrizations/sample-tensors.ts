import type { TensorShape } from "../../../analysis/parametrizations/architectures/contract.ts";
import type { TensorRole } from "../../../analysis/study/trainer-contract.ts";

/** One tensor of every kind that a rule may tell apart. */
export const sampleIds = [
  "input",
  "input.lookup",
  "input.tied",
  "hidden",
  "hidden.block",
  "output",
  "output.block",
  "bias",
  "bias.block",
  "normGain",
  "normGain.block",
  "scalar",
  "scalar.block",
] as const;
export type SampleId = (typeof sampleIds)[number];

/** Powers of no common factor, so that two different rules never give the same number. */
const wide = { model: 96, inner: 250, finite: 7 };
const narrow = { model: 32, inner: 50, finite: 7 };

function shapes(at: typeof wide): Readonly<Record<SampleId, Omit<TensorShape, "name">>> {
  const matrix = (role: TensorRole, fanOut: number, fanIn: number) => ({ role, shape: [fanOut, fanIn], fanOut, fanIn, lookup: false });
  const vector = (role: TensorRole, length: number) => ({ role, shape: [length], fanOut: length, fanIn: 1, lookup: false });
  const table = { role: "input" as const, shape: [at.finite, at.model], fanOut: at.model, fanIn: 1, lookup: true, module: "embedding" };
  const block = { insideBlock: true };
  return {
    input: matrix("input", at.model, at.finite),
    "input.lookup": table,
    "input.tied": { ...table, tied: true },
    hidden: matrix("hidden", at.inner, at.model),
    "hidden.block": { ...matrix("hidden", at.inner, at.model), ...block, module: "feedForward.down" },
    output: { ...matrix("output", at.finite, at.model), module: "readout" },
    "output.block": { ...matrix("output", at.finite, at.model), ...block, module: "router" },
    bias: vector("bias", at.model),
    "bias.block": { ...vector("bias", at.model), ...block },
    normGain: { ...vector("normGain", at.model), module: "finalNorm" },
    "normGain.block": { ...vector("normGain", at.model), ...block, module: "attention.norm" },
    scalar: vector("scalar", 1),
    "scalar.block": { ...vector("scalar", 1), ...block },
  };
}

/** The samples here and at the base. */
export const samples: readonly { readonly id: SampleId; readonly tensor: TensorShape; readonly base: TensorShape }[] = sampleIds.map(
  (id) => ({
    id,
    tensor: { ...shapes(wide)[id], name: id },
    base: { ...shapes(narrow)[id], name: id },
  }),
);

export const sampleScale = { width: 96, depth: 12, headDimension: 16, batchSizeTokens: 4096, tokenHorizon: 1_000_000 };
export const sampleBase = { width: 32, depth: 4, headDimension: 4, batchSizeTokens: 1024, tokenHorizon: 100_000 };
