import type { SearchProblem } from "../contract.ts";
import { meanLoss, outcomeOf, type Place, type PlaceOutcome, type Readings } from "../places.ts";
import type { WantedPlace } from "../staged.ts";
import type { Lane, LineAxis } from "./settings.ts";

export interface LinePoint {
  readonly value: number;
  readonly place: Place;
  readonly outcome: PlaceOutcome;
}

/** One hyperparameter alone, the others where they stood. */
export interface Line {
  readonly name: string;
  readonly points: readonly LinePoint[];
  readonly isSettled: boolean;
  /** The lowest mean loss; of equal ones the default. Null where no point was measured, or some are awaited. */
  readonly best: LinePoint | null;
  /** The best is the smallest or largest of several values: the optimum may lie outside. */
  readonly isAtEnd: boolean;
}

/** The grid of two hyperparameters around the combination, the others at it. */
export interface PairGrid {
  readonly names: readonly [string, string];
  readonly values: readonly [readonly number[], readonly number[]];
  /** A row a value of the first, a column a value of the second. */
  readonly cells: readonly (readonly { readonly place: Place; readonly outcome: PlaceOutcome }[])[];
}

/** How far a lane has come. What is not reached yet is null. */
export interface LaneSearch {
  readonly lane: Lane;
  readonly first: Line;
  readonly others: readonly Line[] | null;
  readonly combination: { readonly place: Place; readonly outcome: PlaceOutcome } | null;
  readonly pairs: readonly PairGrid[] | null;
}

/** Rebuilds the search of a lane from what is known: stages follow from results alone. */
export function searchLane(
  problem: Pick<SearchProblem, "fixed" | "seedCount">,
  lane: Lane,
  interactionPoints: number,
  readings: Readings,
): LaneSearch {
  const visit = (values: Readonly<Record<string, number>>): { readonly place: Place; readonly outcome: PlaceOutcome } => {
    const { parametrization, scale } = lane;
    const place = { parametrization, scale, hyperparameters: { ...problem.fixed, ...values } };
    return { place, outcome: outcomeOf(readings(place), problem.seedCount ?? 1) };
  };
  const line = ({ name, values, defaultValue }: LineAxis, rest: Readonly<Record<string, number>>): Line => {
    const points = values.map((value) => ({ value, ...visit({ ...rest, [name]: value }) }));
    const isSettled = points.every(({ outcome }) => outcome.state !== "waiting");
    const best = isSettled ? lowest(points, defaultValue) : null;
    const isAtEnd = best !== null && points.length > 1 && (best === points[0] || best === points.at(-1));
    return { name, points, isSettled, best, isAtEnd };
  };
  const defaults = Object.fromEntries(lane.others.map(({ name, defaultValue }) => [name, defaultValue ?? 1]));
  const first = line(lane.first, defaults);
  if (first.best === null) return { lane, first, others: null, combination: null, pairs: null };
  const start = { ...defaults, [first.name]: first.best.value };
  const others = lane.others.map((axis) => line(axis, start));
  if (!others.every(({ isSettled }) => isSettled)) return { lane, first, others, combination: null, pairs: null };
  const bests = { ...start, ...Object.fromEntries(others.flatMap(({ name, best }) => (best === null ? [] : [[name, best.value]]))) };
  const combination = visit(bests);
  if (combination.outcome.state === "waiting" || interactionPoints === 0) return { lane, first, others, combination, pairs: null };
  const windows = [lane.first, ...lane.others].map(({ name, values }) => ({
    name,
    values: around(values, values.indexOf(bests[name] ?? Number.NaN), interactionPoints),
  }));
  const pairs = windows.flatMap((left, index) =>
    windows.slice(index + 1).map(
      (right): PairGrid => ({
        names: [left.name, right.name],
        values: [left.values, right.values],
        cells: left.values.map((a) => right.values.map((b) => visit({ ...bests, [left.name]: a, [right.name]: b }))),
      }),
    ),
  );
  return { lane, first, others, combination, pairs };
}

/** What the lane asks for, as far as it can be told; a place that serves twice stands there twice. */
export function wantedPlaces({ lane, first, others, combination, pairs }: LaneSearch): readonly WantedPlace[] {
  const along = (line: Line, where: string): readonly WantedPlace[] =>
    line.points.map(({ place, value }, index) => ({
      place,
      words: `line of ${line.name}${where}: ${value}, ${index + 1} of ${line.points.length}`,
    }));
  const best = first.best === null ? "" : `${first.name} ${first.best.value}`;
  const names = [first, ...(others ?? [])].map(({ name }) => name);
  return [
    ...along(first, lane.others.length === 0 ? "" : ", the others at their defaults"),
    ...(others ?? []).flatMap((line) => along(line, ` at ${best}`)),
    ...(combination === null
      ? []
      : [{ place: combination.place, words: `the best of every line together: ${valuesText(combination.place, names)}` }]),
    ...(pairs ?? []).flatMap(({ names: pair, cells }) =>
      cells.flatMap((row) =>
        row.map(({ place }) => ({
          place,
          words: `interaction of ${pair.join(" and ")}: ${valuesText(place, pair)}, the others at their best`,
        })),
      ),
    ),
  ];
}

function valuesText({ hyperparameters }: Place, names: readonly string[]): string {
  return names.map((name) => `${name} ${hyperparameters[name] ?? "unknown"}`).join(", ");
}

/** Of equal ones the default, so that what has no effect stays where it is; else the smaller value. */
function lowest(points: readonly LinePoint[], defaultValue: number | null): LinePoint | null {
  const lossOf = (point: LinePoint | null): number => (point === null ? null : meanLoss(point.outcome)) ?? Infinity;
  return points.reduce<LinePoint | null>((winner, point) => {
    const [loss, least] = [lossOf(point), lossOf(winner)];
    return loss < least || (loss === least && loss < Infinity && point.value === defaultValue) ? point : winner;
  }, null);
}

/** `count` neighbours with the one at `index` in their middle, or as near to it as the ends allow. */
function around(values: readonly number[], index: number, count: number): readonly number[] {
  const from = Math.max(0, Math.min(index - Math.floor((count - 1) / 2), values.length - count));
  return values.slice(from, from + count);
}
