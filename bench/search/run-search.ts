import type { SearchSuggestion, SearchTask, SearchTrial } from "../../analysis/search/searchers/contract.ts";
import type { Contender } from "./contenders.ts";
import { noise } from "./mulberry32.ts";
import type { BenchProblem } from "./problem.ts";
import { type Evaluated, type Score, scoreOf } from "./score.ts";

/** What came of one search. */
export interface RunResult extends Score {
  readonly failed: number;
  /** Suggestions that cost more than the cap, and the greatest multiple of it that was suggested. */
  readonly overCap: number;
  readonly worstOverrun: number;
  /** Seconds of the problem's cost; a failed trial is charged a tenth. */
  readonly spent: number;
  /** Of the suggestions; rising. */
  readonly suggestSeconds: readonly number[];
  readonly note: string | null;
}

/** The task of a search of a problem; new objects each time. */
export function taskOf(problem: BenchProblem, contender: Contender, seed: number): SearchTask {
  return {
    space: problem.space,
    seed,
    settings: contender.settingsFor(problem),
    maximumCost: problem.cap,
    knownCost: contender.isCostKnown ? (values) => problem.cost(values) : null,
    context: {},
  };
}

/** What evaluation `number` of a run tells. */
export function evaluate(problem: BenchProblem, { id, values, kind }: SearchSuggestion, seed: number, number: number): SearchTrial {
  const status = problem.failure(values);
  const cost = problem.cost(values);
  if (status !== null) return { id, values, kind, status, loss: null, cost: 0.1 * cost };
  return { id, values, kind, status: "finished", loss: problem.loss(values) + problem.deviation(values) * noise(seed, number), cost };
}

/**
 * One search to its end: `parallel` trials at a time, of which always the oldest ends next.
 *
 * @param count evaluations; fewer where the searcher asks for no more
 */
export function runSearch(
  problem: BenchProblem,
  contender: Contender,
  seed: number,
  { count, parallel }: { readonly count: number; readonly parallel: number },
): RunResult {
  const task = taskOf(problem, contender, seed);
  const trials: SearchTrial[] = [];
  const answers: SearchTrial[] = [];
  const suggestSeconds: number[] = [];
  let ended = 0;
  for (;;) {
    const wanted = Math.min(count - trials.length, parallel - (trials.length - ended));
    const started = performance.now();
    const found = wanted > 0 ? contender.searcher.suggest(task, trials, wanted) : [];
    for (const suggestion of found) {
      suggestSeconds.push((performance.now() - started) / 1000 / found.length);
      answers.push(evaluate(problem, suggestion, seed, trials.length));
      const { id, values, kind } = suggestion;
      trials.push({ id, values, kind, status: "outstanding", loss: null, cost: null });
    }
    const answer = answers[ended];
    if (answer === undefined) break;
    trials[ended] = answer;
    ended += 1;
  }
  const costs = trials.map(({ values }) => problem.cost(values));
  const evaluations = trials.map(({ values, status }, index): Evaluated => {
    return { cost: costs[index] ?? 0, loss: status === "finished" ? problem.loss(values) : null };
  });
  return {
    ...scoreOf(problem, evaluations),
    failed: trials.filter(({ status }) => status !== "finished").length,
    overCap: costs.filter((cost) => cost > problem.cap).length,
    worstOverrun: Math.max(1, ...costs.map((cost) => cost / problem.cap)),
    spent: trials.reduce((sum, { cost }) => sum + (cost ?? 0), 0),
    suggestSeconds: suggestSeconds.sort((left, right) => left - right),
    note: trials.length < count ? `it asked for ${trials.length} trials` : kindWords(trials),
  };
}

/** How many of its trials were of each kind. */
function kindWords(trials: readonly SearchTrial[]): string {
  const counts = new Map<string, number>();
  for (const { kind } of trials) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, number]) => `${number} ${kind}`).join(", ");
}
