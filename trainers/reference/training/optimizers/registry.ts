import type { Optimizer } from "../../../../analysis/study/trainer-contract.ts";
import type { Parameter } from "../parameters.ts";
import { adafactor } from "./adafactor.ts";
import { adam } from "./adam.ts";
import { factoredCurvature } from "./factored-curvature.ts";
import { lion } from "./lion.ts";
import { momentumSgd } from "./momentum-sgd.ts";
import { muon } from "./muon.ts";
import { shampoo } from "./shampoo.ts";
import type { OptimizerContext, TensorOptimizer } from "./tensor-optimizer.ts";

/** The optimizers of these tensors, in their order; `fallback` plays no part here. */
export function tensorOptimizers(
  context: OptimizerContext,
  optimizer: Optimizer,
  parameters: readonly Parameter[],
): readonly TensorOptimizer[] {
  switch (optimizer.name) {
    case "sgd":
      return momentumSgd(context, optimizer, parameters);
    case "adam":
    case "adamw":
      return adam(context, optimizer, parameters);
    case "lion":
      return lion(context, optimizer, parameters);
    case "adafactor":
      return adafactor(context, optimizer, parameters);
    case "muon":
      return muon(context, optimizer, parameters);
    case "shampoo":
      return shampoo(context, optimizer, parameters);
    case "kfac":
    case "foof":
      return factoredCurvature(context, optimizer, parameters);
  }
}
