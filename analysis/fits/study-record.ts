import { shareInPercent, significantPower } from "../study/number-words.ts";

/** A number of runs with what they share. */
export interface CountedWords {
  readonly words: string;
  readonly runs: number;
}

/** What a study's record says of the runs behind a fit. Plain JSON. */
export interface StudyRecord {
  readonly study: string;
  /** Rows of the fit, and how many of them are runs of the study; the others were imported. */
  readonly fittedRows: number;
  readonly fittedRuns: number;
  /** All runs of the study by state, and why those failed that did. */
  readonly states: readonly CountedWords[];
  readonly failures: readonly CountedWords[];
  readonly variables: readonly { readonly name: string; readonly origin: string }[];
  /** Of the fitted runs, by rising size. */
  readonly shapes: readonly {
    readonly width: number;
    readonly depth: number;
    readonly headDimension: number;
    readonly parameterCountTotal: number;
    readonly parameterCountNonEmbedding: number;
    readonly runs: number;
  }[];
  /** Of the fitted runs, ascending. */
  readonly tokenHorizons: readonly number[];
  readonly batchSizes: readonly number[];
  /** Fitted runs whose last step lies before their horizon. */
  readonly endedEarly: number;
  readonly data: {
    readonly words: string;
    /** Content; null where nobody has hashed it. */
    readonly digest: string | null;
    /** Tokens that there are to train on; `unlimited` where they are drawn anew, null where it is not known. */
    readonly uniqueTokens: number | "unlimited" | null;
  };
  readonly flopFormulas: readonly string[];
  readonly parametrizations: readonly string[];
  readonly optimizer: string;
  readonly schedule: string;
  readonly sequenceLength: number | null;
  /** Hyperparameters of the fitted runs with their values; those that were swept with the best ones. */
  readonly held: readonly string[];
  readonly best: readonly string[];
  readonly tuned: {
    readonly cells: number;
    readonly swept: Readonly<Record<string, { readonly cells: number; readonly values: number }>>;
    readonly edges: readonly string[];
  };
  readonly trainer: {
    /** It is the one that comes with Ladder. */
    readonly isReference: boolean;
    readonly version: string;
    readonly programDigest: string;
    readonly command: string;
    readonly commits: readonly CountedWords[];
    readonly executors: readonly string[];
  };
  readonly checkpoints: { readonly files: number; readonly runs: number; readonly everySteps: number; readonly example: string | null };
  readonly evaluation: { readonly words: string; readonly tokens: readonly number[] };
  /** Standard deviation of the loss over seeds, nats per token, pooled over trials; null with one seed. */
  readonly seeds: { readonly deviation: number | null; readonly trials: number };
  /** The study's target: FLOPs over the largest fitted ones; null where the target is no larger or not known. */
  readonly target: { readonly words: string; readonly timesLargest: number } | null;
}

/** A ratio of width to depth that changes by more than this factor is a second thing that changes with scale. */
const sameRatio = 1.5;

/** What a record says of each item that a fit alone does not know, by the item's id; `1.4` and the fitting itself are not among them. */
export function recordAnswers(record: StudyRecord): Readonly<Record<string, string>> {
  const { trainer, checkpoints, seeds, target } = record;
  return {
    "1.5": record.variables.map(({ name, origin }) => `${name} ${origin}`).join("; "),
    "2.1": [`in the whole study ${counted(record.states)}`, record.failures.length === 0 ? "" : `failed: ${counted(record.failures)}`]
      .filter((text) => text !== "")
      .join("; "),
    "2.2": shapesText(record),
    "2.3": dataText(record),
    "2.4": `FLOPs by ${record.flopFormulas.join(" and ")}, both counts of parameters are kept with every run`,
    "2.5": tuningText(record),
    "2.6": shapeDriftText(record),
    "2.7": codeText(record),
    "3.1":
      checkpoints.files === 0
        ? `none is kept (checkpointEverySteps ${checkpoints.everySteps})`
        : `${checkpoints.files} of ${checkpoints.runs} runs, such as ${checkpoints.example ?? "–"}`,
    ...(trainer.isReference ? { "3.2": "no: the last weights are evaluated as they were trained, neither averaged nor smoothed" } : {}),
    "3.3": checkpointText(record),
    "3.4": `${record.evaluation.words}${evaluatedTokens(record)}${seeds.deviation === null ? "" : `; scatter over seeds ${significantPower(seeds.deviation)} nats`}`,
    "3.5": "the last held-out loss as the trainer reported it: neither smoothed nor interpolated; its logarithm is taken in the fit alone",
    ...(seeds.deviation === null
      ? {}
      : { "+1": `standard deviation ${significantPower(seeds.deviation)} nats per token over seeds, pooled over ${seeds.trials} trials` }),
    "+4": edgesText(record),
    ...(target === null
      ? {}
      : { "+6": `the study's target, ${target.words}, takes ${significantPower(target.timesLargest)} times the largest fitted FLOPs` }),
  };
}

function shapesText({ shapes }: StudyRecord): string {
  const shown = shapes.map(
    ({ width, depth, parameterCountTotal, parameterCountNonEmbedding, runs }) =>
      `${width}x${depth}: ${significantPower(parameterCountTotal)} parameters, ${significantPower(parameterCountNonEmbedding)} without embeddings (${runs})`,
  );
  return `width x depth (fitted runs) ${shown.join(", ")}`;
}

function dataText({ tokenHorizons, data }: StudyRecord): string {
  const horizons = `${tokenHorizons.map(significantPower).join(", ")} tokens each`;
  const digest = data.digest === null ? "not hashed" : `digest ${data.digest.slice(0, 12)}`;
  const most = Math.max(...tokenHorizons);
  const repeated =
    data.uniqueTokens === "unlimited"
      ? "drawn anew, nothing is repeated"
      : data.uniqueTokens === null
        ? "how much of it there is was not recorded"
        : most > data.uniqueTokens
          ? `up to ${significantPower(most / data.uniqueTokens)} epochs of ${significantPower(data.uniqueTokens)} tokens`
          : `at most ${shareInPercent(most / data.uniqueTokens)} of its ${significantPower(data.uniqueTokens)} tokens, so none need be repeated`;
  return `${horizons}; ${data.words}, ${digest}; ${repeated}`;
}

function tuningText({ parametrizations, optimizer, schedule, batchSizes, held, best, tuned }: StudyRecord): string {
  const swept = Object.entries(tuned.swept).map(
    ([name, { cells, values }]) => `${name} swept over ${values} values in ${cells} of ${tuned.cells} cells`,
  );
  return [
    `rules ${parametrizations.join(", ")}`,
    optimizer,
    schedule,
    `batches of ${batchSizes.map(significantPower).join(", ")} tokens`,
    ...swept,
    ...(best.length === 0 ? [] : [`fitted at ${best.join(", ")}`]),
    ...(held.length === 0 ? [] : [`not swept: ${held.join(", ")}`]),
    tuned.edges.length === 0 ? "no best value lies on the edge of its grid" : `on the edge of its grid: ${tuned.edges.join(", ")}`,
  ].join("; ");
}

function shapeDriftText({ shapes, sequenceLength }: StudyRecord): string {
  const ratios = shapes.map(({ width, depth }) => width / depth);
  const [low, high] = [Math.min(...ratios), Math.max(...ratios)];
  const drift =
    high / low > sameRatio
      ? `width / depth drifts from ${significantPower(low)} to ${significantPower(high)}, a second thing that changes with size`
      : `width / depth stays at ${low === high ? significantPower(low) : `${significantPower(low)} to ${significantPower(high)}`}`;
  const heads = [...new Set(shapes.map(({ headDimension }) => headDimension))].sort((left, right) => left - right);
  return [
    drift,
    `head dimension ${heads.join(", ")}`,
    ...(sequenceLength === null ? [] : [`sequences of ${sequenceLength} tokens everywhere`]),
  ].join("; ");
}

function codeText({ trainer }: StudyRecord): string {
  const { isReference, version, programDigest, command, commits, executors } = trainer;
  return [
    `${isReference ? "Ladder's reference trainer" : command}, version ${version}, program digest ${programDigest.slice(0, 12)}`,
    commits.length === 0 ? "no checkout of its code was seen" : counted(commits),
    `by ${executors.join(", ")}`,
  ].join("; ");
}

function checkpointText({ fittedRuns, endedEarly }: StudyRecord): string {
  const ends = endedEarly === 0 ? "each at the end of its own schedule" : `${endedEarly} of them before the end of their schedule`;
  return `one a run, the last of ${fittedRuns} runs, ${ends}`;
}

function evaluatedTokens({ evaluation }: StudyRecord): string {
  return evaluation.tokens.length === 0 ? "" : `, ${evaluation.tokens.map(significantPower).join(", ")} tokens`;
}

function edgesText({ tuned }: StudyRecord): string {
  const rate = tuned.swept["learningRate"];
  if (rate === undefined) return "one learning rate everywhere: what it costs at each scale was not measured";
  const edges = tuned.edges.filter((edge) => edge.startsWith("learningRate"));
  const swept = `the best of up to ${rate.values} in ${rate.cells} of ${tuned.cells} cells`;
  return edges.length === 0 ? `${swept}, none on an edge` : `${swept}; on an edge: ${edges.join(", ")}`;
}

function counted(groups: readonly CountedWords[]): string {
  return groups.map(({ words, runs }) => `${runs} ${words}`).join(", ");
}
