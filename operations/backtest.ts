import { regretFigure } from "../analysis/figures/regret-figure.ts";
import { answerModes, type AnswerMode, nearestProblem, type RecordedProblem } from "../analysis/search/recorded/recorded-problem.ts";
import { type RegretBand, regretBands, scoreSearches, type SearchScore } from "../analysis/search/recorded/regret.ts";
import { type Simulation, simulationSteps } from "../analysis/search/recorded/simulate.ts";
import { measures, rankStrategies, type StrategyRanking } from "../analysis/search/recorded/strategy-ranks.ts";
import { type SurfaceQuality, surfaceProblem } from "../analysis/search/recorded/surface-problem.ts";
import type { Searcher } from "../analysis/search/searchers/contract.ts";
import { findSearcher, searchers } from "../analysis/search/searchers/index.ts";
import type { SearchSpace, SearchValues } from "../analysis/search/space/search-space.ts";
import { quantileOfSorted } from "../analysis/numerics/quantile.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { RowSource } from "./gather-rows.ts";
import { type CostSource, readRecordedRuns, type RecordedRunsRequest } from "./read-recorded-runs.ts";
import type { ThemedFigure } from "./study-figures.ts";

export { answerModes };

/** What a backtest compares, and for how long. */
export interface BacktestOptions extends RecordedRunsRequest {
  /** Ids, in the order of figures and columns. */
  readonly strategies: readonly string[];
  /** Settings by strategy; what is left out has its default. */
  readonly settings?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined;
  readonly seeds: readonly number[];
  /** Runs of each search, or what it may spend in the unit of the costs. */
  readonly budget: { readonly kind: "runs" | "cost"; readonly amount: number };
  readonly parallel: number;
  readonly answer: AnswerMode;
  /** What one run may cost at most. */
  readonly maximumCost?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told now and then how many runs have been simulated, and how many searches of all are over. */
  readonly onProgress?: ((progress: BacktestProgress) => void) | undefined;
}

export interface BacktestProgress {
  readonly strategy: string;
  readonly seed: number;
  readonly searches: { readonly done: number; readonly all: number };
  /** Of the search under way, 0 to 1. */
  readonly share: number;
}

/** How often a strategy asked for what nobody ran. */
export interface OffGrid {
  readonly asked: number;
  readonly offGrid: number;
  /** Distances to the nearest recorded run; a parameter's whole range is 1. */
  readonly medianDistance: number;
  readonly largestDistance: number;
  /** Different recorded runs that were nearest to something. */
  readonly designs: number;
}

/** What `ladder backtest --json` prints. Plain JSON, the same bits each time. */
export interface Backtest {
  readonly source: string;
  readonly contentHash: string;
  readonly searched: SearchSpace;
  readonly runs: number;
  readonly designs: number;
  readonly diverged: number;
  readonly leftOut: Readonly<Record<string, number>>;
  readonly costSource: CostSource;
  readonly costUnit: string;
  readonly answer: AnswerMode;
  /** Of the surface, where one answers. */
  readonly surface: SurfaceQuality | null;
  readonly budget: BacktestOptions["budget"];
  readonly maximumCost: number | null;
  readonly parallel: number;
  readonly seeds: readonly number[];
  readonly strategies: readonly {
    readonly strategy: string;
    readonly settings: unknown;
    readonly offGrid: OffGrid;
    readonly diverged: number;
    /** Runs that the budget ended in. */
    readonly cutShort: number;
    /** Searches that had nothing more to ask for before the budget ended. */
    readonly endedEarly: number;
  }[];
  /** What was spent, log-spaced. */
  readonly costs: readonly number[];
  readonly regret: readonly RegretBand[];
  readonly rankings: readonly StrategyRanking[];
  readonly scores: readonly Omit<SearchScore, "curve">[];
  readonly warnings: readonly string[];
}

/** A backtest with its figure. */
export interface DrawnBacktest {
  readonly backtest: Backtest;
  readonly figure: ThemedFigure;
}

/** Milliseconds of simulation between two looks at what else happens. */
const sliceMilliseconds = 50;

/**
 * Lets strategies search recorded runs in simulated time, each with the same seeds, and compares what they found for what they spent.
 *
 * @throws LadderError `input` SEARCHER_UNKNOWN; STRATEGY_SETTINGS_INVALID; what `readRecordedRuns`, `nearestProblem` and `surfaceProblem`
 *   throw; BUDGET_BELOW_EVERY_RUN; the reason of the signal
 */
export async function runBacktest(source: RowSource, options: BacktestOptions): Promise<DrawnBacktest> {
  const chosen = options.strategies.map((id) => ({ searcher: findSearcher(id), settings: settingsOf(findSearcher(id), options) }));
  const unknown = Object.keys(options.settings ?? {}).find((id) => !options.strategies.includes(id));
  if (unknown !== undefined)
    throw new LadderError("input", "STRATEGY_SETTINGS_INVALID", `--settings speaks of ${unknown}, which is not among the strategies`, {
      fields: { strategy: unknown, strategies: options.strategies },
      hint: `one of ${options.strategies.join(", ")}`,
    });
  const recorded = await readRecordedRuns(source, options);
  options.signal?.throwIfAborted();
  const table = { names: recorded.names, runs: recorded.runs, isCostKnown: recorded.costSource === "6ND" };
  const surface = options.answer === "surface" ? surfaceProblem(table, exactCost(recorded.names, recorded.costSource)) : null;
  const problem: RecordedProblem = surface ?? nearestProblem(table);
  assertAffordable(problem, options);

  const simulations: Simulation[] = [];
  const all = chosen.length * options.seeds.length;
  for (const { searcher, settings } of chosen)
    for (const seed of options.seeds) {
      const done = simulations.length;
      simulations.push(
        await inSlices(searcher, problem, options, { seed, settings }, (share) => {
          options.onProgress?.({ strategy: searcher.id, seed, searches: { done, all }, share });
        }),
      );
    }

  const cap = capOf(options);
  const scored = scoreSearches(problem, simulations, cap);
  const bands = regretBands(scored);
  const costUnit = recorded.costSource === "runs" ? "runs" : "FLOPs";
  const curves = { costs: scored.costs, unit: costUnit, bands, seeds: options.seeds.length };
  return {
    backtest: {
      source: recorded.source,
      contentHash: recorded.contentHash,
      searched: problem.space,
      runs: recorded.runs.length,
      designs: problem.designs.length,
      diverged: recorded.runs.filter(({ loss }) => loss === null).length,
      leftOut: recorded.leftOut,
      costSource: recorded.costSource,
      costUnit,
      answer: options.answer,
      surface: surface?.quality ?? null,
      budget: options.budget,
      maximumCost: options.maximumCost ?? null,
      parallel: options.parallel,
      seeds: options.seeds,
      strategies: chosen.map(({ searcher: { id }, settings }) => summaryOf(id, settings, simulations, problem.designs.length)),
      costs: scored.costs,
      regret: bands,
      rankings: measures.flatMap((measure) => rankStrategies(scored.scores, measure) ?? []),
      scores: scored.scores.map(({ strategy, seed, anytime, final, front }) => ({ strategy, seed, anytime, final, front })),
      warnings: recorded.warnings,
    },
    figure: {
      id: "regret",
      title: `Regret of ${options.strategies.join(", ")} against cost`,
      caption: `${recorded.runs.length} recorded runs of ${recorded.source}; searched: ${recorded.names.join(", ")}.`,
      light: regretFigure(curves, { theme: "light" }),
      dark: regretFigure(curves, { theme: "dark" }),
    },
  };
}

/** Strategies that can be named, for help texts. */
export function strategyList(): readonly Pick<Searcher, "id" | "summary">[] {
  return searchers.map(({ id, summary }) => ({ id, summary }));
}

/** Runs a simulation, and lets an interruption in between slices of it. */
async function inSlices(
  searcher: Searcher,
  problem: RecordedProblem,
  { budget, parallel, maximumCost, signal }: BacktestOptions,
  { seed, settings }: { readonly seed: number; readonly settings: unknown },
  onSlice: (share: number) => void,
): Promise<Simulation> {
  const steps = simulationSteps(searcher, problem, {
    seed,
    evaluations: budget.kind === "runs" ? budget.amount : null,
    cost: budget.kind === "cost" ? budget.amount : null,
    parallel,
    maximumCost: maximumCost ?? null,
    settings,
  });
  let count = 0;
  let spent = 0;
  let last = 0;
  for (;;) {
    if (performance.now() - last > sliceMilliseconds) {
      onSlice(Math.min(1, budget.kind === "runs" ? count / budget.amount : spent / budget.amount));
      await new Promise(setImmediate);
      signal?.throwIfAborted();
      last = performance.now();
    }
    const step = steps.next();
    if (step.done === true) return step.value;
    count += 1;
    spent += step.value.cost;
  }
}

function settingsOf({ id, settingsSchema }: Searcher, { settings }: BacktestOptions): unknown {
  const parsed = settingsSchema.safeParse(settings?.[id] ?? {});
  if (parsed.success) return parsed.data;
  throw new LadderError("input", "STRATEGY_SETTINGS_INVALID", `${id} cannot search with these settings`, {
    fields: { strategy: id },
    problems: parsed.error.issues.map(({ path, message }) => ({ path: `${id}.${path.join(".")}`, message })),
    hint: `--settings ${id}.NAME=VALUE`,
  });
}

/** 6 N D of values between runs, where both are searched. */
function exactCost(names: readonly string[], source: CostSource): ((values: SearchValues) => number) | null {
  if (source !== "6ND" || !names.includes("N") || !names.includes("D")) return null;
  return ({ N, D }) => 6 * Number(N) * Number(D);
}

/** What one run may cost at most: of what is asked for and the budget the smaller. */
function capOf({ maximumCost, budget }: BacktestOptions): number | null {
  const cap = Math.min(maximumCost ?? Infinity, budget.kind === "cost" ? budget.amount : Infinity);
  return Number.isFinite(cap) ? cap : null;
}

function assertAffordable({ designs }: RecordedProblem, options: BacktestOptions): void {
  const cap = capOf(options);
  const cheapest = designs.reduce((least, { cost }) => Math.min(least, cost), Infinity);
  if (cap === null || cap >= cheapest) return;
  throw new LadderError("input", "BUDGET_BELOW_EVERY_RUN", `no recorded run costs at most ${cap}: the cheapest costs ${cheapest}`, {
    fields: { limit: cap, cheapest },
    hint: "raise --budget or --maximum-cost; a budget of runs is written without a unit, for example --budget 30",
  });
}

function summaryOf(id: string, settings: unknown, simulations: readonly Simulation[], designs: number): Backtest["strategies"][number] {
  const own = simulations.filter(({ strategy }) => strategy === id);
  const trials = own.flatMap((simulation) => simulation.trials);
  const distances = trials.map(({ distance }) => distance).sort((left, right) => left - right);
  const seen = new Set(trials.map(({ design }) => design));
  return {
    strategy: id,
    settings,
    offGrid: {
      asked: trials.length,
      offGrid: distances.filter((distance) => distance > 0).length,
      medianDistance: distances.length === 0 ? 0 : quantileOfSorted(distances, 0.5),
      largestDistance: distances.at(-1) ?? 0,
      designs: Math.min(designs, seen.size),
    },
    diverged: trials.filter(({ status }) => status === "diverged").length,
    cutShort: trials.filter(({ status }) => status === "cutShort").length,
    endedEarly: own.filter(({ endedBy }) => endedBy === "searcher").length,
  };
}
