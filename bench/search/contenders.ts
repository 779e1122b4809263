import type { Searcher } from "../../analysis/search/searchers/contract.ts";
import { findSearcher, searchers } from "../../analysis/search/searchers/index.ts";
import type { BenchProblem } from "./problem.ts";

/** A searcher as it is benched. */
export interface Contender {
  readonly name: string;
  readonly searcher: Searcher;
  /** Whether it is told what a trial costs before it is run; otherwise it learns it. */
  readonly isCostKnown: boolean;
  settingsFor(problem: BenchProblem): unknown;
}

/** Searchers that have no model of cost and are told it, as the reference bench tells random search and Optuna. */
const toldCosts = new Set(["enumerate", "one-epoch", "random", "sobol"]);

/**
 * A contender by name: the id of a searcher, or one with `+cost` at its end that is told what trials cost.
 *
 * @param changed settings other than the defaults, for development alone
 */
export function contenderOf(name: string, changed: Readonly<Record<string, unknown>>): Contender {
  const [id = ""] = name.split("+");
  return {
    name,
    searcher: findSearcher(id),
    isCostKnown: name.endsWith("+cost") || toldCosts.has(id),
    settingsFor: ({ settings }) => ({ ...settings[id], ...(toldCosts.has(id) ? {} : changed) }),
  };
}

/** All of them: every searcher, and those that learn the cost once more with the cost told. */
export function contenderNames(): readonly string[] {
  return searchers.flatMap(({ id }) => (toldCosts.has(id) ? [id] : [id, `${id}+cost`]));
}
