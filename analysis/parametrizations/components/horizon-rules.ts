import { tensorRoles } from "../../study/word-lists.ts";
import type { Evidence, RuleAxis, RuleComponent } from "../contract.ts";
import type { OptimizerFamily } from "../optimizers/contract.ts";

/** Every learning rate x (horizon / base horizon)^exponent; both in tokens. */
export function horizonComponent(choice: {
  readonly id: string;
  readonly exponent: number;
  readonly axes: readonly RuleAxis[];
  readonly families: readonly OptimizerFamily[];
  readonly source: string;
  readonly evidence: readonly Evidence[];
}): RuleComponent {
  const { id, exponent, axes, families, source, evidence } = choice;
  return {
    id,
    axes,
    measure: "growth",
    tensorRules: [{ quantity: "learningRate", roles: tensorRoles, families, exponents: { tokenHorizon: exponent }, source, evidence }],
    operationRules: [],
    optimizerRules: [],
  };
}
