import { describe, expect, it } from "vitest";
import { estimateRemaining, estimateRunSeconds } from "../../../operations/estimate-duration.ts";

const measured = [
  { trainingFlops: 1e9, seconds: 2 },
  { trainingFlops: 1e9, seconds: 3 },
  { trainingFlops: 1e9, seconds: 400 },
  { trainingFlops: 64e9, seconds: 32 },
];

describe("the time that is left", () => {
  it("is the median of the measured runs of the same size, so a preempted run does not count", () => {
    expect(estimateRunSeconds(1e9, measured)).toBe(3);
  });

  it("takes seconds per FLOP from the size nearest in octaves", () => {
    expect(estimateRunSeconds(128e9, measured)).toBeCloseTo(64);
    expect(estimateRunSeconds(2e9, measured)).toBeCloseTo(6);
  });

  it("is unknown, and says so, before anything was measured", () => {
    expect(estimateRemaining([1e9], [], 2)).toEqual({ seconds: null, basis: "no measured runs yet: unknown" });
  });

  it("is shared by the slots but never shorter than the longest run", () => {
    expect(estimateRemaining([1e9, 1e9, 1e9, 1e9], measured, 2).seconds).toBe(6);
    expect(estimateRemaining([1e9, 64e9], measured, 8).seconds).toBe(32);
  });

  it("is nothing when nothing is left", () => {
    expect(estimateRemaining([], [], 2).seconds).toBe(0);
  });
});
