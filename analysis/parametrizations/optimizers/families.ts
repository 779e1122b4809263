import type { FamilyGauge, OptimizerFamily } from "./contract.ts";

const stepIgnoresGradientSize: FamilyGauge = {
  learningRate: 1,
  epsilon: 1,
  dampingFanIn: 0,
  dampingFanOut: 0,
  source:
    "the step has the same size whatever the gradient's, so W / t needs a step of 1 / t (Narayan et al. 2025, arXiv:2502.05967, equation 16)",
};

const stepFollowsWeights: FamilyGauge = {
  learningRate: 0,
  epsilon: 0,
  dampingFanIn: 0,
  dampingFanOut: 0,
  source: "the step is relative to the size of W, which shrinks by t itself (derived)",
};

/** A is of activations, which t does not reach; the gradient of W grows by t. */
const inputSide: FamilyGauge = {
  learningRate: 2,
  epsilon: 0,
  dampingFanIn: 0,
  dampingFanOut: 0,
  source: "the gradient grows by t, the factor of x stays, and W shrinks by t (derived)",
};

/** B is of the gradients d to W x, for which the gradient of W is the mean of d x^T: it grows by t^2 and the gradient by t. */
const bothSides: FamilyGauge = {
  learningRate: 0,
  epsilon: 0,
  dampingFanIn: 0,
  dampingFanOut: 2,
  source: "the gradient grows by t and the factor of gradients by t^2, so the step shrinks by t, as W does (derived)",
};

/** The gauge of each optimizer family: t multiplies the forward multiplier and divides W. */
export const familyGauges: Readonly<Record<OptimizerFamily, FamilyGauge>> = {
  sgd: {
    learningRate: 2,
    epsilon: 0,
    dampingFanIn: 0,
    dampingFanOut: 0,
    source: "the gradient grows by t and W shrinks by t (Yang et al. 2022, arXiv:2203.03466, appendix J.2.1)",
  },
  adamLike: stepIgnoresGradientSize,
  adafactorScaled: stepFollowsWeights,
  muon: stepIgnoresGradientSize,
  muonSpectral: stepIgnoresGradientSize,
  muonMatchRms: stepIgnoresGradientSize,
  muonJordan: stepIgnoresGradientSize,
  sphereMuon: stepFollowsWeights,
  shampoo: {
    learningRate: { constant: 2, exponentLeft: -2, exponentRight: -2 },
    epsilon: 0,
    dampingFanIn: 2,
    dampingFanOut: 2,
    source: "L and R grow by t^2, so the step by t^(1 - 2 eL - 2 eR) (derived from Gupta et al. 2018, arXiv:1802.09568)",
  },
  soap: stepIgnoresGradientSize,
  adaMuon: {
    ...stepIgnoresGradientSize,
    epsilon: 0,
    source: `${stepIgnoresGradientSize.source}; epsilon meets the orthogonal matrix, whose entries do not see t (derived)`,
  },
  kfac: bothSides,
  foof: inputSide,
};

/** Damping added to the factors at the base scale where nobody gives one; families that are left out have none. */
export const defaultDamping: Readonly<Partial<Record<OptimizerFamily, { readonly fanIn: number; readonly fanOut: number }>>> = {
  kfac: { fanIn: 1e-2, fanOut: 1e-3 },
  foof: { fanIn: 1e-2, fanOut: 0 },
};

/** True for families whose step is made from a matrix as a whole. */
export function isMatrixFamily(family: OptimizerFamily): boolean {
  return family !== "sgd" && family !== "adamLike" && family !== "adafactorScaled";
}
