import { describe, expect, it } from "vitest";
import {
  compareProxyWithTarget,
  fixedWithWidth,
  headLayoutDifferences,
  scalesNothing,
  type TrainingSetting,
} from "../../../analysis/verification/proxy-target.ts";

const linear = { shape: "linear", warmupFraction: 0.1, finalFraction: 0 } as const;
const words = (proxy: TrainingSetting, target: TrainingSetting) => compareProxyWithTarget(proxy, target).map((entry) => entry.words);

describe("a proxy beside its target", () => {
  it("is flagged for nothing when they agree, or when the target does not say", () => {
    const same: TrainingSetting = {
      schedule: linear,
      weightDecay: { kind: "decoupled", isUsed: true },
      heads: [{ width: 64, headDimension: 8 }],
    };
    expect(words(same, same)).toEqual([]);
    expect(words(same, {})).toEqual([]);
    expect(words(same, { schedule: { shape: "linear", warmupFraction: 0.1004, decayFraction: 0.9 } })).toEqual([]);
  });

  it.each([
    [{ ...linear, shape: "cosine" as const }, "cosine, 10 % warm-up, down to 0 % of the peak"],
    [{ ...linear, finalFraction: 0.1 }, "linear, 10 % warm-up, down to 10 % of the peak"],
    [{ ...linear, warmupFraction: 0.02 }, "linear, 2 % warm-up, down to 0 % of the peak"],
    [{ shape: "constant" as const, warmupFraction: 0.1 }, "constant, 10 % warm-up"],
  ])("names both schedules when they differ: %o", (schedule, target) => {
    expect(words({ schedule: linear }, { schedule })).toEqual([
      `the schedule of the proxy is linear, 10 % warm-up, down to 0 % of the peak, of the target ${target}`,
    ]);
  });

  it("sees a decay that ends before the run does", () => {
    const [first] = words({ schedule: { ...linear, decayEndFraction: 1 } }, { schedule: { ...linear, decayEndFraction: 0.5 } });
    expect(first).toContain("reached at 50 % of the run");
    expect(words({ schedule: { shape: "constant", finalFraction: 0 } }, { schedule: { shape: "constant", finalFraction: 1 } })).toEqual([]);
  });

  it("compares kinds of weight decay where there is any", () => {
    const decay = (kind: "coupled" | "decoupled" | "independent" | "constantTimescale", isUsed = true): TrainingSetting => ({
      weightDecay: { kind, isUsed },
    });
    expect(words(decay("independent"), decay("decoupled"))).toEqual([
      "weight decay of the proxy is independent (times the schedule alone), of the target decoupled (times the learning rate)",
    ]);
    expect(words(decay("independent", false), decay("decoupled", false))).toEqual([]);
    expect(words(decay("decoupled", false), decay("decoupled"))).toEqual([
      "weight decay of the proxy is none, of the target decoupled (times the learning rate)",
    ]);
  });
});

describe("head layouts", () => {
  const fixedDimension = [64, 128].map((width) => ({ width, headDimension: 16 }));
  const fixedCount = [64, 128].map((width) => ({ width, headDimension: width / 4 }));

  it("are read from what was trained", () => {
    expect(fixedWithWidth(fixedDimension)).toBe("headDimension");
    expect(fixedWithWidth(fixedCount)).toBe("headCount");
    expect(fixedWithWidth([...fixedDimension, { width: 128, headDimension: 32 }])).toBe("mixed");
    expect(fixedWithWidth(fixedDimension.slice(0, 1))).toBe("one-layout");
  });

  it("of a target that goes on as the proxies did are not flagged", () => {
    expect(headLayoutDifferences(fixedDimension, [{ width: 1024, headDimension: 16 }])).toEqual([]);
    expect(headLayoutDifferences(fixedCount, [{ width: 1024, headDimension: 256 }])).toEqual([]);
  });

  it("of a target with a head dimension that was never trained are flagged with both layouts", () => {
    expect(headLayoutDifferences(fixedDimension, [{ width: 1024, headDimension: 128 }]).map((entry) => entry.words)).toEqual([
      "the head layout of the proxy is head dimension 16 at every width, of the target head dimension 128 (8 heads at width 1024)",
    ]);
    expect(headLayoutDifferences(fixedCount, [{ width: 1024, headDimension: 128 }]).map((entry) => entry.words)).toEqual([
      "the head layout of the proxy is 4 heads at every width, of the target head dimension 128 (8 heads at width 1024)",
    ]);
  });

  it("one trained layout cannot say what is fixed", () => {
    const [first] = headLayoutDifferences(fixedDimension.slice(0, 1), [{ width: 128, headDimension: 32 }]);
    expect(first?.words).toContain("cannot be told from one layout");
  });
});

it("a target unlike its base scales nothing when every multiplier is 1", () => {
  expect(scalesNothing(64, 1024, [1, 1])).toBe(true);
  expect(scalesNothing(64, 1024, [1, 16])).toBe(false);
  expect(scalesNothing(64, 64, [1])).toBe(false);
});
