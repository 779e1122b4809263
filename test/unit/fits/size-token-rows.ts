import type { FitRows } from "../../../analysis/fits/contract.ts";
import { exp, pow } from "../../../analysis/numerics/elementary.ts";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";

/** 8 sizes x 6 token counts of L = E + 400 / N^0.34 + 2000 / D^0.37 with relative noise. */
export function lossRows({ E = 1.8, noise = 0, seed = 1 } = {}): FitRows {
  const stream = randomStream(seed, "loss-rows");
  const points = Array.from({ length: 48 }, (_, index) => ({ N: 2e7 * pow(2, index % 8), D: 4e8 * pow(3, Math.floor(index / 8)) }));
  return {
    columns: { N: Float64Array.from(points, ({ N }) => N), D: Float64Array.from(points, ({ D }) => D) },
    output: Float64Array.from(points, ({ N, D }) => (E + 400 * pow(N, -0.34) + 2000 * pow(D, -0.37)) * exp(noise * stream.normal())),
  };
}
