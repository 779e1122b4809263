import { LadderError } from "../../../analysis/study/ladder-error.ts";
import type { Address } from "../engine/kernels.ts";
import type { Parameter } from "../training/parameters.ts";

/** A model with room for one batch. The caller writes inputs and targets, then asks for the loss. */
export interface Network {
  /** i32 class of each row to predict; `rows` numbers. */
  readonly targets: Address;
  readonly rows: number;
  /** Mean loss of the batch in nats; the logits now hold lossMultiplier / rows * (soft-max - one-hot). */
  forward(): number;
  /** Gradients of every parameter, from what `forward` left. Overwrites the last ones. */
  backward(): void;
}

/** Looks up a parameter by name. The table has been checked, so a miss is a defect. */
export function parameterNamed(parameters: readonly Parameter[], name: string): Parameter {
  const parameter = parameters.find(({ row }) => row.name === name);
  if (parameter === undefined) throw new LadderError("defect", "PARAMETER_MISSING", `no parameter "${name}" was allocated`);
  return parameter;
}
