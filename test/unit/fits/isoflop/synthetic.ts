import type { FitRows } from "../../../../analysis/fits/contract.ts";
import { randomStream } from "../../../../analysis/numerics/random-stream.ts";

/** A law L = E + A / N^alpha + B / D^beta; its optimum is N* = G (C / 6)^(beta / (alpha + beta)). */
export const truth = { e: 1.8, a: 480, b: 2085, alpha: 0.35, beta: 0.37 };
export const trueExponent = truth.beta / (truth.alpha + truth.beta);

export function lossAt(size: number, tokens: number): number {
  return truth.e + truth.a * size ** -truth.alpha + truth.b * tokens ** -truth.beta;
}

export function bestSize(compute: number): number {
  const { a, b, alpha, beta } = truth;
  return ((alpha * a) / (beta * b)) ** (1 / (alpha + beta)) * (compute / 6) ** trueExponent;
}

export interface Budget {
  readonly compute: number;
  /** N over the best N. */
  readonly ratios: readonly number[];
}

/** Rows of an IsoFLOP design with seeded noise, nats. */
export function isoflopRows(budgets: readonly Budget[], noise = 0, seed = 1): FitRows {
  const stream = randomStream(seed, "isoflop-test");
  const rows = budgets.flatMap(({ compute, ratios }) =>
    ratios.map((ratio) => {
      const size = ratio * bestSize(compute);
      const tokens = compute / (6 * size);
      return { compute, size, tokens, loss: lossAt(size, tokens) + noise * stream.normal() };
    }),
  );
  const column = (of: (row: (typeof rows)[number]) => number): Float64Array => Float64Array.from(rows, of);
  return {
    columns: { C: column((row) => row.compute), N: column((row) => row.size), D: column((row) => row.tokens) },
    output: column((row) => row.loss),
  };
}

export const computes: readonly number[] = [1e18, 3e18, 1e19, 3e19, 1e20, 3e20];
export const narrow: readonly number[] = [0.3, 0.5, 0.7, 1, 1.4, 2, 3.3];
