import { exp, log } from "../numerics/elementary.ts";
import type { Law } from "../laws/contract.ts";
import { LadderError } from "../study/ladder-error.ts";
import { toNatural } from "./output-scale.ts";

/** How to split compute between model size and tokens. Plain JSON. */
export interface Allocation {
  /** FLOPs. */
  readonly compute: number;
  readonly size: number;
  readonly tokens: number;
  readonly tokensPerParameter: number;
  /** The law's output there, natural units. */
  readonly loss: number;
}

export interface AllocationOptions {
  /** C = this x N x D; 6 by convention (forward 2, backward 4). */
  readonly flopsPerParameterToken?: number;
  /** Values of the law's other inputs, held fixed. */
  readonly fixed?: Readonly<Record<string, number>>;
}

/** ln tokens per parameter is searched within these: from 1e-4 to 1e8. */
const searched = { low: -9.21, high: 18.42 } as const;
const goldenRatio = 0.6180339887498949;
/** Enough to pin ln(D/N) to 1e-9: 27.6 x 0.618^50. */
const sections = 50;

/** Splits compute by one law for any of its parameters: made once, asked once a draw. */
export interface ComputeSplitter {
  /** Names of the two inputs that share the compute. */
  readonly size: string;
  readonly tokens: string;
  /**
   * The split of lowest loss; null where the loss still falls at an end of the range.
   *
   * @param coordinates parameters of the law in search coordinates
   * @param compute FLOPs, above 0
   */
  split(coordinates: Float64Array, compute: number): Allocation | null;
}

/**
 * The model size and tokens that a law expects the lowest loss from at a given compute: minimum over ln(D / N) on C = k N D by golden
 * section, which needs no gradient and gives the same bits everywhere. For L = E + A/N^alpha + B/D^beta this is Hoffmann et al. 2022
 * (arXiv:2203.15556), equation 4.
 *
 * @throws LadderError `input` ALLOCATION_UNKNOWN for a law that splits nothing; INPUT_MISSING when one of its other inputs has no value;
 *   INPUT_UNKNOWN for a value of something that it does not depend on, or that is split
 */
export function computeSplitter(law: Law, options: AllocationOptions = {}): ComputeSplitter {
  const { allocation } = law;
  if (allocation === undefined)
    throw new LadderError("input", "ALLOCATION_UNKNOWN", `${law.id} does not say how loss depends on both model size and tokens`, {
      fields: { law: law.id },
      hint: "fit a law of N and D, for example chinchilla",
    });
  const { flopsPerParameterToken = 6, fixed = {} } = options;
  checkOtherInputs(law, allocation, fixed);
  const columns = Object.fromEntries(law.inputs.map(({ name }) => [name, new Float64Array([fixed[name] ?? 0])]));
  const [sizes, tokens] = [columns[allocation.size], columns[allocation.tokens]];
  const prediction = new Float64Array(1);
  return {
    ...allocation,
    split(coordinates, compute) {
      const logProduct = log(compute / flopsPerParameterToken);
      const predicted = (logRatio: number): number => {
        if (sizes !== undefined) sizes[0] = exp((logProduct - logRatio) / 2);
        if (tokens !== undefined) tokens[0] = exp((logProduct + logRatio) / 2);
        law.prepare(columns).predict(coordinates, prediction);
        return prediction[0] ?? Number.NaN;
      };
      const logRatio = minimumOf(predicted);
      if (!(Math.min(logRatio - searched.low, searched.high - logRatio) > 1e-3)) return null;
      const loss = toNatural(law, predicted(logRatio));
      const [size, tokenCount] = [exp((logProduct - logRatio) / 2), exp((logProduct + logRatio) / 2)];
      return { compute, size, tokens: tokenCount, tokensPerParameter: exp(logRatio), loss };
    },
  };
}

/**
 * The split of one fit, see `computeSplitter`.
 *
 * @param coordinates parameters of the law in search coordinates
 * @param compute FLOPs, above 0
 * @throws LadderError as `computeSplitter`; `rejected` NO_INTERIOR_OPTIMUM when the loss still falls at the end of the range: one of the
 *   two terms is not there
 */
export function allocateCompute(law: Law, coordinates: Float64Array, compute: number, options: AllocationOptions = {}): Allocation {
  const found = computeSplitter(law, options).split(coordinates, compute);
  if (found !== null) return found;
  throw noInteriorOptimum(law, compute);
}

/** @param compute FLOPs at which there is none */
export function noInteriorOptimum(law: Law, compute: number): LadderError {
  return new LadderError(
    "rejected",
    "NO_INTERIOR_OPTIMUM",
    `by ${law.id} as fitted, loss at ${compute} FLOPs still falls at one token for 10,000 parameters or at 100 million tokens for each: one of its two terms is not there`,
    { fields: { law: law.id, compute }, hint: "the rows do not vary model size and tokens apart from each other, or too little" },
  );
}

function checkOtherInputs(law: Law, { size, tokens }: NonNullable<Law["allocation"]>, fixed: Readonly<Record<string, number>>): void {
  const others = law.inputs.map(({ name }) => name).filter((name) => name !== size && name !== tokens);
  const missing = others.filter((name) => fixed[name] === undefined);
  if (missing.length > 0)
    throw new LadderError("input", "INPUT_MISSING", `${law.id} also depends on ${missing.join(", ")}`, {
      fields: { law: law.id, missing },
      hint: `give --at ${missing.map((name) => `${name}=…`).join(",")}`,
    });
  const [unknown] = Object.keys(fixed).filter((name) => !others.includes(name));
  if (unknown === undefined) return;
  const isSplit = unknown === size || unknown === tokens;
  throw new LadderError(
    "input",
    "INPUT_UNKNOWN",
    isSplit ? `${unknown} is what compute is split into: it cannot be given` : `${law.id} does not depend on ${unknown}`,
    {
      fields: { law: law.id, input: unknown },
      hint: others.length === 0 ? `${law.id} has no input beside ${size} and ${tokens}: leave --at out` : `--at takes ${others.join(", ")}`,
    },
  );
}

function minimumOf(value: (at: number) => number): number {
  let [low, high]: [number, number] = [searched.low, searched.high];
  let left = high - goldenRatio * (high - low);
  let right = low + goldenRatio * (high - low);
  let [valueLeft, valueRight] = [value(left), value(right)];
  for (let section = 0; section < sections; section += 1) {
    if (valueLeft <= valueRight) {
      [high, right, valueRight] = [right, left, valueLeft];
      left = high - goldenRatio * (high - low);
      valueLeft = value(left);
    } else {
      [low, left, valueLeft] = [left, right, valueRight];
      right = low + goldenRatio * (high - low);
      valueRight = value(right);
    }
  }
  return (low + high) / 2;
}
