import { studentTFactor } from "./student-t.ts";

/** A range with what it promises. Plain JSON; never read without its method. */
export interface Interval {
  readonly low: number;
  readonly high: number;
  /** Nominal share of repetitions in which the range holds the truth, for example 0.95. */
  readonly level: number;
  /** How it was obtained, in words. */
  readonly method: string;
  /** `parameter`: a fixed unknown. `prediction`: one new run. */
  readonly covers: "parameter" | "prediction";
  /** Of the scatter estimate behind it; null where the method has none. */
  readonly degreesOfFreedom: number | null;
}

/** `estimate ± t standard errors`, Student's t with the given degrees of freedom (> 0). */
export function studentTInterval(
  estimate: number,
  standardError: number,
  degreesOfFreedom: number,
  level: number,
  method: string,
  covers: Interval["covers"] = "parameter",
): Interval {
  return studentTIntervals(degreesOfFreedom, level, method, covers)(estimate, standardError);
}

/** As `studentTInterval`, for many estimates that share one scatter: the quantile is looked up once. */
export function studentTIntervals(
  degreesOfFreedom: number,
  level: number,
  method: string,
  covers: Interval["covers"] = "parameter",
): (estimate: number, standardError: number) => Interval {
  const factor = studentTFactor(level, degreesOfFreedom);
  return (estimate, standardError) => ({
    low: estimate - factor * standardError,
    high: estimate + factor * standardError,
    level,
    method,
    covers,
    degreesOfFreedom,
  });
}

/** True when the value lies inside, ends included. */
export function holds(interval: Interval, value: number): boolean {
  return interval.low <= value && value <= interval.high;
}
