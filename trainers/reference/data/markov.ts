import { exp, log } from "../../../analysis/numerics/elementary.ts";
import { type RandomStream, randomStream } from "../../../analysis/numerics/random-stream.ts";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import type { Data } from "../../../analysis/study/trainer-contract.ts";
import { stationaryDistribution } from "./stationary-distribution.ts";
import type { TokenSource } from "./token-source.ts";

type MarkovData = Extract<Data, { kind: "markov" }>;

/** A first-order Markov source: its matrix, where it dwells, and its entropy rate. */
export interface MarkovSource {
  readonly size: number;
  /** Row-major [size, size], f64; each row sums to 1. */
  readonly transitions: Float64Array;
  readonly stationary: Float64Array;
  /** H = - sum_i pi_i sum_j P_ij ln P_ij, nats per token (Shannon 1948, theorem 5). */
  readonly entropyRate: number;
}

/**
 * The source that the data's seed describes: row i is the soft-max of z_ij / concentration with z standard normal (logistic-
 * normal rows, Aitchison and Shen 1980), so every transition is possible; large concentrations come close to uniform.
 */
export function markovSource({ seed, vocabularySize: size, concentration }: Omit<MarkovData, "kind" | "id">): MarkovSource {
  const stream = randomStream(seed, "markovTransitions");
  const transitions = new Float64Array(size * size);
  for (let i = 0; i < size; i += 1) {
    const row = transitions.subarray(i * size, (i + 1) * size);
    for (let j = 0; j < size; j += 1) row[j] = stream.normal() / concentration;
    const largest = row.reduce((best, value) => Math.max(best, value));
    // No entry below 1e-300: the chain stays irreducible, so its stationary distribution is unique.
    for (let j = 0; j < size; j += 1) row[j] = Math.max(exp((row[j] ?? 0) - largest), 1e-300);
    const sum = row.reduce((total, value) => total + value, 0);
    for (let j = 0; j < size; j += 1) row[j] = (row[j] ?? 0) / sum;
  }
  const stationary = stationaryDistribution(transitions, size);
  let entropyRate = 0;
  for (let i = 0; i < size; i += 1) {
    let rowEntropy = 0;
    for (let j = 0; j < size; j += 1) {
      const p = transitions[i * size + j] ?? 0;
      rowEntropy -= p * log(p);
    }
    entropyRate += (stationary[i] ?? 0) * rowEntropy;
  }
  return { size, transitions, stationary, entropyRate };
}

/** Entropy rate in nats per token of a markov source: the loss of a perfect model. */
export function markovEntropyRate(data: MarkovData): number {
  return markovSource(data).entropyRate;
}

/**
 * Windows drawn afresh from the source, started in its stationary distribution. Training windows follow the run's seed and step,
 * held-out windows the data's seed alone.
 *
 * @throws LadderError `input` VOCABULARY_TOO_SMALL
 */
export function markovTokenSource(data: MarkovData, vocabularySize: number, windowLength: number, seed: number): TokenSource {
  if (vocabularySize < data.vocabularySize)
    throw new LadderError(
      "input",
      "VOCABULARY_TOO_SMALL",
      `model.vocabularySize is ${vocabularySize}, but the source has ${data.vocabularySize} symbols`,
      {
        hint: `use vocabularySize ${data.vocabularySize}`,
      },
    );
  const { size, transitions, stationary, entropyRate } = markovSource(data);
  const start = cumulated(stationary);
  const rows = Array.from({ length: size }, (_, i) => cumulated(transitions.subarray(i * size, (i + 1) * size)));
  const window = new Int32Array(windowLength);
  const draw = (stream: RandomStream) => {
    let symbol = chooseSymbol(start, stream.uniform());
    window[0] = symbol;
    for (let t = 1; t < windowLength; t += 1) {
      symbol = chooseSymbol(rows[symbol] ?? start, stream.uniform());
      window[t] = symbol;
    }
    return window;
  };
  return {
    entropyRate,
    trainingWindows(step, count, write) {
      const stream = randomStream(seed, "batches", step);
      for (let index = 0; index < count; index += 1) write(index, draw(stream));
    },
    heldOutWindows(first, count, _total, write) {
      for (let index = 0; index < count; index += 1) write(index, draw(randomStream(data.seed, "heldOut", first + index)));
    },
  };
}

function cumulated(probabilities: Float64Array): Float64Array {
  let sum = 0;
  return probabilities.map((p) => (sum += p));
}

/** The first symbol whose cumulated probability exceeds `uniform`. */
function chooseSymbol(cumulative: Float64Array, uniform: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cumulative[middle] ?? 1) > uniform) high = middle;
    else low = middle + 1;
  }
  return low;
}
