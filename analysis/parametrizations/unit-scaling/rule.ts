import type { TensorShape } from "../architectures/contract.ts";
import type { UnitScalingInput, UnitScalingRule } from "../contract.ts";
import { activationDegree, activationFactors, gatedActivationFactor } from "./activations.ts";
import { attentionFactor, attentionLogitScale } from "./attention.ts";
import type { Constraint } from "./constraints.ts";
import { normFactors, sumFactors } from "./elementwise.ts";
import { crossEntropyFactors } from "./losses.ts";
import { convolutionFactors, embeddingFactors, linearFactors, linearReadoutFactors } from "./products.ts";

type UnitScalingOperations = ReturnType<UnitScalingRule["operations"]>;
type TensorGradients = ReturnType<UnitScalingRule["gradients"]>;

export interface UnitScalingConstraints {
  /** Of sums, activations and products. Attention has one factor under any. */
  readonly constraint: Constraint;
  /** Of the readout, which ends the network: its own factor on the way back scales all gradients alike. */
  readonly readoutConstraint: Constraint;
}

/**
 * Unit scaling in the words of the trainer contract. There every backward factor is over the true gradient of the operation
 * without its forward factor, so that equal numbers give the true gradient; with unit-scaling 0.3.5's operations:
 *
 * - tensors: y = forwardMultiplier W x, dx = backwardMultiplier W^T dy, dW = weightGradientMultiplier dy x^T are the library's output,
 *   grad(input) and grad(weight) scales. The batch is the whole one, in tokens: gradients of a part of it must be summed, not averaged;
 * - activation: the library's scale x act(m x) / m^degree is forward = scale / m^degree, input = m; its gradient scale x act'(m x) m / m^degree
 *   is backward = gradient scale / m^degree;
 * - loss: the library's gradient to the logits V / (V - 1)^1/2 (soft-max - one-hot) is of the summed loss and lacks the factor m; over the
 *   true gradient of the mean loss, m / rows (soft-max - one-hot), it is backward = rows V / (V - 1)^1/2 / m;
 * - the residual branch's factor meets the gradient at the split (functional.residual_split).
 *
 * activationMultiplier, attentionMultiplier and lossMultiplier are in these numbers; operations outside of `unitScaling` must not repeat them.
 */
export function unitScalingRule({ constraint, readoutConstraint }: UnitScalingConstraints): UnitScalingRule {
  return {
    source: "unit-scaling 0.3.5 (a7b5b3c), functional.py and _modules.py; Blake et al. 2024 (arXiv:2407.17465)",
    evidence: ["code", "golden"],
    operations: (input) => scaleOperations(input, constraint),
    attentionLogitScale: ({ scale, hyperparameters }) =>
      attentionLogitScale({ headDimension: scale.headDimension, multiplier: hyperparameters.attentionMultiplier }),
    gradients: (tensor, input) => scaleGradients(tensor, input, { constraint, readoutConstraint }),
  };
}

function scaleOperations(input: UnitScalingInput, constraint: Constraint): UnitScalingOperations {
  const { hyperparameters, scale, sequenceLength, vocabularySize } = input;
  const rows = scale.batchSizeTokens;
  const { activationMultiplier, attentionMultiplier, lossMultiplier } = hyperparameters;
  // Both tables are read at every place, so nothing broadcasts in their sum.
  const sum = sumFactors([rows, scale.width], [rows, scale.width], constraint);
  const attention = attentionFactor({
    sequenceLength,
    headDimension: scale.headDimension,
    causal: true,
    multiplier: attentionMultiplier,
  });
  const loss = crossEntropyFactors({ rows, classes: vocabularySize }, lossMultiplier);
  return {
    embeddingSum: { forward: sum.output, backward: sum.inputGradient },
    activation: scaleActivation(input, activationMultiplier, constraint),
    attention: { forward: attention, backward: attention },
    loss: { input: loss.logits, backward: (rows * loss.logitsGradient) / loss.logits },
    branchGradientAtSplit: true,
  };
}

function scaleActivation(
  { activation, gated }: UnitScalingInput,
  multiplier: number,
  constraint: Constraint,
): UnitScalingOperations["activation"] {
  const degree = activationDegree(activation) === 2 ? multiplier * multiplier : multiplier;
  if (gated) {
    const factor = gatedActivationFactor(activation, multiplier) / degree;
    return { input: multiplier, forward: factor, backward: factor };
  }
  const { output, inputGradient } = activationFactors(activation, multiplier, constraint);
  return { input: multiplier, forward: output / degree, backward: inputGradient / degree };
}

function scaleGradients(
  tensor: TensorShape,
  { scale }: UnitScalingInput,
  { constraint, readoutConstraint }: UnitScalingConstraints,
): TensorGradients {
  const { role, shape, fanIn, fanOut, lookup, insideBlock = false, initMean = 0, tokenShare = 1 } = tensor;
  const rows = scale.batchSizeTokens * tokenShare;
  if (lookup)
    return { backwardMultiplier: 1, weightGradientMultiplier: embeddingFactors({ rows: shape[0] ?? 1, reads: rows }).weightGradient };
  if (role === "normGain" || (role === "scalar" && initMean !== 0))
    return { backwardMultiplier: 1, weightGradientMultiplier: normFactors(shape, rows * scale.width).gainGradient };
  if (shape.length === 1)
    return { backwardMultiplier: 1, weightGradientMultiplier: linearFactors({ fanIn, fanOut, rows }, "none").biasGradient };
  // A router is an output tensor, but gradients pass it on their way to the same stream as those of the experts.
  const factors =
    role === "output"
      ? linearReadoutFactors({ fanIn, fanOut, rows }, insideBlock ? constraint : readoutConstraint)
      : productFactors(tensor, rows, constraint);
  return { backwardMultiplier: factors.inputGradient, weightGradientMultiplier: factors.weightGradient };
}

/** A matrix, or a kernel [fanOut, channels, ...lengths] of stride 1 whose positions are the rows. */
function productFactors({ shape, fanIn, fanOut }: TensorShape, rows: number, constraint: Constraint): ReturnType<typeof linearFactors> {
  const [, channelsIn = 1, ...lengths] = shape;
  const kernelLength = lengths.reduce((product, length) => product * length, 1);
  if (kernelLength === 1) return linearFactors({ fanIn, fanOut, rows }, constraint);
  return convolutionFactors({ channelsIn, channelsOut: fanOut, kernelLength, batch: rows, inputLength: kernelLength }, constraint);
}
