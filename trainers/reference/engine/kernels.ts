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
  /** to <- to + factor * from. */
  addScaled(to: Address, from: Address, n: number, factor: number): void;
  /** y <- factor * act(input * x); `kind` is the place of the activation in the contract's list. */
  activationForward(kind: number, x: Address, y: Address, n: number, input: number, factor: number): void;
  /** dy <- factor * act'(input * x) * dy. */
  activationBackward(kind: number, dy: Address, x: Address, n: number, input: number, factor: number): void;
  /** y <- factor * act(input * gate) * up. */
  gatedForward(kind: number, gate: Address, up: Address, y: Address, n: number, input: number, factor: number): void;
  gatedBackward(
    kind: number,
    dy: Address,
    gate: Address,
    up: Address,
    gateGradient: Address,
    upGradient: Address,
    n: number,
    input: number,
    factor: number,
  ): void;
  /** Rounds to a small format (kernels/float8.as.ts); returns how many entries became 0. */
  castToFormat(from: Address, to: Address, n: number, smallestNormal: number, spacingAtOne: number, largest: number): number;
  /** to <- to + factor * row, for every row of `to`. */
  addRow(to: Address, row: Address, rows: number, width: number, factor: number): void;
  /** to <- factor * row * from, for every row of `from`. */
  multiplyRow(to: Address, from: Address, row: Address, rows: number, width: number, factor: number): void;
  columnSums(x: Address, sums: Address, rows: number, width: number, factor: number): void;
  columnDots(x: Address, y: Address, sums: Address, rows: number, width: number, factor: number): void;
  dotProduct(x: Address, y: Address, n: number): number;
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
  /** gradient <- gradient + weightDecay * w. */
  addCoupledDecay(gradient: Address, weights: Address, n: number, weightDecay: number): void;
  /** w <- shrink * w - rate * direction. */
  applyDirection(weights: Address, direction: Address, n: number, rate: number, shrink: number): void;
  /** average <- beta * average + (1 - beta) * gradient; the gradient becomes the average, or its Nesterov form when `nesterov` is 1. */
  averageGradient(average: Address, gradient: Address, n: number, beta: number, nesterov: number): void;
  lionStep(
    weights: Address,
    gradient: Address,
    average: Address,
    n: number,
    learningRate: number,
    beta1: number,
    beta2: number,
    shrink: number,
  ): void;
  /** The gradient becomes g / sqrt(moments); returns its RMS. */
  adafactorPlain(gradient: Address, moments: Address, n: number, beta2: number, epsilonSquared: number): number;
  /** As adafactorPlain with factored moments; `scratch` is room for `columns` f64. */
  adafactorFactored(
    gradient: Address,
    rowMoments: Address,
    columnMoments: Address,
    scratch: Address,
    rows: number,
    columns: number,
    beta2: number,
    epsilonSquared: number,
  ): number;
  /** f64 <- f32 and f32 <- f64, `n` numbers. */
  promote(to: Address, from: Address, n: number): void;
  demote(to: Address, from: Address, n: number): void;
  /** to <- factor * from, `n` numbers of f64. */
  doubleScale(to: Address, from: Address, n: number, factor: number): void;
  /** C[m, n] = alpha * op(A) * op(B) in f64, plus C when `accumulate` is 1; `symmetric` 1: the result is symmetric. */
  doubleMultiply(
    transposeA: number,
    transposeB: number,
    m: number,
    n: number,
    k: number,
    alpha: number,
    a: Address,
    b: Address,
    c: Address,
    accumulate: number,
    symmetric: number,
  ): void;
  /** f64 eigenvalues [n] and eigenvectors (rows, [n, n]) of `a` [n, n], which is lost; `scratch` is room for 3 n f64; 0, or 1 for NaN. */
  symmetricEigen(a: Address, n: number, values: Address, vectors: Address, scratch: Address): number;
  /**
   * Rows l of `factors` with a = sum of l l^T up to `tolerance` times the largest diagonal entry; `scratch` is room for n f64. Returns
   * their number, or -1 when it would exceed `limit` or the diagonal is not finite.
   */
  pivotedCholesky(a: Address, n: number, factors: Address, limit: number, tolerance: number, scratch: Address): number;
  /** Room that doubleMultiply needs, and where it lies. */
  doubleWorkspaceBytes(): number;
  setDoubleWorkspace(address: Address): void;
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
  "addScaled",
  "activationForward",
  "activationBackward",
  "gatedForward",
  "gatedBackward",
  "castToFormat",
  "addRow",
  "multiplyRow",
  "columnSums",
  "columnDots",
  "dotProduct",
  "reluForward",
  "reluBackward",
  "rootMeanSquare",
  "rmsNormForward",
  "rmsNormBackward",
  "sgdStep",
  "adamStep",
  "addCoupledDecay",
  "applyDirection",
  "averageGradient",
  "lionStep",
  "adafactorPlain",
  "adafactorFactored",
  "promote",
  "demote",
  "doubleScale",
  "doubleMultiply",
  "symmetricEigen",
  "pivotedCholesky",
  "doubleWorkspaceBytes",
  "setDoubleWorkspace",
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
