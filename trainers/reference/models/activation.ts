import { type Activation as ActivationName, activations } from "../../../analysis/study/trainer-contract.ts";
import type { Address } from "../engine/kernels.ts";
import type { Factor, ModelContext } from "./model-context.ts";

/** An activation with the room that it works in. */
export interface Activation {
  /** Where its input is written. */
  readonly input: Address;
  /** Where its result lies: for relu the same room. */
  readonly output: Address;
  forward(): void;
  /** The gradient to the output becomes, in its place, that to the input. */
  backward(gradient: Address): void;
}

/** Input factor of activations, and factors on their result: activationMultiplier and unit scaling's. */
export function activationFactors({ operations }: ModelContext): Factor & { readonly input: number } {
  const { activationMultiplier, unitScaling } = operations;
  const { input, forward, backward } = unitScaling?.activation ?? { input: 1, forward: 1, backward: 1 };
  return { input, forward: activationMultiplier * forward, backward: activationMultiplier * backward };
}

/** The kernels' number of an activation; left out: relu. */
export function activationKind(name: ActivationName = "relu"): number {
  return activations.indexOf(name);
}

/**
 * y = forward * act(input * x) over `size` numbers; dx = backward * input * act'(input * x) * dy. A relu works in place: the sign of its
 * result says all that the way back needs.
 */
export function createActivation(context: ModelContext, name: ActivationName | undefined, size: number): Activation {
  const { kernels, allocate } = context.engine;
  const { input: inner, forward, backward } = activationFactors(context);
  const input = allocate(size);
  if (name === undefined || name === "relu")
    return {
      input,
      output: input,
      forward: () => kernels.reluForward(input, size, inner * forward),
      backward: (gradient) => kernels.reluBackward(gradient, input, size, inner * backward),
    };
  const output = allocate(size);
  const kind = activationKind(name);
  return {
    input,
    output,
    forward: () => kernels.activationForward(kind, input, output, size, inner, forward),
    backward: (gradient) => kernels.activationBackward(kind, gradient, input, size, inner, inner * backward),
  };
}
