import { sqrt } from "../../numerics/elementary.ts";
import { type Interval, studentTInterval } from "../../numerics/interval.ts";
import { quantileOfSorted } from "../../numerics/quantile.ts";
import { parametrizationName } from "../../parametrizations/index.ts";
import { describeScale } from "../../study/scale.ts";
import type { TrialRunResult } from "../../study/trial.ts";
import type { RunState } from "../../study/states.ts";
import type { StudySpec } from "../../study/study-spec.ts";
import type { SearchProblem } from "../contract.ts";
import { meanLoss, type Place, placeKey, type PlaceOutcome, type Reading, type Readings } from "../places.ts";
import type { TrialStatus } from "../searchers/contract.ts";
import { writtenScale } from "../variants.ts";
import { type LaneSearch, type Line, searchLane } from "./lane-search.ts";
import { type SeedScatter, seedScatter } from "./seed-scatter.ts";
import { independentSettings, lanesOf } from "./settings.ts";
import { type TransferErrors, transferErrors } from "./transfer-error.ts";

/** All that an independent search has found so far. Plain JSON. */
export interface IndependentSearch {
  readonly level: number;
  readonly seedCount: number;
  readonly lanes: readonly LaneFindings[];
  /** Mean transfer errors of two parametrizations at one scale. */
  readonly comparisons: readonly ErrorComparison[];
}

export interface LaneFindings {
  readonly parametrization: string;
  /** The parametrization, with the scale where the study has several. */
  readonly name: string;
  readonly lines: readonly LineFindings[];
  /** Values of every line's best; null until all lines have settled. */
  readonly combination: CombinationCheck | null;
  /** Null until the pairs' grids have settled, or where they are not asked for. */
  readonly interactions: Omit<TransferErrors, "draws"> | null;
  readonly scatter: SeedScatter | null;
}

export interface LineFindings {
  readonly name: string;
  readonly points: readonly { readonly value: number; readonly state: PlaceOutcome["state"]; readonly meanLoss: number | null }[];
  readonly best: number | null;
  readonly bestLoss: number | null;
  readonly isAtEnd: boolean;
}

export interface CombinationCheck {
  readonly hyperparameters: Readonly<Record<string, number>>;
  readonly state: PlaceOutcome["state"];
  readonly meanLoss: number | null;
  /** The lowest loss of any single line, with the place's own words. */
  readonly bestSingle: { readonly words: string; readonly meanLoss: number } | null;
  /** Loss of the combination less that of the best single, nats per token; null interval: one seed, or they are the same place. */
  readonly difference: { readonly mean: number; readonly interval: Interval | null } | null;
  readonly verdict: "better" | "not-worse" | "worse" | "same" | "diverged" | "open";
}

export interface ErrorComparison {
  readonly lower: string;
  readonly higher: string;
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** False where the interval holds 0: then no order is told. */
  readonly isOrdered: boolean;
}

const level = 0.95;

/** Reads the search back from the results of a study: the same results in any order give the same findings. */
export function measureIndependentSearch(
  problem: SearchProblem,
  { variants, seeds }: Pick<StudySpec, "variants" | "seeds">,
  results: readonly TrialRunResult[],
): IndependentSearch {
  const seedCount = seeds.length;
  const { interactionPoints } = independentSettings(problem);
  const lanes = lanesOf(problem).map((lane) => {
    const names = [lane.first, ...lane.others].map(({ name }) => name);
    const swept = (place: Place): string =>
      placeKey({ ...place, hyperparameters: Object.fromEntries(names.map((name) => [name, place.hyperparameters[name] ?? 0])) });
    const readings = readingsOf(
      results
        .filter(({ parametrization }) => parametrization === lane.parametrization)
        .map(({ parametrization, hyperparameters, scale, seed, state, loss }) => ({
          ...{ parametrization, hyperparameters, seed, state, loss },
          scale: writtenScale({ variants }, parametrization, scale),
        })),
      seeds,
      swept,
    );
    const name = `${parametrizationName(lane.parametrization)}${problem.scales.length > 1 ? ` at ${describeScale(lane.scale)}` : ""}`;
    return { name, search: searchLane({ ...problem, seedCount }, lane, interactionPoints, readings) };
  });
  const found = lanes.map(({ name, search }) => findingsOf(name, search));
  const comparisons = found.flatMap((left, index) =>
    found.slice(index + 1).flatMap((right) => (left.scale === right.scale ? compareErrors(left, right) : [])),
  );
  return { level, seedCount, lanes: found.map(({ findings }) => findings), comparisons };
}

/** What one seed of a place came to. */
interface PlaceResult extends Place {
  readonly seed: number;
  readonly state: RunState;
  readonly loss: number | null;
}

function readingsOf(results: readonly PlaceResult[], seeds: readonly number[], keyOf: (place: Place) => string): Readings {
  const byPlace = new Map<string, Map<number, Reading>>();
  for (const { seed, state, loss, ...place } of results) {
    const seedIndex = seeds.indexOf(seed);
    if (seedIndex < 0) continue;
    const key = keyOf(place);
    const known = byPlace.get(key) ?? new Map<number, Reading>();
    known.set(seedIndex, { seedIndex, status: statuses[state], loss: state === "finished" ? loss : null });
    byPlace.set(key, known);
  }
  return (place) => [...(byPlace.get(keyOf(place)) ?? new Map<number, Reading>()).values()];
}

const statuses: Readonly<Record<RunState, TrialStatus>> = {
  queued: "outstanding",
  running: "outstanding",
  preempted: "outstanding",
  paused: "outstanding",
  finished: "finished",
  failed: "failed",
  cancelled: "failed",
  diverged: "diverged",
  lost: "lost",
};

interface Found {
  readonly scale: string;
  readonly findings: LaneFindings;
  readonly draws: readonly number[];
}

function findingsOf(name: string, search: LaneSearch): Found {
  const { lane, first, others, combination, pairs } = search;
  const lines = [first, ...(others ?? [])];
  const cells = (pairs ?? []).flatMap(({ cells: grid }) => grid.flat());
  const places = new Map(
    [...lines.flatMap(({ points }) => points), ...(combination === null ? [] : [combination]), ...cells].map(({ place, outcome }) => [
      placeKey(place),
      outcome,
    ]),
  );
  const scatter = seedScatter([...places.values()].flatMap((outcome) => (outcome.state === "measured" ? [outcome.losses] : [])));
  const isSettled = pairs !== null && cells.every(({ outcome }) => outcome.state !== "waiting");
  const errors = isSettled ? transferErrors(pairs, scatter?.standardDeviation ?? null, level, name) : null;
  return {
    scale: describeScale(lane.scale),
    findings: {
      parametrization: lane.parametrization,
      name,
      lines: lines.map((line) => ({
        name: line.name,
        points: line.points.map(({ value, outcome }) => ({ value, state: outcome.state, meanLoss: meanLoss(outcome) })),
        best: line.best?.value ?? null,
        bestLoss: line.best === null ? null : meanLoss(line.best.outcome),
        isAtEnd: line.isAtEnd,
      })),
      combination: combination === null ? null : checkCombination(combination, lines, scatter),
      interactions: errors === null ? null : { pairs: errors.pairs, mean: errors.mean },
      scatter,
    },
    draws: errors?.draws ?? [],
  };
}

/** Whether the bests of the lines together are worse than the best single place, by more than the seeds scatter. */
function checkCombination(
  { place, outcome }: NonNullable<LaneSearch["combination"]>,
  lines: readonly Line[],
  scatter: SeedScatter | null,
): CombinationCheck {
  const hyperparameters = Object.fromEntries(lines.map(({ name }) => [name, place.hyperparameters[name] ?? Number.NaN]));
  const singles = lines.flatMap(({ name, best }) => {
    const loss = best === null ? null : meanLoss(best.outcome);
    return best === null || loss === null ? [] : [{ words: `${name} ${best.value}`, meanLoss: loss, point: best }];
  });
  const best = singles.reduce<(typeof singles)[number] | null>(
    (winner, single) => (winner === null || single.meanLoss < winner.meanLoss ? single : winner),
    null,
  );
  const loss = meanLoss(outcome);
  const base = {
    hyperparameters,
    state: outcome.state,
    meanLoss: loss,
    bestSingle: best === null ? null : { words: best.words, meanLoss: best.meanLoss },
  };
  if (loss === null || best === null || outcome.state !== "measured")
    return { ...base, difference: null, verdict: outcome.state === "diverged" ? "diverged" : "open" };
  const difference = loss - best.meanLoss;
  if (placeKey(place) === placeKey(best.point.place)) return { ...base, difference: { mean: 0, interval: null }, verdict: "same" };
  if (scatter === null) return { ...base, difference: { mean: difference, interval: null }, verdict: "open" };
  const seeds = Math.min(
    ...[outcome, best.point.outcome].map((known) => (known.state === "measured" ? known.losses.filter((seed) => seed !== null).length : 1)),
  );
  const interval = studentTInterval(
    difference,
    scatter.standardDeviation * sqrt(2 / seeds),
    scatter.degreesOfFreedom,
    level,
    `mean over ${seeds} seeds; Student t, scatter of the seeds pooled over ${scatter.places} places, their common effect taken off`,
  );
  return {
    ...base,
    difference: { mean: difference, interval },
    verdict: interval.high < 0 ? "better" : interval.low > 0 ? "worse" : "not-worse",
  };
}

/** Difference of two mean transfer errors, with the interval of independently resampled draws. */
function compareErrors(left: Found, right: Found): readonly ErrorComparison[] {
  const [a, b] = [left.findings.interactions?.mean, right.findings.interactions?.mean];
  const count = Math.min(left.draws.length, right.draws.length);
  if (a == null || b == null || count === 0) return [];
  const [lower, higher] = a.error <= b.error ? [left, right] : [right, left];
  const sorted = Array.from({ length: count }, (_, draw) => (higher.draws[draw] ?? 0) - (lower.draws[draw] ?? 0)).sort((x, y) => x - y);
  const [low, high] = [quantileOfSorted(sorted, (1 - level) / 2), quantileOfSorted(sorted, (1 + level) / 2)];
  return [
    { lower: lower.findings.name, higher: higher.findings.name, difference: Math.abs(a.error - b.error), low, high, isOrdered: low > 0 },
  ];
}
