import { describe, expect, it } from "vitest";
import type { Schedule } from "../../../analysis/study/trainer-contract.ts";
import { scheduleFactor } from "../../../trainers/reference/training/schedule.ts";

const factors = (schedule: Schedule, steps: readonly number[]) => steps.map((step) => scheduleFactor(schedule, step));
const base: Schedule = { shape: "linear", warmupSteps: 4, totalSteps: 12, finalFraction: 0, decaySteps: 0 };

describe("scheduleFactor", () => {
  it("warms up in a straight line and reaches 1 at the last warm-up step", () => {
    expect(factors(base, [0, 1, 2, 3, 4])).toEqual([0.25, 0.5, 0.75, 1, 1]);
    expect(scheduleFactor({ ...base, warmupSteps: 0 }, 0)).toBe(1);
  });

  it("linear falls to the final fraction at the end of the schedule and stays there", () => {
    expect(factors(base, [4, 6, 8, 10, 11, 12, 30])).toEqual([1, 0.75, 0.5, 0.25, 0.125, 0, 0]);
    expect(factors({ ...base, finalFraction: 0.25 }, [8, 12])).toEqual([0.625, 0.25]);
  });

  it("cosine is half a wave", () => {
    const schedule: Schedule = { ...base, shape: "cosine", finalFraction: 0.1 };
    expect(scheduleFactor(schedule, 4)).toBe(1);
    expect(scheduleFactor(schedule, 8)).toBeCloseTo(0.55, 12);
    expect(scheduleFactor(schedule, 6)).toBeCloseTo(0.1 + 0.9 * (0.5 + Math.SQRT1_2 / 2), 12);
    expect(scheduleFactor(schedule, 12)).toBe(0.1);
  });

  it("constant stays at 1 after warm-up", () => {
    expect(factors({ ...base, shape: "constant", finalFraction: 0.5 }, [0, 3, 11, 50])).toEqual([0.25, 1, 1, 1]);
  });

  it("warm-up, stable, decay holds 1 until decaySteps before the end", () => {
    const schedule: Schedule = { ...base, shape: "warmupStableDecay", decaySteps: 4 };
    expect(factors(schedule, [3, 7, 8, 9, 10, 11, 12])).toEqual([1, 1, 1, 0.75, 0.5, 0.25, 0]);
    expect(scheduleFactor({ ...schedule, decaySteps: 100 }, 8)).toBe(0.5);
  });

  it("the inverse square root is Adafactor's own step over its peak of 0.01, whatever warm-up and end say", () => {
    const schedule: Schedule = { ...base, shape: "inverseSquareRoot", finalFraction: 0.5 };
    const updates = [1, 100, 10_000, 40_000, 1_000_000];
    expect(updates.map((update) => 0.01 * scheduleFactor(schedule, update - 1))).toEqual(
      updates.map((update) => Math.min(0.01, 1 / Math.sqrt(update))),
    );
  });
});
