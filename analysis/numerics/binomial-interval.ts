import { exp, log, log1p } from "./elementary.ts";

const bisections = 60;

/**
 * Interval for a share of which `inside` of `count` was seen (Clopper and Pearson 1934, Biometrika 26, 404): every share for which neither
 * so many nor so few would be less likely than (1 - level) / 2. It covers at least as often as it says.
 *
 * @param inside a whole number from 0 to `count`
 * @param count at least 1
 * @returns its ends, within [0, 1]
 */
export function binomialInterval(inside: number, count: number, level = 0.95): readonly [number, number] {
  const tail = (1 - level) / 2;
  const low = inside === 0 ? 0 : crossing((share) => 1 - probabilityOfAtMost(inside - 1, count, share) - tail);
  const high = inside === count ? 1 : crossing((share) => tail - probabilityOfAtMost(inside, count, share));
  return [low, high];
}

/** Root of a rising function on (0, 1). */
function crossing(excess: (share: number) => number): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < bisections; step += 1) {
    const middle = (low + high) / 2;
    if (excess(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function probabilityOfAtMost(most: number, count: number, share: number): number {
  const [logShare, logRest] = [log(share), log1p(-share)];
  let logChoose = 0;
  let sum = 0;
  for (let k = 0; k <= most; k += 1) {
    sum += exp(logChoose + k * logShare + (count - k) * logRest);
    logChoose += log((count - k) / (k + 1));
  }
  return sum;
}
