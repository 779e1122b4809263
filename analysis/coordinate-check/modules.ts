import type { TensorRole } from "../study/trainer-contract.ts";
import type { CoordinateModule } from "./coordinate-check.ts";

/** What is known of a tensor before it is trained. */
export interface ModuleTensor {
  readonly name: string;
  readonly role: TensorRole;
  readonly insideBlock?: boolean;
  /** What it is in the model, for example `embedding`; a trainer may write a module under that name. */
  readonly module?: string;
}

/**
 * What the names in a trainer's `coordinates` events stand for: the product of each matrix under the tensor's name, what
 * several tables make together under the name of their module, and `logits`. Biases and gains are no modules. Any other name
 * is the trainer's own; `checkCoordinates` takes it for a hidden module outside of all blocks, such as a residual stream.
 *
 * @param tensors of every scale that is compared: deeper models have more
 */
export function coordinateModules(tensors: readonly ModuleTensor[]): readonly CoordinateModule[] {
  const modules = new Map<string, CoordinateModule>([["logits", { name: "logits", kind: "output", insideBlock: false }]]);
  for (const { name, role, insideBlock = false, module } of tensors) {
    if (role !== "input" && role !== "hidden" && role !== "output") continue;
    modules.set(name, { name, kind: role, insideBlock });
    if (module !== undefined && !modules.has(module)) modules.set(module, { name: module, kind: role, insideBlock });
  }
  return [...modules.values()];
}
