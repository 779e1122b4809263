import { sqrt } from "../../numerics/elementary.ts";
import { randomStream } from "../../numerics/random-stream.ts";
import { prepareSpace } from "../space/prepare-space.ts";
import type { PreparedSpace } from "../space/prepared-space.ts";
import type { SearchSpace, SearchValues } from "../space/search-space.ts";
import { assertSearchable, type RecordedDesign, recordedDesigns, type RecordedRun } from "./recorded-run.ts";
import { recordedSpace } from "./recorded-space.ts";

/** Nearer than this, values are those of a recorded run. */
const onGrid = 1e-9;

/** How a recorded table answers values that nobody ran. */
export const answerModes = ["nearest", "surface"] as const;
export type AnswerMode = (typeof answerModes)[number];

/** What a table says of values, before any luck. */
export interface RecordedPlace {
  /** Index of the nearest design. */
  readonly design: number;
  /** How far off it is: the Euclidean distance in the space's coordinates, in which each parameter's range is 1 long. 0 on the grid. */
  readonly distance: number;
  /** Noiseless; null where runs diverge. */
  readonly loss: number | null;
  readonly cost: number;
  /** Places of one key share their draws. */
  readonly key: string;
}

/** A table of runs as a problem to search. */
export interface RecordedProblem {
  readonly mode: AnswerMode;
  readonly space: SearchSpace;
  readonly designs: readonly RecordedDesign[];
  /** What values cost, where that is known before they are run, as 6 N D is; null where it is only measured. */
  readonly knownCost: ((values: SearchValues) => number) | null;
  locate(values: SearchValues): RecordedPlace;
  /**
   * The loss that a run tells, by luck of its own stream: the same for every strategy of one seed.
   *
   * @param visit how often this key was asked before
   * @returns null: it diverged
   */
  draw(place: RecordedPlace, seed: number, visit: number): number | null;
}

/** What a recorded problem is made of. */
export interface RecordedTable {
  /** Columns that are searched. */
  readonly names: readonly string[];
  readonly runs: readonly RecordedRun[];
  /** Whether a run's cost is known before it is run. */
  readonly isCostKnown: boolean;
}

/** A table whose nearest design answers. */
export interface NearestTable {
  readonly space: SearchSpace;
  readonly prepared: PreparedSpace;
  readonly designs: readonly RecordedDesign[];
  /** Coordinates of the designs, one after another. */
  readonly places: Float64Array;
  readonly nearest: (values: SearchValues) => { readonly index: number; readonly distance: number };
}

/**
 * Prepares a table: its space, its designs and where they lie.
 *
 * @throws LadderError `input` NOTHING_TO_SEARCH, RECORDED_RUNS_TOO_FEW, RECORDED_COST_INVALID
 */
export function nearestTable({ names, runs }: RecordedTable): NearestTable {
  const designs = recordedDesigns(runs);
  assertSearchable(designs);
  const space = recordedSpace(names, runs);
  const prepared = prepareSpace(space);
  const dimensions = prepared.features.length;
  const places = new Float64Array(designs.length * dimensions);
  for (const [index, { values }] of designs.entries()) places.set(prepared.encode(values), index * dimensions);
  return {
    space,
    prepared,
    designs,
    places,
    nearest(values) {
      const here = prepared.encode(values);
      let best = 0;
      let bestSquare = Infinity;
      for (let index = 0; index < designs.length; index += 1) {
        let square = 0;
        for (let axis = 0; axis < dimensions && square < bestSquare; axis += 1) {
          const difference = (here[axis] ?? 0) - (places[index * dimensions + axis] ?? 0);
          square += difference * difference;
        }
        // Of equally near ones the first in the table.
        if (square < bestSquare) {
          best = index;
          bestSquare = square;
        }
      }
      const distance = sqrt(bestSquare);
      return { index: best, distance: distance < onGrid ? 0 : distance };
    },
  };
}

/**
 * The problem in which the nearest recorded run answers, whatever was asked. Its repetitions are drawn without being put back, and anew
 * once all have been.
 *
 * @throws LadderError as `nearestTable`
 */
export function nearestProblem(table: RecordedTable): RecordedProblem {
  const { space, designs, nearest } = nearestTable(table);
  const locate = (values: SearchValues): RecordedPlace => {
    const { index, distance } = nearest(values);
    const { meanLoss = null, cost = 1 } = designs[index] ?? {};
    return { design: index, distance, loss: meanLoss, cost, key: String(index) };
  };
  return {
    mode: "nearest",
    space,
    designs,
    knownCost: table.isCostKnown ? (values) => locate(values).cost : null,
    locate,
    draw({ design }, seed, visit) {
      const losses = designs[design]?.losses ?? [];
      const [only = null] = losses;
      if (losses.length < 2) return only;
      const round = Math.floor(visit / losses.length);
      const random = randomStream(seed, "recorded", "replicate", design, round);
      const order = losses.map((_, index) => index);
      // Fisher and Yates, as far as this visit needs it.
      const place = visit % losses.length;
      for (let index = 0; index <= place; index += 1) {
        const other = index + random.integer(order.length - index);
        const [left = 0, right = 0] = [order[index], order[other]];
        order[index] = right;
        order[other] = left;
      }
      return losses[order[place] ?? 0] ?? null;
    },
  };
}
