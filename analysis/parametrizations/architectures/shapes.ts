import type { TensorRole } from "../../study/trainer-contract.ts";
import type { TensorShape } from "./contract.ts";

/** A weight matrix W of y = W x, stored [fanOut, fanIn]. */
export function matrix(name: string, role: TensorRole, fanOut: number, fanIn: number): TensorShape {
  return { name, role, shape: [fanOut, fanIn], fanIn, fanOut, lookup: false };
}

/** A table of which a forward pass reads rows: a matrix product with a one-hot input, so its fan-in is 1. */
export function lookupTable(name: string, rows: number, width: number, initStdFactor = 1): TensorShape {
  return { name, role: "input", shape: [rows, width], fanIn: 1, fanOut: width, lookup: true, initStdFactor };
}
