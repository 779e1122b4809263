/** A byte address in the engine's memory: where a tensor starts. */
export type Address = number;

/**
 * The functions of kernels.wasm (kernels/index.as.ts). Tensors are f32, row-major, given by address; counts are in
 * elements; flags are 0 or 1.
 */
export interface Kernels {
  /** C[m, n] = alpha * op(A) * op(B), plus C when `accumulate` is 1; strides in floats, of the rows as stored. */
  matrixMultiply(
    transposeA: number,
    transposeB: number,
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: Address,
    strideA: number,
    b: Address,
    strideB: number,
    c: Address,
    strideC: number,
    accumulate: number,
  ): void;
  attentionForward(
    query: Address,
    key: Address,
    value: Address,
    output: Address,
    probabilities: Address,
    batch: number,
    length: number,
    heads: number,
    headDimension: number,
    logitScale: number,
  ): void;
  attentionBackward(
    query: Address,
    key: Address,
    value: Address,
    probabilities: Address,
    outputGradient: Address,
    queryGradient: Address,
    keyGradient: Address,
    valueGradient: Address,
    scratch: Address,
    batch: number,
    length: number,
    heads: number,
    headDimension: number,
    logitScale: number,
  ): void;
  /** Sum of losses in nats over rows; logits become gradientScale * (soft-max - one-hot). */
  softmaxCrossEntropy(logits: Address, targets: Address, rows: number, classes: number, gradientScale: number): number;
  embed(
    tokens: Address,
    tokenTable: Address,
    positionTable: Address,
    x: Address,
    rows: number,
    length: number,
    width: number,
    tokenFactor: number,
    positionFactor: number,
  ): void;
  scatterAdd(tokens: Address, gradient: Address, table: Address, rows: number, width: number, factor: number): void;
  scatterAddPositions(gradient: Address, table: Address, rows: number, length: number, width: number, factor: number): void;
  copyScaled(to: Address, from: Address, n: number, factor: number): void;
  reluForward(x: Address, n: number, multiplier: number): void;
  reluBackward(dx: Address, y: Address, n: number, multiplier: number): void;
  rootMeanSquare(x: Address, n: number): number;
  rmsNormForward(x: Address, y: Address, inverses: Address, rows: number, width: number, epsilon: number): void;
  rmsNormBackward(dy: Address, y: Address, inverses: Address, dx: Address, rows: number, width: number, skip: number): void;
  sgdStep(weights: Address, gradient: Address, velocity: Address, n: number, learningRate: number, momentum: number, shrink: number): void;
  adamStep(
    weights: Address,
    gradient: Address,
    firstMoment: Address,
    secondMoment: Address,
    n: number,
    stepSize: number,
    beta1: number,
    beta2: number,
    epsilon: number,
    rootCorrection: number,
    shrink: number,
  ): void;
  /** exp in f32 and natural logarithm in f64, with portable bits. */
  exponential(x: number): number;
  logarithm(x: number): number;
  setWorkspace(address: Address): void;
  firstFreeAddress(): Address;
}

const functionNames = [
  "matrixMultiply",
  "attentionForward",
  "attentionBackward",
  "softmaxCrossEntropy",
  "embed",
  "scatterAdd",
  "scatterAddPositions",
  "copyScaled",
  "reluForward",
  "reluBackward",
  "rootMeanSquare",
  "rmsNormForward",
  "rmsNormBackward",
  "sgdStep",
  "adamStep",
  "exponential",
  "logarithm",
  "setWorkspace",
  "firstFreeAddress",
] as const satisfies readonly (keyof Kernels)[];

/** True when a module's exports hold every kernel. */
export function isKernels(exports: object): exports is Kernels {
  const found = new Map<string, unknown>(Object.entries(exports));
  return functionNames.every((name) => typeof found.get(name) === "function");
}
