import { LadderError } from "../study/ladder-error.ts";
import { adaptive } from "./adaptive.ts";
import type { SearchStrategy } from "./contract.ts";
import { grid } from "./grid.ts";
import { independent } from "./independent.ts";
import { list } from "./list.ts";
import { proxyThenMiddle } from "./proxy-then-middle.ts";
import { carbs } from "./searchers/carbs.ts";
import { random } from "./searchers/random.ts";
import { sobol } from "./searchers/sobol.ts";
import { rangeTest } from "./range-test.ts";
import { untuned } from "./untuned.ts";

/** Every search strategy. To add one: one file and one line here; the contract suite then runs over it. */
export const searchStrategies: readonly SearchStrategy[] = [
  grid,
  independent,
  list,
  proxyThenMiddle,
  rangeTest,
  untuned,
  ...[carbs, random, sobol].map(adaptive),
];

/** The strategy of a name; undefined when there is none. */
export function findStrategy(id: string): SearchStrategy | undefined {
  return searchStrategies.find((strategy) => strategy.id === id);
}

/** @throws LadderError `input` STRATEGY_UNKNOWN, which lists the known ones */
export function findSearchStrategy(id: string): SearchStrategy {
  const found = findStrategy(id);
  if (found !== undefined) return found;
  const known = searchStrategies.map((strategy) => strategy.id);
  throw new LadderError("input", "STRATEGY_UNKNOWN", `there is no search strategy "${id}"; known: ${known.join(", ")}`, {
    fields: { id, known },
  });
}
