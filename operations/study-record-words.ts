import type { CountedWords, StudyRecord } from "../analysis/fits/study-record.ts";
import { sqrt } from "../analysis/numerics/elementary.ts";
import { mean } from "../analysis/numerics/mean.ts";
import { planTrial } from "../analysis/search/plan.ts";
import { canonicalJson } from "../analysis/study/content-hash.ts";
import { significantPower } from "../analysis/study/number-words.ts";
import { describeScale, scaleAxes } from "../analysis/study/scale.ts";
import type { StudySpec } from "../analysis/study/study-spec.ts";
import type { Data } from "../analysis/study/trainer-contract.ts";
import type { TrialRunResult } from "../analysis/study/trial.ts";
import { tunedCells } from "../analysis/transfer/tuned-cells.ts";
import type { Attempt } from "../infra/postgres/attempts.ts";
import type { Checkpoint } from "../infra/postgres/checkpoints.ts";
import type { Sweep } from "../infra/postgres/sweeps.ts";
import { completeTarget } from "./study-question.ts";

export function originOf(name: string, fitted: readonly TrialRunResult[], counting: string): string {
  const [first] = fitted;
  if (name === "N")
    return `computed by Ladder from the shapes that were trained, ${counting === "non-embedding" ? "without" : "with"} embeddings`;
  if (name === "C") return `computed by ${formulaWords(first?.scale.trainingFlopsFormula ?? "6ND")}`;
  if (name === "loss") return "measured by the trainer on held-out data";
  if (name === "D" || name === "tokenHorizon") return "set by the plan, and counted by the trainer";
  return "set by the plan";
}

export function formulaWords(id: string): string {
  return id === "6ND" ? "6 x parameters without embeddings x tokens" : id;
}

export function shapesOf(fitted: readonly TrialRunResult[]): StudyRecord["shapes"] {
  const shapes = new Map<string, StudyRecord["shapes"][number]>();
  for (const { scale } of fitted) {
    const { width, depth, headDimension, parameterCountTotal, parameterCountNonEmbedding } = scale;
    const key = [width, depth, headDimension, parameterCountTotal].join();
    const shape = { width, depth, headDimension, parameterCountTotal, parameterCountNonEmbedding };
    shapes.set(key, { ...shape, runs: (shapes.get(key)?.runs ?? 0) + 1 });
  }
  return [...shapes.values()].sort((left, right) => left.parameterCountTotal - right.parameterCountTotal);
}

export function evaluationOf(spec: StudySpec, data: Data, fitted: readonly TrialRunResult[]): StudyRecord["evaluation"] {
  const { batches } = spec.evaluation;
  const heldOut =
    "heldOutFraction" in data
      ? `the last ${Number((100 * data.heldOutFraction).toPrecision(3))} % of ${data.id}`
      : `held-out data of ${data.id}`;
  return {
    words: `cross entropy in nats per token over ${batches} batches of ${heldOut}`,
    tokens: distinct(fitted.map(({ scale }) => batches * scale.batchSizeTokens)),
  };
}

/** `adam (beta1 0.9, beta2 0.95)` */
export function describeOptions(options: Readonly<Record<string, unknown>>, title: string): string {
  const rest = Object.entries(options).filter(([name]) => name !== title);
  const shown = rest.map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`);
  return shown.length === 0 ? titleOf(options, title) : `${titleOf(options, title)} (${shown.join(", ")})`;
}

function titleOf(options: Readonly<Record<string, unknown>>, title: string): string {
  const value = options[title];
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Hyperparameters of runs with their values, apart those that were swept: `learningRate 0.0078 to 0.0156`. */
export function valuesOf(
  fitted: readonly TrialRunResult[],
  swept: Readonly<Record<string, unknown>>,
): { readonly held: readonly string[]; readonly best: readonly string[] } {
  const names = [...new Set(fitted.flatMap(({ hyperparameters }) => Object.keys(hyperparameters)))].sort();
  const words = (name: string): string => {
    const values = distinct(fitted.flatMap(({ hyperparameters }) => hyperparameters[name] ?? []));
    const [first = 0, last = first] = [values[0], values.at(-1)];
    return `${name} ${values.length < 2 ? significantPower(first) : `${significantPower(first)} to ${significantPower(last)}`}`;
  };
  return {
    held: names.filter((name) => swept[name] === undefined).map(words),
    best: names.filter((name) => swept[name] !== undefined).map(words),
  };
}

export function tunedWords(results: readonly TrialRunResult[]): StudyRecord["tuned"] {
  const { cells, swept, edges } = tunedCells(results);
  const varying = scaleAxes.filter((axis) => new Set(results.map(({ scale }) => scale[axis])).size > 1);
  return {
    cells,
    swept,
    edges: edges.map(({ hyperparameter, scale, value, side }) => {
      const place = scale.split(" ").filter((axis) => varying.some((name) => axis.startsWith(`${name}=`)));
      return `${hyperparameter} ${Number(value.toPrecision(4))} (${side === "low" ? "lowest" : "highest"} tried) at ${place.join(" ") || "its only scale"}`;
    }),
  };
}

export function commitsOf(attempts: readonly (readonly Attempt[])[]): readonly CountedWords[] {
  const newest = attempts.flatMap((own) => own.toSorted((left, right) => right.attempt - left.attempt).slice(0, 1));
  return groupsOf(
    newest.flatMap(({ codeCommit, dirtyDigest }) =>
      codeCommit === null
        ? []
        : [`at commit ${codeCommit.slice(0, 12)}${dirtyDigest === null ? "" : ` with changes ${dirtyDigest.slice(0, 8)}`}`],
    ),
  );
}

export function checkpointsOf(lists: readonly (readonly Checkpoint[])[], everySteps: number): StudyRecord["checkpoints"] {
  const kept = lists.filter((list) => list.length > 0);
  return { files: kept.length, runs: lists.length, everySteps, example: kept[0]?.[0]?.path ?? null };
}

/** Trials with several finished seeds: the scatter of their losses, pooled. */
export function seedScatter(results: readonly TrialRunResult[]): StudyRecord["seeds"] {
  const trials = new Map<string, number[]>();
  for (const { parametrization, hyperparameters, scale, loss } of results) {
    if (loss === null) continue;
    const key = canonicalJson([parametrization, hyperparameters, describeScale(scale)]);
    trials.set(key, [...(trials.get(key) ?? []), loss]);
  }
  const several = [...trials.values()].filter((losses) => losses.length > 1);
  const freedom = several.reduce((sum, losses) => sum + losses.length - 1, 0);
  if (freedom === 0) return { deviation: null, trials: 0 };
  const squares = several.reduce((sum, losses) => {
    const middle = mean(losses);
    return sum + losses.reduce((total, loss) => total + (loss - middle) * (loss - middle), 0);
  }, 0);
  return { deviation: sqrt(squares / freedom), trials: several.length };
}

/** The study's target in FLOPs over the largest fitted run's. */
export function targetOf({ spec, data, trainer }: Sweep, fitted: readonly TrialRunResult[], study: StudySpec): StudyRecord["target"] {
  const largest = fitted.toSorted((left, right) => right.scale.trainingFlops - left.scale.trainingFlops)[0];
  if (largest === undefined) return null;
  const { parametrization, hyperparameters } = largest;
  const scale = completeTarget(study, []);
  const planned = planTrial(spec, data, trainer, { parametrization, hyperparameters, scale, seeds: [1] }).scale;
  const words = describeScale(planned, largest.scale);
  return {
    words: words === "" ? "the largest fitted scale itself" : words,
    timesLargest: planned.trainingFlops / largest.scale.trainingFlops,
  };
}

export function uniqueRuns(results: readonly TrialRunResult[]): readonly TrialRunResult[] {
  return [...new Map(results.map((result) => [result.runKey, result])).values()];
}

export function groupsOf(words: readonly string[]): readonly CountedWords[] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, runs]) => ({ words: word, runs })).sort((left, right) => right.runs - left.runs);
}

export function distinct(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((left, right) => left - right);
}
