import { ApplicationFailure } from "@temporalio/workflow";
import type { BudgetRequest } from "./sweep-messages.ts";

/** Validators of updates: what they throw is the whole answer, and leaves no trace in the history. */

export function assertReason(request: { readonly reason?: unknown } | undefined): void {
  if (typeof request?.reason !== "string" || request.reason.trim() === "") refuse("a reason is needed: it is shown wherever the state is");
  if (request.reason.length > 1000) refuse("the reason is longer than 1000 characters");
}

export function assertConcurrency(concurrency: unknown): void {
  if (typeof concurrency !== "number" || !Number.isInteger(concurrency) || concurrency < 1 || concurrency > 1000)
    refuse(`the number of runs at a time must be a whole number from 1 to 1000, not ${String(concurrency)}`);
}

export function assertBudget(budget: BudgetRequest | undefined): void {
  if (typeof budget !== "object") refuse("the budget must be an object with `runs` and `trainingFlops`");
  const { runs, trainingFlops, ...others } = budget;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) refuse(`a budget has no ${JSON.stringify(unknown)}; it has \`runs\` and \`trainingFlops\``);
  if (runs !== undefined && !(Number.isInteger(runs) && runs > 0))
    refuse(`budget.runs must be a whole number above 0, not ${String(runs)}`);
  if (trainingFlops !== undefined && !(trainingFlops > 0 && trainingFlops < Infinity))
    refuse(`budget.trainingFlops must be a number above 0, not ${String(trainingFlops)}`);
}

/** @throws ApplicationFailure `rejected`, the answer to the sender */
export function refuse(message: string): never {
  throw ApplicationFailure.nonRetryable(message, "rejected");
}
