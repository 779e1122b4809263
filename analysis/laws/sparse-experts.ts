import { log1p } from "../numerics/elementary.ts";
import { columnOf } from "./columns.ts";
import type { Law } from "./contract.ts";
import { coefficient, exponent, fallen, type PowerFactor, positiveExponent, sumOfPowers, vanishing } from "./power-terms.ts";
import { crossEntropy, trainingTokens } from "./variables.ts";

/** 1 / (1 - S)^exponent. */
const activeShare = (name: string): PowerFactor => ({
  exponent: name,
  sign: -1,
  logarithms: (columns) => columnOf(columns, "S").map((sparsity) => log1p(-sparsity)),
});

/** Abnar et al.'s law of mixtures of experts by their sparsity. */
export const sparseExperts: Law = {
  id: "sparse-experts",
  name: "Loss of mixtures of experts by sparsity (Abnar)",
  formula: "loss = E + a / N^alpha + b / D^beta + c / (1 - S)^lambda + d / ((1 - S)^delta N^gamma)",
  source:
    "Abnar et al. 2025, Parameters vs FLOPs: scaling laws for optimal sparsity for mixture-of-experts language models, arXiv:2501.12370",
  evidence: ["abstract"],
  inputs: [
    { name: "N", meaning: "all parameters of the model, active or not", unit: "parameters" },
    trainingTokens,
    {
      name: "S",
      meaning: "sparsity: share of the experts that are not active for a token",
      unit: "1",
      range: { from: 0, to: 0.9999 },
      fixedUnit: true,
    },
  ],
  output: crossEntropy,
  ...sumOfPowers(
    [
      vanishing("E", "irreducible loss", "nats per token"),
      coefficient("a", "size of the term of model size", "nats per token x parameters^alpha"),
      coefficient("b", "size of the term of tokens", "nats per token x tokens^beta"),
      vanishing("c", "size of the term of sparsity", "nats per token"),
      vanishing("d", "size of the joint term of sparsity and size", "nats per token x parameters^gamma"),
      positiveExponent("alpha", "exponent of model size"),
      positiveExponent("beta", "exponent of tokens"),
      exponent("lambda", "exponent of the active share"),
      exponent("delta", "exponent of the active share in the joint term"),
      positiveExponent("gamma", "exponent of model size in the joint term"),
    ],
    [
      { coefficient: "E", factors: [] },
      { coefficient: "a", factors: [fallen("N", "alpha")] },
      { coefficient: "b", factors: [fallen("D", "beta")] },
      { coefficient: "c", factors: [activeShare("lambda")] },
      { coefficient: "d", factors: [activeShare("delta"), fallen("N", "gamma")] },
    ],
    [-0.15, 0.15, 0.4, 0.6],
  ),
  published: [
    {
      source: "Abnar et al. 2025, as quoted",
      values: { E: 0.94, alpha: 0.5962, beta: 0.3954, lambda: -0.1666, delta: 0.1603, gamma: 0.1595 },
      note: "the coefficients were not read; R^2 is 0.99 on fitted and 0.68 on held-out sparsities: a warning about laws of ten parameters",
    },
  ],
  checkedOn: [],
  equivalent: { input: "N", reference: { S: 0 } },
  irreducible: "E",
  example: {
    values: { E: 1, a: 8000, b: 3000, c: 0.6, d: 12, alpha: 0.55, beta: 0.4, lambda: -0.3, delta: 0.2, gamma: 0.16 },
    inputs: { N: [1e7, 1e8, 1e9, 1e11], D: [1e9, 1e10, 1e11], S: [0, 0.5, 0.8, 0.95] },
  },
};
