import type { Law } from "./contract.ts";
import { coefficient, fallen, positiveExponent, sumOfPowers, vanishing } from "./power-terms.ts";
import { crossEntropy, trainingTokens } from "./variables.ts";

/** Gemstones' law that splits model size into width and depth. */
export const widthDepthTokens: Law = {
  id: "width-depth-tokens",
  name: "Loss of width, depth and tokens (Gemstones)",
  formula: "loss = E + A / width^alpha + B / depth^beta + G / D^gamma",
  source: "McLeish et al. 2025, Gemstones: a model suite for multi-faceted scaling laws, arXiv:2502.06857",
  evidence: ["code", "golden"],
  inputs: [
    { name: "width", meaning: "width of the residual stream", unit: "units" },
    { name: "depth", meaning: "layers", unit: "layers" },
    trainingTokens,
  ],
  output: crossEntropy,
  ...sumOfPowers(
    [
      vanishing("E", "irreducible loss", "nats per token"),
      coefficient("A", "size of the term of width", "nats per token x units^alpha"),
      coefficient("B", "size of the term of depth", "nats per token x layers^beta"),
      coefficient("G", "size of the term of tokens", "nats per token x tokens^gamma"),
      positiveExponent("alpha", "exponent of width"),
      positiveExponent("beta", "exponent of depth"),
      positiveExponent("gamma", "exponent of tokens"),
    ],
    [
      { coefficient: "E", factors: [] },
      { coefficient: "A", factors: [fallen("width", "alpha")] },
      { coefficient: "B", factors: [fallen("depth", "beta")] },
      { coefficient: "G", factors: [fallen("D", "gamma")] },
    ],
    [0.1, 0.25, 0.5, 1],
  ),
  published: [
    {
      source: "github.com/mcleish7/gemstone-scaling-laws, stored fit",
      values: { E: 0, A: 8.2987, B: 2.0794, G: 102932, alpha: 0.2608, beta: 0.1418, gamma: 0.5421 },
      note: "checkpoints up to 350B tokens at constant learning rate, Huber with delta 1e-4; E ran off to 0: not identified",
    },
  ],
  checkedOn: ["gemstones"],
  irreducible: "E",
  example: {
    values: { E: 1.5, A: 8, B: 2, G: 20000, alpha: 0.5, beta: 0.4, gamma: 0.45 },
    inputs: { width: [256, 512, 1024, 2048, 3072], depth: [3, 8, 20, 50, 80], D: [1e10, 4e10, 1.6e11] },
  },
};
