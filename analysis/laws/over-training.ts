import { columnOf } from "./columns.ts";
import { quickLog } from "../numerics/quick-exp-log.ts";
import type { Law } from "./contract.ts";
import { coefficient, type PowerFactor, positiveExponent, sumOfPowers, vanishing } from "./power-terms.ts";
import { crossEntropy, modelSize, trainingTokens } from "./variables.ts";

const ln6 = 1.791759469228055;

/** With C = 6 N D and M = D / N: M^eta C^-eta is (6 N^2)^-eta, and M^-eta C^-eta is (6 D^2)^-eta. */
const squaredInput = (input: string): PowerFactor => ({
  exponent: "eta",
  sign: -1,
  logarithms: (columns) => columnOf(columns, input).map((value) => ln6 + 2 * quickLog(value)),
});

/**
 * Gadre et al.'s law of models trained far beyond the compute optimum: loss curves of constant tokens per parameter M are parallel in
 * compute, which takes equal exponents of size and tokens.
 */
export const overTraining: Law = {
  id: "over-training",
  name: "Loss of over-trained models (Gadre)",
  formula: "loss = E + (a M^eta + b M^-eta) C^-eta with M = D / N, C = 6 N D",
  source: "Gadre et al. 2024, Language models scale reliably with over-training and on downstream tasks, arXiv:2403.08540",
  evidence: ["code", "golden"],
  inputs: [modelSize, trainingTokens],
  output: crossEntropy,
  ...sumOfPowers(
    [
      vanishing("E", "irreducible loss", "nats per token"),
      coefficient("a", "size of the term of model size", "nats per token x FLOPs^eta"),
      coefficient("b", "size of the term of tokens", "nats per token x FLOPs^eta"),
      positiveExponent("eta", "exponent of compute"),
    ],
    [
      { coefficient: "E", factors: [] },
      { coefficient: "a", factors: [squaredInput("N")] },
      { coefficient: "b", factors: [squaredInput("D")] },
    ],
    [0.05, 0.1, 0.15, 0.2, 0.3, 0.5],
  ),
  published: [
    {
      source: "github.com/mlfoundations/scaling, exp_data, five RedPajama runs",
      values: { E: 1.8367, a: 212.2, b: 366.7, eta: 0.136425 },
      note: "C4 eval loss; written there as alpha = a 6^-eta = 166.2 with twice this eta; C = 6 N D",
    },
  ],
  checkedOn: ["overtraining", "chinchilla-svg"],
  allocation: { size: "N", tokens: "D" },
  // A = a 6^-eta, B = b 6^-eta, alpha = beta = 2 eta.
  restricts: { law: "chinchilla", words: "equal exponents of size and tokens" },
  irreducible: "E",
  example: {
    values: { E: 1.8, a: 200, b: 350, eta: 0.14 },
    inputs: { N: [1e7, 4e7, 1.5e8, 4e8, 1e9], D: [2e8, 1e9, 5e9, 2e10, 1e11] },
  },
};
