import { describe, expect, it } from "vitest";
import { ageText, durationText, flopsText, hyperparametersText, lossText, valueText, varyingAxes } from "../../../cli/number-text.ts";
import { countOption, numberOption, parseNumber, parseOptions, seedsOption } from "../../../cli/options.ts";
import { z } from "zod";

describe("numbers as people read them", () => {
  it.each([
    [0.4, "0.4s"],
    [45.2, "45s"],
    [200, "3m 20s"],
    [7500, "2h 05m"],
    [100_000, "1d 3h"],
    [Number.NaN, "unknown"],
  ])("duration %d is %s", (seconds, text) => expect(durationText(seconds)).toBe(text));

  it("ages in one unit", () => expect([5, 65, 7300, 200_000].map(ageText)).toEqual(["5s", "1m", "2h", "2d"]));

  it("powers of two as such, others with four digits", () => {
    expect([2 ** -7, 2 ** -6.5, 0.1, 0, 1, 1e-8].map(valueText)).toEqual(["2^-7", "2^-6.5", "0.1", "0", "1", "1e-8"]);
    expect(hyperparametersText({ learningRate: 0.0078125, weightDecay: 0.1 })).toBe("learningRate=2^-7 weightDecay=0.1");
  });

  it("losses and FLOPs", () => expect([lossText(1.23456), lossText(null), flopsText(3.214e13)]).toEqual(["1.2346", "–", "3.21e13 FLOPs"]));

  it("names the axes in which scales differ, width when they agree", () => {
    const scale = { width: 16, depth: 2, headDimension: 8, batchSizeTokens: 256, tokenHorizon: 512 };
    expect(varyingAxes([scale, { ...scale, depth: 4 }])).toEqual(["depth"]);
    expect(varyingAxes([scale])).toEqual(["width"]);
  });
});

describe("options as typed", () => {
  it("reads numbers and powers of two", () =>
    expect(["0.01", "1e-3", "2^-7", "", "x", "NaN"].map(parseNumber)).toEqual([0.01, 0.001, 2 ** -7, undefined, undefined, undefined]));

  it("names every wrong option with its value", () => {
    const schema = z.object({ concurrency: countOption.optional(), budgetFlops: numberOption.optional(), seeds: seedsOption.optional() });
    expect(parseOptions(schema, { concurrency: "4", seeds: "1,2" })).toEqual({ concurrency: 4, seeds: [1, 2] });
    expect(() => parseOptions(schema, { concurrency: "0", budgetFlops: "much", seeds: "1" })).toThrow(
      expect.objectContaining({
        code: "USAGE",
        problems: [
          { path: "--concurrency", message: "must be a whole number from 1 on", value: '"0"' },
          { path: "--budget-flops", message: "must be a number, for example 0.0078125 or 2^-7", value: '"much"' },
        ],
      }),
    );
  });
});
