import { exp, log } from "../../numerics/elementary.ts";
import type { ComputeBudget, OptimumOf } from "./budgets.ts";

/** The best size, or the best number of tokens, at one budget. Plain JSON. */
export interface FittedBudget {
  readonly status: "fitted";
  readonly compute: number;
  readonly points: number;
  /** Parameters or tokens. */
  readonly optimum: number;
  /** Of ln optimum; null where the fit leaves no degree of freedom. */
  readonly logStandardError: number | null;
  /** Of the curve at its minimum, nats per token. */
  readonly loss: number;
}

/** A budget that has no optimum to speak of, and why. Plain JSON. */
export interface RefusedBudget {
  readonly status: "edge" | "no-minimum" | "too-few-points";
  readonly compute: number;
  readonly points: number;
  readonly words: string;
}

/** An optimum read off one budget, and ln optimum of every redraw of its losses (null where a redraw has no interior minimum). */
export interface BudgetReading {
  readonly budget: FittedBudget | RefusedBudget;
  readonly draws: readonly (number | null)[];
}

/** How one budget's curve is read. `draws` redraws of the losses carry their noise into the optimum. */
export type ReadBudget = (budget: ComputeBudget, optimumOf: OptimumOf) => BudgetReading;

export const nounOf: Readonly<Record<OptimumOf, string>> = { N: "parameters", D: "tokens" };

/** A refusal in words that name the budget, and what would mend it. */
export function refusedBudget(budget: ComputeBudget, status: RefusedBudget["status"], why: string): BudgetReading {
  const { compute, points } = budget;
  return { budget: { status, compute, points: points.length, words: `C = ${short(compute)}: ${why}` }, draws: [] };
}

/** The lowest loss is that of the smallest or largest run: nothing brackets the optimum. */
export function edgeBudget(budget: ComputeBudget, optimumOf: OptimumOf, side: "low" | "high", widenTo: number | null): BudgetReading {
  const end = side === "low" ? budget.points[0] : budget.points.at(-1);
  const first = budget.points[0]?.coordinate ?? 0;
  // Without a curve to extrapolate, as much again as half of the range.
  const half = ((budget.points.at(-1)?.coordinate ?? first) - first) / 2;
  const reach = widenTo ?? (end?.coordinate ?? 0) + (side === "low" ? -half : half);
  const [extreme, more] = side === "low" ? ["fewest", "fewer"] : ["most", "more"];
  const why = `the lowest loss is at the ${extreme} ${nounOf[optimumOf]}, ${short(exp(end?.coordinate ?? 0))}: train with ${more}, to ${short(exp(reach))}`;
  return refusedBudget(budget, "edge", why);
}

/** Four significant digits; a million and more as 1.25e+16. */
export function short(value: number): string {
  return value < 1e6 ? String(Number(value.toPrecision(4))) : value.toExponential(3).replace(/\.?0+e/, "e");
}

/** ln of the optimum of a fitted budget. */
export function logOptimum(budget: FittedBudget): number {
  return log(budget.optimum);
}
