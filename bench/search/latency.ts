import type { SearchTrial } from "../../analysis/search/searchers/contract.ts";
import { findSearcher } from "../../analysis/search/searchers/index.ts";
import type { Contender } from "./contenders.ts";
import type { BenchProblem } from "./problem.ts";
import { evaluate, taskOf } from "./run-search.ts";

/** How long suggestions take beside `trials` others, in milliseconds. */
export interface Latency {
  readonly trials: number;
  /** The first one in a process that has computed nothing for this search yet. */
  readonly cold: number;
  readonly p50: number;
  readonly p99: number;
}

const repetitions = 12;

/** Suggestions one after another, each with one more answer, beside random trials of the problem. */
export function measureLatency(problem: BenchProblem, contender: Contender, counts: readonly number[]): readonly Latency[] {
  return counts.map((trials) => {
    const seed = 100 + trials;
    const random = findSearcher("random");
    const drawn = random.suggest(
      { ...taskOf(problem, contender, seed), settings: {}, knownCost: (values) => problem.cost(values) },
      [],
      trials,
    );
    const history: SearchTrial[] = drawn.map((suggestion, index) => evaluate(problem, suggestion, seed, index));
    const task = taskOf(problem, contender, seed);
    const seconds: number[] = [];
    for (let repetition = 0; repetition <= repetitions; repetition += 1) {
      const started = performance.now();
      const [suggestion] = contender.searcher.suggest(task, history, 1);
      seconds.push(performance.now() - started);
      if (suggestion !== undefined) history.push(evaluate(problem, suggestion, seed, history.length));
    }
    const [cold = Number.NaN, ...warm] = seconds;
    const sorted = warm.sort((left, right) => left - right);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
    return { trials, cold, p50: at(0.5), p99: at(0.99) };
  });
}
