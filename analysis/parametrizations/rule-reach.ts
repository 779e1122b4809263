import { LadderError } from "../study/ladder-error.ts";
import type { TensorShape } from "./architectures/contract.ts";
import type { Parametrization } from "./contract.ts";

/**
 * Refuses a component that speaks of single modules only, none of which the model has: it would do nothing, in silence.
 *
 * @throws LadderError `input` MODULES_ABSENT
 */
export function assertModulesReached(parametrization: Pick<Parametrization, "components">, tensors: readonly TensorShape[]): void {
  if (tensors.length === 0) return;
  for (const { id, operationRules, optimizerRules, tensorRules } of parametrization.components) {
    const modules = tensorRules.map(({ where }) => where?.modules);
    if (operationRules.length + optimizerRules.length > 0 || tensorRules.length === 0 || modules.includes(undefined)) continue;
    const wanted = modules.flatMap((names) => names ?? []);
    if (tensors.some(({ module }) => module !== undefined && wanted.includes(module))) continue;
    throw new LadderError("input", "MODULES_ABSENT", `${id} is about ${wanted.join(", ")}, and the model has no such module`, {
      fields: { component: id, modules: wanted },
      hint: `leave ${id} out, or name the modules of the model's tensors`,
    });
  }
}
