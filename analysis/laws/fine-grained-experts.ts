import type { Law } from "./contract.ts";
import { coefficient, fallen, positiveExponent, sumOfPowers, vanishing } from "./power-terms.ts";
import { crossEntropy, modelSize, trainingTokens } from "./variables.ts";

/** Krajewski et al.'s law of mixtures of fine-grained experts. */
export const fineGrainedExperts: Law = {
  id: "fine-grained-experts",
  name: "Loss of mixtures of fine-grained experts (Krajewski)",
  formula: "loss = c + (g / G^gamma + a) / N^alpha + b / D^beta",
  source: "Krajewski et al. 2024, Scaling laws for fine-grained mixture of experts, arXiv:2402.07871",
  evidence: ["abstract"],
  inputs: [
    modelSize,
    trainingTokens,
    { name: "G", meaning: "granularity: width of a dense feed-forward block over the width of an expert", unit: "1", fixedUnit: true },
  ],
  output: crossEntropy,
  ...sumOfPowers(
    [
      vanishing("c", "irreducible loss", "nats per token"),
      vanishing("g", "size of the term of granularity", "nats per token x parameters^alpha"),
      coefficient("a", "size of the term of model size", "nats per token x parameters^alpha"),
      coefficient("b", "size of the term of tokens", "nats per token x tokens^beta"),
      positiveExponent("gamma", "exponent of granularity"),
      positiveExponent("alpha", "exponent of model size"),
      positiveExponent("beta", "exponent of tokens"),
    ],
    [
      { coefficient: "c", factors: [] },
      { coefficient: "g", factors: [fallen("G", "gamma"), fallen("N", "alpha")] },
      { coefficient: "a", factors: [fallen("N", "alpha")] },
      { coefficient: "b", factors: [fallen("D", "beta")] },
    ],
    [0.1, 0.25, 0.5, 1],
  ),
  published: [
    {
      source: "Krajewski et al. 2024, as quoted",
      values: { c: 0.47, g: 2.1, a: 18.1, b: 30.8, gamma: 0.58, alpha: 0.115, beta: 0.147 },
      note: "expansion rate 64, C4; quoted, not read in the paper; Huber with delta 0.1",
    },
  ],
  checkedOn: [],
  irreducible: "c",
  example: {
    values: { c: 1.4, g: 8, a: 20, b: 400, gamma: 0.6, alpha: 0.2, beta: 0.3 },
    inputs: { N: [1e8, 4e8, 1.6e9, 6e9], D: [4e9, 1.6e10, 6.4e10, 2.5e11], G: [1, 2, 4, 8, 16] },
  },
};
