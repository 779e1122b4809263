import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compareProxyWithTarget, type TrainingSetting } from "../../../analysis/verification/proxy-target.ts";
import { assertScales } from "../../../infra/configs/index.ts";
import { nanoGptMup } from "../../../infra/configs/nanogpt-mup.ts";
import type { TransferRequest } from "../../../infra/configs/config-format.ts";

const example = readFileSync(new URL("../../../examples/configs/nanogpt-mup.py", import.meta.url), "utf8");

describe("what a nanoGPT-mup config says of its training", () => {
  it("is a cosine with its warm-up and end, torch's decoupled decay, and heads", () => {
    expect(nanoGptMup.readSetting(example)).toEqual({
      schedule: { shape: "cosine", warmupFraction: 0.1, decayEndFraction: 1, finalFraction: 0 },
      weightDecay: { kind: "decoupled", isUsed: false },
      heads: [{ width: 256, headDimension: 8 }],
    });
  });

  it("is a constant rate when decay_lr is False", () => {
    expect(nanoGptMup.readSetting(example.replace("decay_lr = True", "decay_lr = False")).schedule).toEqual({
      shape: "constant",
      warmupFraction: 0,
    });
  });

  it("is flagged beside a proxy that decayed in a straight line, with both schedules named", () => {
    const proxy: TrainingSetting = {
      schedule: { shape: "linear", warmupFraction: 0.1, finalFraction: 0, decayEndFraction: 1 },
      weightDecay: { kind: "independent", isUsed: true },
      heads: [16, 32].map((width) => ({ width, headDimension: 8 })),
    };
    expect(compareProxyWithTarget(proxy, nanoGptMup.readSetting(example)).map(({ words }) => words)).toEqual([
      "the schedule of the proxy is linear, 10 % warm-up, down to 0 % of the peak, of the target cosine, 10 % warm-up, down to 0 % of the peak",
      "weight decay of the proxy is independent (times the schedule alone), of the target none",
    ]);
  });
});

describe("a config that asks for muP", () => {
  const request: TransferRequest = {
    parametrization: "mup",
    hyperparameters: {},
    base: { width: 16, depth: 2, headDimension: 8 },
    target: { width: 256, depth: 2, headDimension: 8, batchSizeTokens: 256, tokenHorizon: 51_200 },
  };

  it.each([{ maximalUpdate: true, widthMultiplier: 1 }, { maximalUpdate: true }])("is refused when it scales nothing: %o", (values) => {
    expect(() => assertScales(values, request)).toThrow(
      expect.objectContaining({ code: "CONFIG_SCALES_NOTHING", hint: "its width multiplier must be 16" }),
    );
  });

  it("passes with its multiplier, at the base width, and without muP", () => {
    expect(() => assertScales({ maximalUpdate: true, widthMultiplier: 16 }, request)).not.toThrow();
    expect(() =>
      assertScales({ maximalUpdate: true, widthMultiplier: 1 }, { ...request, base: { width: 256, depth: 2, headDimension: 8 } }),
    ).not.toThrow();
    expect(() => assertScales({ maximalUpdate: false }, request)).not.toThrow();
  });
});
