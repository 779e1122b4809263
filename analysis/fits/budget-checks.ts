import { exp } from "../numerics/elementary.ts";
import type { Law } from "../laws/contract.ts";
import { LadderError } from "../study/ladder-error.ts";
import { budgetLevels } from "./calibration/budget-levels.ts";

/**
 * Refuses rows of one budget for a law that splits compute: along one IsoFLOP curve tokens are a function of size, so the two terms cannot
 * be told apart, nor the loss at any other budget.
 *
 * @param logBudgets ln of each row's budget
 * @throws LadderError `input` ONE_BUDGET
 */
export function assertBudgets(law: Law, logBudgets: Float64Array): void {
  if (law.allocation === undefined || logBudgets.length === 0) return;
  const [first, second] = budgetLevels(logBudgets);
  if (first === undefined || second !== undefined) return;
  const budget = exp(first.logBudget).toExponential(2);
  throw new LadderError("input", "ONE_BUDGET", `all ${first.rows.length} rows have one budget, ${budget} FLOPs`, {
    fields: { law: law.id, budget: Number(budget), rows: first.rows.length },
    hint: `${law.id} needs runs of at least two budgets, and three to be checked on a larger one; one curve alone gives its lowest point: ladder plot --figure isoflop`,
  });
}
