import { LadderError } from "../../../analysis/study/ladder-error.ts";

/** Above this size elimination (n^3 / 3 steps) takes seconds, and repeated steps of the chain are used. */
const largestElimination = 512;
const mostSteps = 20_000;

/**
 * The distribution pi with pi P = pi of an irreducible chain. Up to 512 states by the elimination of Grassmann, Taksar and Heyman
 * (1985), which never subtracts and is exact to rounding whatever the chain; above, by stepping the chain until pi moves by
 * less than 1e-14 in total.
 *
 * @param transitions row-major [size, size], rows sum to 1
 * @throws LadderError `input` CHAIN_MIXES_SLOWLY when a large chain does not settle
 */
export function stationaryDistribution(transitions: Float64Array, size: number): Float64Array {
  return size <= largestElimination ? eliminate(transitions, size) : step(transitions, size);
}

function eliminate(transitions: Float64Array, size: number): Float64Array {
  const p = Float64Array.from(transitions);
  const at = (i: number, j: number) => p[i * size + j] ?? 0;
  for (let n = size - 1; n > 0; n -= 1) {
    let leaving = 0;
    for (let j = 0; j < n; j += 1) leaving += at(n, j);
    for (let i = 0; i < n; i += 1) {
      const share = at(i, n) / leaving;
      p[i * size + n] = share;
      for (let j = 0; j < n; j += 1) p[i * size + j] = at(i, j) + share * at(n, j);
    }
  }
  const distribution = new Float64Array(size);
  distribution[0] = 1;
  let total = 1;
  for (let n = 1; n < size; n += 1) {
    let mass = 0;
    for (let i = 0; i < n; i += 1) mass += (distribution[i] ?? 0) * at(i, n);
    distribution[n] = mass;
    total += mass;
  }
  return distribution.map((mass) => mass / total);
}

function step(transitions: Float64Array, size: number): Float64Array {
  let now = new Float64Array(size).fill(1 / size);
  for (let count = 0; count < mostSteps; count += 1) {
    const next = new Float64Array(size);
    for (let i = 0; i < size; i += 1) {
      const mass = now[i] ?? 0;
      for (let j = 0; j < size; j += 1) next[j] = (next[j] ?? 0) + mass * (transitions[i * size + j] ?? 0);
    }
    const total = next.reduce((sum, mass) => sum + mass, 0);
    let moved = 0;
    for (let j = 0; j < size; j += 1) {
      next[j] = (next[j] ?? 0) / total;
      moved += Math.abs((next[j] ?? 0) - (now[j] ?? 0));
    }
    now = next;
    if (moved < 1e-14) return now;
  }
  throw new LadderError("input", "CHAIN_MIXES_SLOWLY", `the markov source of ${size} symbols does not settle in ${mostSteps} steps`, {
    hint: "use a larger concentration or at most 512 symbols",
  });
}
