import { quickExp, quickLog } from "../../../numerics/quick-exp-log.ts";
import { logImprovement } from "../../../numerics/normal-distribution.ts";

/** A front as a staircase: strip i runs from `starts[i]` to `starts[i + 1]` (the last to `end`) at the least loss there is. */
export interface Staircase {
  readonly starts: Float64Array;
  readonly levels: Float64Array;
  /** ln of how much a unit of level is worth in each strip. */
  readonly logWorths: Float64Array;
  readonly strips: number;
  readonly end: number;
}

const nothing = -1e9;

/**
 * ln of the expected growth of the area under a staircase, of ln(cost) and loss, by one more trial whose loss and ln(cost) are
 * independent and normal: exact, strip by strip. A trial of ln cost c gains |[max(c, u_i), u_{i+1}]| (level_i - loss)_+ in strip i, and
 * the expectation of the product is a product of expectations, of which that of the length is psi(u_{i+1}) - psi(u_i) with
 * psi(u) = E (u - c)_+. (Emmerich, Yang, Deutz, Wang and Fonseca 2016, for two objectives.)
 *
 * @param room scratch of at least `strips` numbers
 */
export function logExpectedArea(
  { starts, levels, logWorths, strips, end }: Staircase,
  lossMean: number,
  lossDeviation: number,
  logCost: number,
  logCostDeviation: number,
  room: Float64Array,
): number {
  const deviation = Math.max(lossDeviation, 1e-9);
  const logDeviation = quickLog(deviation);
  let below = expectedExcess(starts[0] ?? 0, logCost, logCostDeviation);
  let greatest = nothing;
  for (let strip = 0; strip < strips; strip += 1) {
    const above = expectedExcess(strip + 1 < strips ? (starts[strip + 1] ?? 0) : end, logCost, logCostDeviation);
    const length = above - below;
    below = above;
    let term = nothing;
    if (length > 1e-12)
      term = quickLog(length) + (logWorths[strip] ?? 0) + logDeviation + logImprovement(((levels[strip] ?? 0) - lossMean) / deviation);
    room[strip] = term;
    if (term > greatest) greatest = term;
  }
  if (greatest === nothing) return nothing;
  let sum = 0;
  for (let strip = 0; strip < strips; strip += 1) sum += quickExp((room[strip] ?? 0) - greatest);
  return greatest + quickLog(sum);
}

/** E (limit - c)_+ of a normal c. */
function expectedExcess(limit: number, mean: number, deviation: number): number {
  if (deviation < 1e-6 || limit - mean > 8 * deviation) return Math.max(0, limit - mean);
  return deviation * quickExp(logImprovement((limit - mean) / deviation));
}
