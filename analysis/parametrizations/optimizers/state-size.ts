import type { Optimizer, TensorRole } from "../../study/trainer-contract.ts";

/** What an optimizer remembers of a tensor, in numbers, beside the weights and their gradient. */
export interface OptimizerState {
  /** Running means of gradients: momentum, Adam's first moment. */
  readonly firstMoment: number;
  /** Running squares or products of gradients and activations: Adam's second moment, Adafactor's row and column means, factors. */
  readonly secondMoment: number;
}

/**
 * Numbers that an optimizer keeps for one tensor. A matrix [n, m]: Adam n m + n m; Lion n m + 0; Adafactor 0 + (n + m) where it
 * factors (both dimensions at least `minimumDimensionFactored`, as in optax), else n m; Muon n m + 0; Shampoo its momentum and
 * n^2 + m^2 (a side with exponent 0 keeps none); K-FAC the same; FOOF m^2. Kernels of convolutions count as [n, m x kernel].
 *
 * @param tensor shape [fanOut, fanIn, ...kernel] or [length]
 */
export function optimizerStateOf(
  optimizer: Optimizer,
  tensor: { readonly role: TensorRole; readonly shape: readonly number[] },
): OptimizerState {
  const [rows = 1, ...rest] = tensor.shape;
  const columns = rest.reduce((product, size) => product * size, 1);
  const entries = rows * columns;
  const momentum = "momentum" in optimizer && optimizer.momentum > 0 ? entries : 0;
  if ("fallback" in optimizer && optimizer.fallback?.roles.includes(tensor.role) === true)
    return { firstMoment: entries, secondMoment: optimizer.fallback.name === "lion" ? 0 : entries };
  switch (optimizer.name) {
    case "sgd":
      return { firstMoment: momentum, secondMoment: 0 };
    case "adam":
    case "adamw":
      return { firstMoment: entries, secondMoment: entries };
    case "lion":
    case "muon":
      return { firstMoment: entries, secondMoment: 0 };
    case "adafactor": {
      const factored = tensor.shape.length >= 2 && Math.min(rows, columns) >= optimizer.minimumDimensionFactored;
      return { firstMoment: 0, secondMoment: factored ? rows + columns : entries };
    }
    case "shampoo":
      return {
        firstMoment: momentum,
        secondMoment: (optimizer.exponentLeft > 0 ? rows * rows : 0) + (optimizer.exponentRight > 0 ? columns * columns : 0),
      };
    case "kfac":
      return { firstMoment: momentum, secondMoment: rows * rows + columns * columns };
    case "foof":
      return { firstMoment: momentum, secondMoment: columns * columns };
  }
}

/** The sum over tensors. */
export function optimizerState(
  optimizer: Optimizer,
  tensors: readonly { readonly role: TensorRole; readonly shape: readonly number[] }[],
): OptimizerState {
  return tensors
    .map((tensor) => optimizerStateOf(optimizer, tensor))
    .reduce(
      (total, state) => ({ firstMoment: total.firstMoment + state.firstMoment, secondMoment: total.secondMoment + state.secondMoment }),
      {
        firstMoment: 0,
        secondMoment: 0,
      },
    );
}
