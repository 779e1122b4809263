import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import type { Searcher, SearchSuggestion, SearchTask, SearchTrial, TrialStatus } from "../../../analysis/search/searchers/contract.ts";
import { searchSpaceSchema, type SearchValues } from "../../../analysis/search/space/search-space.ts";

/** Settings under which each searcher has 40 trials to ask for. To add a searcher, add a line. */
const settingsOf: Readonly<Record<string, unknown>> = {
  carbs: { candidates: 32 },
  ehvi: { candidates: 32 },
  enumerate: { points: 2 },
  "one-epoch": { fidelity: "tokens", candidates: 34, keep: 6 },
};

const parameters = [
  { kind: "numeric", name: "learningRate", scale: "log", from: 1e-5, to: 0.1, center: 1e-3 },
  { kind: "numeric", name: "headDimension", scale: "log", from: 8, to: 64, powersOf: 2 },
  { kind: "numeric", name: "heads", scale: "log", from: 1, to: 16, integer: true },
  { kind: "numeric", name: "width", scale: "log", from: 64, to: 1024, multipleOf: 64 },
  { kind: "numeric", name: "tokens", scale: "log", from: 1e6, to: 1e9, integer: true, center: 1e7 },
  { kind: "numeric", name: "weightDecay", scale: "log", from: 1e-3, to: 1, special: [0] },
  { kind: "choice", name: "schedule", values: ["cosine", "constant", "linear"] },
  { kind: "numeric", name: "warmup", scale: "linear", from: 0, to: 0.5, when: { parameter: "schedule", values: ["cosine", "linear"] } },
  { kind: "fixed", name: "depth", value: 4 },
  { kind: "context", name: "batchSize", scale: "log", from: 8, to: 512 },
];
const constraints = ["headDimension * heads == width"];

/** Exact: 6 N D of a transformer, roughly. */
export function exampleCost(values: SearchValues): number {
  return 6 * 12 * 4 * Number(values["width"]) * Number(values["width"]) * Number(values["tokens"]);
}

/** A task over every kind of parameter; new objects each time, as a fresh process has them. */
export function exampleTask(searcher: Searcher, seed: number, isCostKnown: boolean): SearchTask {
  const space = JSON.stringify({ parameters, constraints });
  return {
    space: searchSpaceSchema.parse(JSON.parse(space)),
    seed,
    settings: settingsOf[searcher.id] ?? {},
    maximumCost: 1e16,
    knownCost: isCostKnown ? exampleCost : null,
    context: { batchSize: 64 },
  };
}

/** A loss by values alone, with an optimum that no axis hides. */
function lossOf(values: SearchValues): number {
  const width = Number(values["width"]);
  const tokens = Number(values["tokens"]);
  const off = Math.log(Number(values["learningRate"])) - Math.log(0.3 / width);
  return 2 + 6 / width ** 0.3 + 40 / tokens ** 0.25 + 0.05 * off * off + (values["schedule"] === "constant" ? 0.1 : 0);
}

/** What comes of a suggestion, by its number: of ten, six finish, one each diverges, runs out of memory, fails and is lost. */
export function outcomeOf(suggestion: SearchSuggestion, number: number, isMixed: boolean): SearchTrial {
  const { id, values, kind } = suggestion;
  const luck = randomStream(number, "outcome").integer(10);
  const statuses: readonly TrialStatus[] = ["diverged", "outOfMemory", "failed", "lost"];
  const status = isMixed ? (statuses[luck] ?? "finished") : "finished";
  const isFinished = status === "finished";
  return {
    id,
    values,
    kind,
    status,
    loss: isFinished ? lossOf(values) : null,
    cost: isFinished ? exampleCost(values) : status === "diverged" ? exampleCost(values) / 10 : null,
  };
}

/** A suggestion that has no outcome yet. */
export function outstanding({ id, values, kind }: SearchSuggestion): SearchTrial {
  return { id, values, kind, status: "outstanding", loss: null, cost: null };
}

/** What a process that has forgotten everything reads back. */
export function readBack(trials: readonly SearchTrial[]): readonly SearchTrial[] {
  return trials.map((trial) => ({ ...trial, values: { ...trial.values } }));
}
