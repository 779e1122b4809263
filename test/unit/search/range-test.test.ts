import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { log } from "../../../analysis/numerics/elementary.ts";
import { scheduleFactor } from "../../../analysis/numerics/schedule-factor.ts";
import { readRangeTest } from "../../../analysis/search/range-test/read-range-test.ts";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import type { Schedule } from "../../../analysis/study/trainer-contract.ts";
import { parseStudyFile } from "../../../infra/configs/study-file.ts";
import { rangeTestWords } from "../../../operations/report-range-test.ts";

const growth: Schedule = {
  shape: "exponentialGrowth",
  warmupSteps: 0,
  totalSteps: 201,
  finalFraction: 0,
  decaySteps: 0,
  initialFraction: 1e-4,
};

describe("growth", () => {
  test("is straight or in equal ratios, from the initial fraction at the first update to 1 at the last", () => {
    const factors = (shape: Schedule["shape"], steps: readonly number[]) =>
      steps.map((step) => scheduleFactor({ ...growth, shape, totalSteps: 5, initialFraction: 1 / 16 }, step));
    expect(factors("linearGrowth", [0, 1, 4, 9])).toEqual([0.0625, 0.0625 + 0.9375 / 4, 1, 1]);
    expect(factors("exponentialGrowth", [0, 1, 2, 3, 4, 9])).toEqual([0.0625, 0.125, 0.25, 0.5, 1, 1]);
    expect(scheduleFactor({ ...growth, totalSteps: 1 }, 0)).toBe(1);
  });
});

/** Losses of a made-up curve over the logarithm of the rate, at a peak of 10. */
const curve = (loss: (decade: number, step: number) => number) =>
  Array.from({ length: 201 }, (_, index) => ({
    step: index + 1,
    loss: loss(log(10 * scheduleFactor(growth, Math.max(0, index - 1))) / log(10), index),
  }));

test("the loss falls fastest in the middle of its fall, stops where it is lowest, and blows up where a quarter is lost", () => {
  // Falls from 3 to 1 between rates of 0.01 and 0.1, flat to 1, then up by 2 a decade.
  const reading = readRangeTest(
    growth,
    10,
    curve((decade) => (decade < -2 ? 3 : decade < -1 ? 3 - 2 * (decade + 2) : decade < 0 ? 1 - 0.01 * (decade + 1) : 0.99 + 2 * decade)),
    false,
  );
  expect(log(reading?.fastestFall ?? 0) / log(10)).toBeCloseTo(-1.5, 0);
  expect(log(reading?.suggestedMaximum ?? 0) / log(10)).toBeCloseTo(0, 0);
  expect(log(reading?.blowUp ?? 0) / log(10)).toBeCloseTo(0.25, 0);
  expect(reading).toMatchObject({ diverged: false, isStillFalling: false, neverFalls: false });
});

test("a range that ends too early, begins too high, diverges or was hardly logged is said to be so", () => {
  const still = readRangeTest(
    growth,
    10,
    curve((decade) => 3 - decade),
    false,
  );
  expect(still).toMatchObject({ isStillFalling: true, suggestedMaximum: null, blowUp: null });
  const flat = readRangeTest(
    growth,
    10,
    curve((_, step) => 2 + (step % 2) / 10),
    false,
  );
  expect(flat).toMatchObject({ neverFalls: true, suggestedMaximum: null, fastestFall: null, blowUp: null });
  const cut = readRangeTest(growth, 10, curve((decade) => -decade).slice(0, 150), true);
  expect(cut?.diverged).toBe(true);
  expect(cut?.blowUp).toBe(cut?.to);
  expect(readRangeTest(growth, 10, curve(() => 1).slice(0, 9), false)).toBeNull();
  expect([still, flat, cut].map((reading) => (reading === null ? "" : rangeTestWords(reading)))).toEqual([
    expect.stringMatching(/still falls at \S+: go higher/) as string,
    expect.stringMatching(/never fell .*: begin lower/) as string,
    expect.stringMatching(/the suggested maximum, and it diverged by/) as string,
  ]);
});

/** Paths of what is wrong with the example of a perceptron after changes. */
function problemsOf(...changes: readonly (readonly [RegExp, string])[]): readonly string[] {
  const text = readFileSync(join(import.meta.dirname, "../../../examples/mlp-teacher.yaml"), "utf8");
  try {
    parseStudyFile(
      changes.reduce((all, [from, to]) => all.replace(from, to), text),
      "study.yaml",
    );
    return [];
  } catch (error) {
    if (!(error instanceof LadderError)) throw error;
    return error.problems.map(({ path, message }) => `${path} ${message}`.replace(/ \(line \d+\)$/, ""));
  }
}

test("a range test without growth is refused, and so is a beginning of growth where nothing grows", () => {
  const strategy = [/space:\n.*\n/, "hyperparameters: { learningRate: 4 }\nstrategy: { name: range-test }\n"] as const;
  expect(problemsOf(strategy)).toEqual(["schedule.shape does not fit strategy range-test"]);
  expect(problemsOf(strategy, [/schedule: .*/, "schedule: { shape: exponentialGrowth, initialFraction: 0.01 }"])).toEqual([]);
  expect(problemsOf([/schedule: .*/, "schedule: { shape: linear, initialFraction: 0.1 }"])).toEqual([
    "schedule.initialFraction is not read by shape linear",
  ]);
});
