import { optimizerFamilies } from "../../../../analysis/parametrizations/optimizers/contract.ts";
import { nothing, type PaperTable, row } from "./format.ts";

/** Standard parametrization: Yang et al. 2022 (arXiv:2203.03466), table 3, column SP; Vaswani et al. 2017, equation 1. */
export const sp: PaperTable = {
  tensors: [
    row("initStd", optimizerFamilies, { hidden: { fanIn: -0.5 }, output: { fanIn: -0.5 } }),
    ...nothing(optimizerFamilies, "forwardMultiplier", "learningRate", "weightDecay", "epsilon", "dampingFanIn", "dampingFanOut"),
  ],
  attentionLogitScale: { headDimension: -0.5 },
};
