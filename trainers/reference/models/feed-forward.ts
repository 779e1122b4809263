import type { Activation as ActivationName } from "../../../analysis/study/trainer-contract.ts";
import type { Address } from "../engine/kernels.ts";
import { activationFactors, activationKind, createActivation } from "./activation.ts";
import { createLinear } from "./linear.ts";
import type { ModelContext } from "./model-context.ts";
import type { Branch, BranchSettings } from "./residual-block.ts";

export interface FeedForwardShape {
  readonly rows: number;
  readonly feedForwardWidth: number;
  /** Left out: relu. */
  readonly activation?: ActivationName | undefined;
  /** Whether each matrix has a bias. */
  readonly biases?: boolean | undefined;
  /** Whether the activation is of a gate's product, and multiplies up's. */
  readonly gatedFeedForward?: boolean | undefined;
}

/** The middle of a feed-forward branch: from its input to what `down` reads. */
interface Hidden {
  readonly y: Address;
  forward(): void;
  /** From the gradient to y, whose room is lost, that to the branch's input. */
  backward(gradient: Address, inputGradient: Address): void;
}

/** Feed-forward branch: down(a * act(up(x))), or gated down(a * act(gate(x)) * up(x)), with a = activationMultiplier. */
export function createFeedForwardBranch(
  context: ModelContext,
  shape: FeedForwardShape,
  name: string,
  { input, factor, accumulate }: BranchSettings,
): Branch {
  const { rows, feedForwardWidth, biases: biased, gatedFeedForward } = shape;
  const { observer } = context;
  const size = rows * feedForwardWidth;
  const hidden = (gatedFeedForward === true ? createGatedHidden : createHidden)(context, shape, name, input);
  const down = createLinear(context, `${name}.down`, { rows, biased, factor });
  const gradientRoom = context.engine.allocate(size);
  return {
    forward(to) {
      hidden.forward();
      if (observer?.active === true) observer.value(`${name}.hidden`, hidden.y, size);
      down.forward(hidden.y, to, accumulate);
    },
    backward(gradient, inputGradient) {
      down.backward(gradient, hidden.y, gradientRoom, 0);
      if (observer?.active === true) observer.gradient(`${name}.hidden`, gradientRoom, size, 1);
      hidden.backward(gradientRoom, inputGradient);
    },
  };
}

function createHidden(context: ModelContext, shape: FeedForwardShape, name: string, input: Address): Hidden {
  const { rows, feedForwardWidth, biases: biased } = shape;
  const up = createLinear(context, `${name}.up`, { rows, biased });
  const activation = createActivation(context, shape.activation, rows * feedForwardWidth);
  return {
    y: activation.output,
    forward() {
      up.forward(input, activation.input, 0);
      activation.forward();
    },
    backward(gradient, inputGradient) {
      activation.backward(gradient);
      up.backward(gradient, input, inputGradient, 0);
    },
  };
}

function createGatedHidden(context: ModelContext, shape: FeedForwardShape, name: string, input: Address): Hidden {
  const { rows, feedForwardWidth, biases: biased } = shape;
  const { kernels, allocate } = context.engine;
  const size = rows * feedForwardWidth;
  const gate = createLinear(context, `${name}.gate`, { rows, biased });
  const up = createLinear(context, `${name}.up`, { rows, biased });
  const [gateY, upY, y, gateGradient, upGradient] = [allocate(size), allocate(size), allocate(size), allocate(size), allocate(size)];
  const kind = activationKind(shape.activation);
  const factors = activationFactors(context);
  return {
    y,
    forward() {
      gate.forward(input, gateY, 0);
      up.forward(input, upY, 0);
      kernels.gatedForward(kind, gateY, upY, y, size, factors.input, factors.forward);
    },
    backward(gradient, inputGradient) {
      kernels.gatedBackward(kind, gradient, gateY, upY, gateGradient, upGradient, size, factors.input, factors.backward);
      gate.backward(gateGradient, input, inputGradient, 0);
      up.backward(upGradient, input, inputGradient, 1);
    },
  };
}
