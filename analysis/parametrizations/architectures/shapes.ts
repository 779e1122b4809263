import type { TensorRole } from "../../study/trainer-contract.ts";
import type { TensorShape } from "./contract.ts";

/** What a shape alone does not say of a tensor. */
export type TensorPlace = Partial<Pick<TensorShape, "initStdFactor" | "initMean" | "insideBlock" | "module" | "tied" | "tokenShare">>;

/** A weight matrix W of y = W x, stored [fanOut, fanIn]. */
export function matrix(name: string, role: TensorRole, fanOut: number, fanIn: number, place: TensorPlace = {}): TensorShape {
  return placedTensor(name, role, [fanOut, fanIn], place);
}

/** A table of which a forward pass reads rows: a matrix product with a one-hot input, so its fan-in is 1. */
export function lookupTable(name: string, rows: number, width: number, place: TensorPlace = {}): TensorShape {
  return { name, role: "input", shape: [rows, width], fanIn: 1, fanOut: width, lookup: true, ...place };
}

/** A bias, a gain, or a scalar: added to or multiplied with `length` numbers, one each. */
export function vector(name: string, role: TensorRole, length: number, place: TensorPlace = {}): TensorShape {
  return placedTensor(name, role, [length], place);
}

/**
 * A tensor that is no lookup table. Vectors have fan-in 1; all others are [fanOut, fanIn, ...kernel], with the kernel's size
 * part of the fan-in.
 */
export function placedTensor(name: string, role: TensorRole, shape: readonly number[], place: TensorPlace = {}): TensorShape {
  const [fanOut = 1, ...rest] = shape;
  return { name, role, shape, fanIn: rest.reduce((product, size) => product * size, 1), fanOut, lookup: false, ...place };
}

/** The bias of a matrix or kernel, named after it; it grows with the fan-out, so that of a readout is a scalar and never scaled. */
export function biasOf(tensor: TensorShape): TensorShape {
  return vector(`${tensor.name}.bias`, tensor.role === "output" ? "scalar" : "bias", tensor.fanOut, {
    ...(tensor.insideBlock === undefined ? {} : { insideBlock: tensor.insideBlock }),
    ...(tensor.module === undefined ? {} : { module: `${tensor.module}.bias` }),
    ...(tensor.tokenShare === undefined ? {} : { tokenShare: tensor.tokenShare }),
  });
}

/** A matrix followed by its bias, where there are biases. */
export function withBias(tensor: TensorShape, biases: boolean): readonly TensorShape[] {
  return biases ? [tensor, biasOf(tensor)] : [tensor];
}

/** `initStdFactor: 0` for a tensor that starts at zero; nothing otherwise. */
export function zeroWhen(zero: boolean): TensorPlace {
  return zero ? { initStdFactor: 0 } : {};
}
