import type { Law } from "./contract.ts";
import { fallen, positiveExponent, sumOfPowers, vanishing } from "./power-terms.ts";

/**
 * Differentially private training at a constant ratio of noise to batch is simulated on small batches, which is cheap and always
 * pessimistic: clipped gradients of few examples carry more sampling noise. The bias falls with the batch, and so can be fitted.
 */
export const privateBatchBias: Law = {
  id: "private-batch-bias",
  name: "Loss of private runs simulated on small batches",
  formula: "loss = E + A / B^gamma",
  source:
    "Sander et al. 2022, TAN without a burn, arXiv:2210.03403, section 4 for the simulation; the power law is fitted to runs of softmax regression",
  evidence: ["derived"],
  inputs: [{ name: "B", meaning: "batch, with noise multiplier / batch and steps held constant", unit: "examples" }],
  output: { name: "loss", meaning: "loss at the end of the run", unit: "nats per example" },
  ...sumOfPowers(
    [
      vanishing("E", "loss of an infinite batch", "nats per example"),
      vanishing("A", "size of the bias", "nats per example x examples^gamma"),
      positiveExponent("gamma", "exponent of the batch"),
    ],
    [
      { coefficient: "E", factors: [] },
      { coefficient: "A", factors: [fallen("B", "gamma")] },
    ],
    [0.25, 0.5, 1, 1.5, 2],
  ),
  published: [],
  checkedOn: ["private-batches"],
  irreducible: "E",
  example: { values: { E: 0.57, A: 4, gamma: 1 }, inputs: { B: [32, 64, 128, 256, 512, 1024, 2048, 4096] } },
};
