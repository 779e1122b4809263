import type { OptimizerFamily } from "../../../../analysis/parametrizations/optimizers/contract.ts";
import { insideBlocks, nothing, type PaperTable, row } from "./format.ts";

const adam: readonly OptimizerFamily[] = ["adamLike"];
const sgd: readonly OptimizerFamily[] = ["sgd"];
const both = [...adam, ...sgd];
const rest = nothing(both, "initStd", "weightDecay", "epsilon", "dampingFanIn", "dampingFanOut");
const forward = row("forwardMultiplier", both, {
  input: { fanIn: -0.5 },
  "input.lookup": {},
  hidden: { fanIn: -0.5 },
  output: { fanIn: -1 },
});

/** unit-scaling 0.3.5: Adam's learning rates, and SGD's with unit-scaled gradients; a first layer that multiplies is a linear layer. */
const unitRates = { input: { fanIn: -0.5 }, "input.lookup": { fanOut: -0.5 }, hidden: { fanIn: -0.5 } };
export const uMup: PaperTable = {
  tensors: [...rest, forward, row("learningRate", both, unitRates), row("learningRate", both, insideBlocks({ depth: -0.5 }))],
  attentionLogitScale: { headDimension: -1 },
};

/** The embedding's learning rate constant, as Tensor Programs V has it. */
export const uMupConstantEmbedding: PaperTable = {
  ...uMup,
  tensors: [
    ...rest,
    forward,
    row("learningRate", both, { ...unitRates, "input.lookup": {} }),
    row("learningRate", both, insideBlocks({ depth: -0.5 })),
  ],
};

/** lr_scale_func_sgd with readout_constraint to_output_scale. */
export const uMupConstrained: PaperTable = {
  ...uMup,
  tensors: [
    ...rest,
    forward,
    row("learningRate", adam, unitRates),
    row("learningRate", sgd, {
      input: { fanIn: 0.5 },
      "input.lookup": { fanOut: 0.5 },
      hidden: { fanIn: 0.5 },
      bias: { fanOut: 1 },
      normGain: { fanOut: 1 },
      scalar: { fanOut: 1 },
    }),
    row("learningRate", both, insideBlocks({ depth: -0.5 })),
  ],
};

/** Narayan et al. 2025 (arXiv:2502.05967), table 2: the embedding and the head keep their learning rate, depth takes none. */
export const munit: PaperTable = {
  tensors: [...rest, forward, row("learningRate", adam, { input: { fanIn: -0.5 }, "input.lookup": {}, hidden: { fanIn: -0.5 } })],
  attentionLogitScale: { headDimension: -0.5 },
};
