import { assertInvariant, LadderError, type Problem } from "../../../../analysis/study/ladder-error.ts";
import type { Optimizer } from "../../../../analysis/study/trainer-contract.ts";
import type { Parameter } from "../parameters.ts";
import type { LinearProduct } from "./linear-product.ts";
import type { Sides } from "./matrix-functions.ts";

/** The sides of a matrix. The optimizer's demands have been checked, so anything else is a defect. */
export function sidesOf({ row }: Parameter): Sides {
  const [rows, columns] = row.shape;
  assertInvariant(rows !== undefined && columns !== undefined && row.shape.length === 2, "this optimizer updates matrices", {
    name: row.name,
  });
  return { rows, columns };
}

/**
 * What an optimizer of matrices asks of each tensor that is not left to its fallback: to be a matrix; under K-FAC and FOOF also to
 * have damping and a product whose inputs and output gradients the model keeps.
 *
 * @param parameters the tensors that the optimizer itself updates
 * @throws LadderError `input` OPTIMIZER_UNSUPPORTED with every tensor that does not fit and the fix
 */
export function checkMatrixTensors(optimizer: Optimizer, parameters: readonly Parameter[], products: readonly LinearProduct[]): void {
  const { name } = optimizer;
  if (name !== "muon" && name !== "shampoo" && name !== "kfac" && name !== "foof") return;
  const problems: Problem[] = [];
  for (const { row } of parameters) {
    const path = `tensors["${row.name}"]`;
    const toFallback = `add role "${row.role}" to optimizer.fallback.roles, with an element-wise optimizer`;
    if (row.shape.length !== 2) {
      problems.push({ path, message: `${name} updates matrices only`, value: `shape ${JSON.stringify(row.shape)}`, fix: toFallback });
      continue;
    }
    if (name !== "kfac" && name !== "foof") continue;
    const sides = name === "kfac" ? "damping.fanIn and damping.fanOut" : "damping.fanIn";
    const damped = row.damping !== undefined && row.damping.fanIn > 0 && (name === "foof" || row.damping.fanOut > 0);
    if (!damped)
      problems.push({
        path: `${path}.damping`,
        message: `${name} inverts matrices that a small batch leaves singular`,
        value: row.damping === undefined ? "no damping" : JSON.stringify(row.damping),
        fix: `give ${sides}, above 0`,
      });
    if (!products.some((product) => product.name === row.name))
      problems.push({
        path,
        message: `${name} needs inputs and output gradients of this tensor, which this model does not keep`,
        value: `role "${row.role}"`,
        fix: `${toFallback}, or choose a multi-layer perceptron or another optimizer`,
      });
  }
  if (problems.length > 0)
    throw new LadderError("input", "OPTIMIZER_UNSUPPORTED", `the optimizer ${name} cannot update every tensor of this run`, { problems });
}
