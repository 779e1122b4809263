import { LadderError } from "../../study/ladder-error.ts";
import type { Evidence, ParametrizationDefinition, TensorRule } from "../contract.ts";
import type { ResidualCoefficients } from "../unit-scaling/residual-tau.ts";

const paper = "Narayan et al. 2025 (arXiv:2502.05967)";
const table = `${paper}, table 2`;
const read: readonly Evidence[] = ["paper"];

const widthRules: readonly TensorRule[] = [
  { quantity: "forwardMultiplier", roles: ["hidden"], exponents: { fanIn: -1 / 2 }, source: table, evidence: read },
  {
    quantity: "forwardMultiplier",
    roles: ["input"],
    where: { lookup: false },
    exponents: { fanIn: -1 / 2 },
    source: `${paper}: unit scale of a first layer that multiplies (derived; the paper has lookup tables only)`,
    evidence: ["derived"],
  },
  { quantity: "forwardMultiplier", roles: ["output"], exponents: { fanIn: -1 }, source: table, evidence: read },
  {
    quantity: "learningRate",
    roles: ["hidden"],
    exponents: { fanIn: -1 / 2 },
    source: `${table}; new = base x sqrt(base width / new width)`,
    evidence: read,
  },
  {
    quantity: "learningRate",
    roles: ["input"],
    where: { lookup: false },
    exponents: { fanIn: -1 / 2 },
    source: `${paper}: abc-symmetry of Adam-like optimizers, equation 16, for the multiplier above`,
    evidence: ["derived"],
  },
];

/**
 * The paper's fixed residual, x' = (1 - tau)^1/2 x + tau^1/2 f(x), the same in every block.
 *
 * @param tau share of the branch in the mean square, in 0 … 1 without its ends
 * @throws LadderError `input` HYPERPARAMETER_OUT_OF_RANGE: at 0 there is no branch, at 1 no skip
 */
export function fixedResidualCoefficients(tau: number): ResidualCoefficients {
  if (!(tau > 0 && tau < 1))
    throw new LadderError("input", "HYPERPARAMETER_OUT_OF_RANGE", `residualTau is ${tau}, but must be above 0 and below 1`, {
      fields: { name: "residualTau", value: tau },
      hint: "0.4 was chosen for 4 layers, less for deeper models",
    });
  return { skipMultiplier: Math.sqrt(1 - tau), branchMultiplier: Math.sqrt(tau) };
}

/**
 * munit Scaling: unit-scaled products with true gradients, the same factor both ways. Its blocks end with a norm (`normPosition:
 * branchOutput`), its decay is independent of the learning rate, and its three hyperparameters are learningRate, weightDecay and residualTau.
 */
export const munit: ParametrizationDefinition = {
  id: "munit",
  name: "μnit Scaling",
  summary: "unit deviations with static multipliers both ways, embedding learning rate constant, fixed residual with swept residualTau",
  source: `${table}, equations 11 and 16, sections 3.1 and 3.2`,
  kind: "set",
  options: [],
  build: () => ({
    initialDeviation: "unit",
    attentionBase: "one",
    optimizerFamilies: ["adamLike"],
    weightDecayKind: "independent",
    modelExpectations: [
      {
        member: "normPosition",
        value: "branchOutput",
        source: `${paper}: norms end the branches, so that residualTau is a branch's share`,
      },
    ],
    components: [
      {
        id: "munit",
        axes: ["width"],
        measure: "size",
        tensorRules: widthRules,
        operationRules: [
          {
            quantity: "attentionLogitScale",
            exponents: { headDimension: -1 / 2 },
            source: `1/sqrt(headDimension) as everywhere (derived): ${paper} states no other and keeps 128 at every width, where it is a constant`,
            evidence: ["derived"],
          },
        ],
        optimizerRules: [],
      },
    ],
    transfers: [
      {
        hyperparameter: "learningRate",
        axis: "width",
        transfer: "empirical",
        source: `${paper}: flat over widths 256 to 8192 at 4 layers; muP by abc-symmetry`,
      },
      {
        hyperparameter: "weightDecay",
        axis: "width",
        transfer: "empirical",
        source: `${paper}: flat over widths 256 to 8192, decay independent of the learning rate`,
      },
      { hyperparameter: "residualTau", axis: "width", transfer: "empirical", source: `${paper}: the same over widths 256 to 2048` },
      {
        hyperparameter: "residualTau",
        axis: "depth",
        transfer: "none",
        source: `${paper}: falls as depth grows, 20 to 100 layers, read from a figure: there is no formula, so sweep it, downwards from the shallower model's`,
      },
    ],
    residual: {
      formula: "skip sqrt(1 - residualTau), branch sqrt(residualTau)",
      multipliers: (branches, { residualTau }) => branches.map(() => fixedResidualCoefficients(residualTau)),
      source: `${paper}, equation 11`,
      evidence: read,
    },
  }),
};
