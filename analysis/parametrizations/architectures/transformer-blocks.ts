import type { TensorShape } from "./contract.ts";
import { lookupTable, matrix, type TensorPlace, vector, withBias, zeroWhen } from "./shapes.ts";

/** How norms are trained: `vector` one gain an entry, `scalar` one a norm. */
export interface NormShape {
  readonly width: number;
  readonly normGains: "none" | "vector" | "scalar";
  /** An offset an entry, as LayerNorm has it. */
  readonly normBiases: boolean;
}

/** One block of attention and feed-forward; sizes at one scale. */
export interface BlockShape extends NormShape {
  /** Heads of keys and values times the head dimension: `width`, or less with grouped-query attention. */
  readonly keyValueWidth: number;
  readonly feedForwardWidth: number;
  readonly gatedFeedForward: boolean;
  readonly biases: boolean;
  readonly zeroQueryInit: boolean;
  /** Mixture of experts: how many feed-forwards there are and how many a token passes; left out: one for all. */
  readonly experts?: { readonly count: number; readonly perToken: number };
}

/** A decoder around blocks. */
export interface DecoderShape extends BlockShape {
  readonly depth: number;
  readonly vocabularySize: number;
  /** Rows of the learned position table; null: positions are not learned (rotary, ALiBi, none). */
  readonly positions: number | null;
  readonly positionInitStd: number;
  /** The embedding is the readout as well. */
  readonly tied: boolean;
  readonly zeroReadoutInit: boolean;
}

/** All tensors of a decoder: tables, blocks, final norm, readout. Names are those of the reference trainer. */
export function decoderTensors(shape: DecoderShape): readonly TensorShape[] {
  const { width, depth, vocabularySize, positions } = shape;
  return [
    lookupTable("tokenEmbedding", vocabularySize, width, { module: "embedding", ...(shape.tied ? { tied: true } : {}) }),
    ...(positions === null ? [] : [positionTable(positions, width, shape.positionInitStd)]),
    ...Array.from({ length: depth }, (_, index) => blockTensors(index, shape)).flat(),
    ...normTensors("finalNorm", "finalNorm", shape),
    ...(shape.tied ? [] : [matrix("readout", "output", vocabularySize, width, { module: "readout", ...zeroWhen(shape.zeroReadoutInit) })]),
  ];
}

/** A learned position table: one-hot in the position, so it is a lookup table as the token table is. */
export function positionTable(positions: number, width: number, initStdFactor: number): TensorShape {
  return lookupTable("positionEmbedding", positions, width, { module: "positionEmbedding", initStdFactor });
}

/** Tensors of block `index`, from 0: attention, then feed-forward, each norm before its matrices. */
export function blockTensors(index: number, shape: BlockShape): readonly TensorShape[] {
  const { width, keyValueWidth } = shape;
  const prefix = `blocks.${index}`;
  const projection = (module: string, fanOut: number, fanIn: number, place: TensorPlace = {}) =>
    withBias(matrix(`${prefix}.${module}`, "hidden", fanOut, fanIn, { insideBlock: true, module, ...place }), shape.biases);
  return [
    ...normTensors(`${prefix}.attention.norm`, "attention.norm", shape, { insideBlock: true }),
    ...projection("attention.query", width, width, zeroWhen(shape.zeroQueryInit)),
    ...projection("attention.key", keyValueWidth, width),
    ...projection("attention.value", keyValueWidth, width),
    ...projection("attention.output", width, width),
    ...normTensors(`${prefix}.feedForward.norm`, "feedForward.norm", shape, { insideBlock: true }),
    ...feedForwardTensors(prefix, shape),
  ];
}

/** Gain and offset of one norm. A scalar gain has no dimension that grows: role scalar, and it starts at 1 as every gain does. */
export function normTensors(name: string, module: string, shape: NormShape, place: TensorPlace = {}): readonly TensorShape[] {
  return [
    ...(shape.normGains === "vector" ? [vector(name, "normGain", shape.width, { module, ...place })] : []),
    ...(shape.normGains === "scalar" ? [vector(name, "scalar", 1, { module, initMean: 1, ...place })] : []),
    ...(shape.normBiases ? [vector(`${name}.bias`, "bias", shape.width, { module: `${module}.bias`, ...place })] : []),
  ];
}

/**
 * Feed-forward of one block. With experts: a router first, [experts, width], which is an output tensor as long as the number
 * of experts is the same at every width (microsoft/mup issue 48, an author's answer); each expert's matrices are hidden.
 */
function feedForwardTensors(prefix: string, shape: BlockShape): readonly TensorShape[] {
  const { width, feedForwardWidth, experts } = shape;
  const matrices = (path: string, place: TensorPlace) => {
    const projection = (part: "up" | "gate" | "down", fanOut: number, fanIn: number) =>
      withBias(
        matrix(`${path}.${part}`, "hidden", fanOut, fanIn, { insideBlock: true, module: `feedForward.${part}`, ...place }),
        shape.biases,
      );
    return [
      ...projection("up", feedForwardWidth, width),
      ...(shape.gatedFeedForward ? projection("gate", feedForwardWidth, width) : []),
      ...projection("down", width, feedForwardWidth),
    ];
  };
  if (experts === undefined) return matrices(`${prefix}.feedForward`, {});
  const router = matrix(`${prefix}.feedForward.router`, "output", experts.count, width, {
    insideBlock: true,
    module: "feedForward.router",
  });
  return [
    ...withBias(router, shape.biases),
    ...Array.from({ length: experts.count }, (_, expert) =>
      matrices(`${prefix}.feedForward.experts.${expert}`, { tokenShare: experts.perToken / experts.count }),
    ).flat(),
  ];
}
