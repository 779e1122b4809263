import { mean } from "../../numerics/mean.ts";
import { LadderError } from "../../study/ladder-error.ts";
import type { SearchValues } from "../space/search-space.ts";

/** One run of a recorded table. Plain JSON. */
export interface RecordedRun {
  /** A value for each column that is searched. */
  readonly values: SearchValues;
  /** Null of a run that diverged. */
  readonly loss: number | null;
  /** Above 0, in one unit for all runs: FLOPs as a rule. */
  readonly cost: number;
}

/** Runs of the same values: what one question to the table is answered by. */
export interface RecordedDesign {
  readonly values: SearchValues;
  /** Of its runs, in the order of the table; null of those that diverged. At least one. */
  readonly losses: readonly (number | null)[];
  /** Mean of the runs that did not diverge: what a search is scored by, so that a lucky draw earns nothing. Null where all diverged. */
  readonly meanLoss: number | null;
  /** Mean over its runs. */
  readonly cost: number;
}

/** Groups runs by their values, in the order of the table. */
export function recordedDesigns(runs: readonly RecordedRun[]): readonly RecordedDesign[] {
  const groups = new Map<string, RecordedRun[]>();
  for (const run of runs) {
    const key = JSON.stringify(run.values);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [run]);
    else group.push(run);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const finite = group.flatMap(({ loss }) => (loss === null ? [] : [loss]));
    return [
      {
        values: first.values,
        losses: group.map(({ loss }) => loss),
        meanLoss: finite.length === 0 ? null : mean(finite),
        cost: mean(group.map(({ cost }) => cost)),
      },
    ];
  });
}

/**
 * Refuses what is no table of runs to search.
 *
 * @throws LadderError `input` RECORDED_RUNS_TOO_FEW below three designs, or without two of different loss; RECORDED_COST_INVALID
 */
export function assertSearchable(designs: readonly RecordedDesign[]): void {
  const wrong = designs.find(({ cost }) => !(cost > 0 && Number.isFinite(cost)));
  if (wrong !== undefined)
    throw new LadderError("input", "RECORDED_COST_INVALID", `the recorded run at ${JSON.stringify(wrong.values)} costs ${wrong.cost}`, {
      fields: { values: wrong.values, cost: wrong.cost },
      hint: "costs are above 0: map C, or N and D, or leave such rows out with --where",
    });
  const losses = new Set(designs.flatMap(({ meanLoss }) => (meanLoss === null ? [] : [meanLoss])));
  if (designs.length >= 3 && losses.size >= 2) return;
  throw new LadderError(
    "input",
    "RECORDED_RUNS_TOO_FEW",
    `${designs.length} recorded ${designs.length === 1 ? "design" : "designs"} with ${losses.size} different ${losses.size === 1 ? "loss" : "losses"} are nothing to search`,
    {
      fields: { designs: designs.length, losses: losses.size },
      hint: "a search needs at least 3 designs and 2 losses: search more columns, or choose fewer rows away with --where",
    },
  );
}
