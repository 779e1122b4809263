import { LadderError } from "../../study/ladder-error.ts";

export type Reduction = "mean" | "sum";

export interface CrossEntropyFactors {
  /** On the logits before the soft-max, on the way forward only. */
  readonly logits: number;
  /** On soft-max - one-hot of every row, the gradient of the summed loss, whatever `reduction` is: the mean is of the value only. */
  readonly logitsGradient: number;
  /** On the summed loss. */
  readonly loss: number;
}

/**
 * Cross entropy of soft-max(multiplier x logits): gradient V / (V - 1)^1/2, which makes soft-max - one-hot of flat probabilities
 * unit-scaled; the mean divides by the rows on the way forward only (unit-scaling 0.3.5, functional.cross_entropy).
 *
 * @param size rows, and classes V, at least 2
 * @throws LadderError `input` CLASSES_TOO_FEW
 */
export function crossEntropyFactors(
  { rows, classes }: { readonly rows: number; readonly classes: number },
  multiplier: number,
  reduction: Reduction = "mean",
): CrossEntropyFactors {
  if (classes < 2)
    throw new LadderError("input", "CLASSES_TOO_FEW", `a loss over ${classes} classes has no gradient: unit scaling needs at least 2`, {
      fields: { classes },
      hint: "give the model a vocabulary of at least 2 symbols",
    });
  return { logits: multiplier, logitsGradient: classes / Math.sqrt(classes - 1), loss: reduction === "mean" ? 1 / rows : 1 };
}

/**
 * Summed square error of two unit-scaled tensors, whose difference has variance 2 and gradient variance 8: 8^-1/2 on both gradients; the
 * mean divides on the way forward only (unit-scaling 0.3.5, functional.mse_loss).
 */
export function meanSquaredErrorFactors(
  entries: number,
  reduction: Reduction = "mean",
): { readonly inputGradient: number; readonly targetGradient: number; readonly loss: number } {
  const gradient = 1 / Math.sqrt(8);
  return { inputGradient: gradient, targetGradient: gradient, loss: reduction === "mean" ? 1 / entries : 1 };
}
