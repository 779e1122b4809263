/** The kernels of the reference trainer: one module, one memory, which the host owns. Built by build.mjs. */
export { matrixMultiply, setWorkspace, workspaceBytes } from "./matrix-multiply.as";
export { attentionBackward, attentionForward } from "./attention.as";
export { softmaxCrossEntropy } from "./cross-entropy.as";
export { embed, scatterAdd, scatterAddPositions } from "./embedding.as";
export { activationBackward, activationForward, gatedBackward, gatedForward } from "./activations.as";
export { addScaled, copyScaled, reluBackward, reluForward, rootMeanSquare } from "./elementwise.as";
export { exponential, logarithm } from "./exponential.as";
export { castToFormat } from "./float8.as";
export { rmsNormBackward, rmsNormForward } from "./normalization.as";
export { addRow, columnDots, columnSums, dotProduct, multiplyRow } from "./rows.as";
export { adafactorFactored, adafactorPlain } from "./adafactor.as";
export { demote, doubleMultiply, doubleScale, doubleWorkspaceBytes, promote, setDoubleWorkspace } from "./double-matrices.as";
export { adamStep, addCoupledDecay, applyDirection, averageGradient, lionStep, sgdStep } from "./optimizer-steps.as";
export { pivotedCholesky, symmetricEigen } from "./symmetric-eigen.as";

/** First address that holds none of the module's own data. */
export function firstFreeAddress(): usize {
  return __heap_base;
}
