import { LadderError } from "../../study/ladder-error.ts";
import { carbs } from "./carbs.ts";
import type { Searcher } from "./contract.ts";
import { ehvi } from "./ehvi.ts";
import { enumerate } from "./enumerate.ts";
import { oneEpoch } from "./one-epoch.ts";
import { random } from "./random.ts";
import { sobol } from "./sobol.ts";

/** Every searcher. To add one: one file and one line here; the contract suite and the bench then run over it. */
export const searchers: readonly Searcher[] = [carbs, ehvi, enumerate, oneEpoch, random, sobol];

/** @throws LadderError `input` SEARCHER_UNKNOWN, which lists the known ones */
export function findSearcher(id: string): Searcher {
  const found = searchers.find((searcher) => searcher.id === id);
  if (found !== undefined) return found;
  const known = searchers.map((searcher) => searcher.id);
  throw new LadderError("input", "SEARCHER_UNKNOWN", `there is no searcher "${id}"; known: ${known.join(", ")}`, { fields: { id, known } });
}
