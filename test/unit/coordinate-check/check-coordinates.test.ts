import { describe, expect, it } from "vitest";
import {
  checkCoordinates,
  type CoordinateCheckInput,
  type MeasuredCoordinate,
} from "../../../analysis/coordinate-check/check-coordinates.ts";
import { coordinateCheckSchema } from "../../../analysis/coordinate-check/coordinate-check.ts";
import { notTransfer } from "../../../analysis/coordinate-check/verdict-words.ts";
import { measureSlopes } from "../../../analysis/coordinate-check/slopes.ts";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import { type PlantedModule, plantRows, plantedModules, seeds, widths } from "./planted-rows.ts";

const check = (rows: readonly MeasuredCoordinate[], more: Partial<CoordinateCheckInput> = {}) =>
  checkCoordinates({ axis: "width", rows, modules: plantedModules, ...more });

const planted = (module: string, content: PlantedModule, steps = 4) => check(plantRows({ steps, modules: { [module]: content } }));

describe("a coordinate check", () => {
  it("passes where neither sizes nor changes depend on the axis", () => {
    const result = check(plantRows({ noise: 0.02 }));
    expect(result.verdict).toBe("pass");
    expect(result.reasons).toEqual([]);
    expect(result.words).toMatch(/^pass over width 64 to 512, 4 updates, 3 seeds: neither size nor change of 3 modules/);
  });

  it("is undecided, not failed, where a steep slope is not told from none", () => {
    const factors = new Map([
      ["64 1", 0.4],
      ["64 2", 1.1],
      ["128 3", 2],
      ["512 1", 2.4],
      ["512 2", 0.8],
    ]);
    const rows = plantRows().map((row) => {
      const strays = row.module === "hidden.1" && row.quantity === "changeRms" && row.step === 2;
      const factor = factors.get(`${row.axisValue} ${row.seed}`) ?? 1;
      return strays ? { ...row, value: row.value * factor } : row;
    });
    const result = check(rows);
    expect(result.verdict).toBe("undecided");
    expect(result.reasons).toMatchObject([{ kind: "uncertain-slope", module: "hidden.1", step: 2, bound: 0.15 }]);
    expect(result.reasons[0]?.words).toMatch(/at or beyond ±0.15; the interval holds 0: more seeds or values would tell$/);
  });

  it("never calls a pass transfer", () => {
    expect(check(plantRows()).words).not.toMatch(/transfer/);
    expect(notTransfer("width")).toContain("does not say that the best learning rate stays put");
  });

  it("is the same for rows in any order, and survives JSON", () => {
    const rows = plantRows({ noise: 0.05 });
    const result = check(rows);
    expect(check([...rows].reverse())).toEqual(result);
    expect(coordinateCheckSchema.parse(JSON.parse(JSON.stringify(result)))).toEqual(result);
  });

  it.each([
    ["hidden.1", { size: () => 0.25 }, "hidden.1: mean |x| grows over width with slope +0.25 before any update"],
    ["hidden.1", { size: () => -0.25 }, "hidden.1: mean |x| falls over width with slope −0.25 before any update"],
    ["hidden.0", { size: (step: number) => (step > 2 ? 0.3 : 0) }, "hidden.0: mean |x| grows over width with slope +0.30 after 3 updates"],
    ["logits", { size: () => 0.25 }, "logits: mean |x| grows over width with slope +0.25 before any update"],
    [
      "hidden.1",
      { change: (step: number) => (step === 3 ? 0.16 : 0) },
      "hidden.1: RMS of the change grows over width with slope +0.16 after 3 updates",
    ],
    [
      "logits",
      { change: (step: number) => (step === 1 ? -0.16 : 0) },
      "logits: RMS of the change falls over width with slope −0.16 after 1 update",
    ],
  ] as const)("fails where %s scales, and says so with step, slope, interval and bound", (module, content, words) => {
    const result = planted(module, content);
    expect(result.verdict).toBe("fail");
    expect(result.reasons[0]?.words).toContain(words);
    expect(result.reasons[0]?.words).toMatch(/\(95 % .* to .*\), (beyond [±+]0\.20|at or beyond ±0\.15)/);
  });

  it("is undecided where a readout's change falls no faster than its random start; faster, or from a flat start, it fails", () => {
    const logits = (start: number, change: number) => planted("logits", { size: (step) => (step === 0 ? start : 0), change: () => change });
    const result = logits(-0.5, -0.3);
    expect(result.verdict).toBe("undecided");
    expect(result.reasons).toMatchObject([{ kind: "readout-start", module: "logits", step: 1, bound: 0.15 }]);
    expect(result.reasons[0]?.words).toContain("check with zeroReadoutInit: true or at larger widths");
    expect(logits(-0.5, -0.6).verdict).toBe("fail");
    expect(logits(-0.5, 0.2).verdict).toBe("fail");
    expect(logits(-0.1, -0.3).verdict).toBe("fail");
  });

  it("lets a readout fall, and says where it vanishes at the start", () => {
    const result = planted("logits", { size: (step) => -0.5 + 0.1 * step });
    expect(result.verdict).toBe("pass");
    expect(result.notes[0]).toBe("logits starts with slope −0.50: a readout may vanish at the start, so this is no fault");
  });

  it("names the worst step of a module once", () => {
    const result = planted("hidden.1", { size: (step) => 0.25 + 0.1 * step });
    expect(result.reasons).toHaveLength(1);
    expect(result.reasons[0]).toMatchObject({ module: "hidden.1", step: 4, kind: "size-slope", bound: 0.2 });
    expect(result.reasons[0]?.slope).toBeCloseTo(0.65, 10);
  });

  it("is undecided where the change's slope lies between the bounds", () => {
    const result = planted("hidden.1", { change: () => 0.12 });
    expect(result.verdict).toBe("undecided");
    expect(result.reasons[0]).toMatchObject({ kind: "change-slope", verdict: "undecided" });
    expect(result.reasons[0]?.words).toContain("between 0.10 and 0.15");
  });

  it("is undecided where a hidden module hardly moved; an input module or a readout may rest", () => {
    expect(planted("hidden.1", { movement: 0.01 }).reasons).toMatchObject([{ kind: "small-movement", module: "hidden.1", step: 4 }]);
    expect(planted("hidden.1", { movement: 0.01 }).reasons[0]?.words).toContain("moved by 4 % of its size in 4 updates, less than 5 %");
    expect(planted("hidden.0", { movement: 0.001 }).verdict).toBe("pass");
    expect(planted("logits", { movement: 0.001 }).verdict).toBe("pass");
  });

  it("fails before it is undecided", () => {
    const result = check(plantRows({ modules: { "hidden.0": { size: () => 0.3 }, "hidden.1": { movement: 0.001, change: () => 0.12 } } }));
    expect(result.verdict).toBe("fail");
    expect(result.reasons.map(({ verdict }) => verdict)).toEqual(["fail", "undecided", "undecided"]);
  });

  it("fails at 8 steps what passes at 6", () => {
    const breaks = { change: (step: number) => (step > 6 ? 1.4 : 0.03) };
    expect(planted("hidden.1", breaks, 6).verdict).toBe("pass");
    expect(planted("hidden.1", breaks, 8).verdict).toBe("fail");
    expect(planted("hidden.1", breaks, 8).reasons[0]?.words).toContain("after 7 updates");
  });

  it("says of a slope that grows with the step where it is heading", () => {
    const result = planted("hidden.1", { change: (step) => 0.015 * step }, 6);
    expect(result.verdict).toBe("undecided");
    expect(result.reasons[0]).toMatchObject({ kind: "growing-slope", module: "hidden.1", step: 6 });
    expect(result.reasons[0]?.words).toContain("(+0.06, +0.08, +0.09 after 4, 5, 6) and is heading over 0.15 by step 10");
    expect(planted("hidden.1", { change: (step) => 0.09 - 0.015 * step }, 6).verdict).toBe("pass");
  });

  it("fails where a run diverged or a value is no number", () => {
    const gone = check(
      plantRows().filter(({ axisValue, seed }) => axisValue !== 512 || seed !== 2),
      { diverged: [{ axisValue: 512, seed: 2, step: 3 }] },
    );
    expect(gone.verdict).toBe("fail");
    expect(gone.words).toContain("the run at width 512, seed 2 diverged at step 3");
    const rows = plantRows().map((row) =>
      row.axisValue === 256 && row.seed === 1 && row.step === 4 && row.module === "logits" ? { ...row, value: Number.NaN } : row,
    );
    expect(check(rows).reasons[0]).toMatchObject({ kind: "not-finite", module: "logits", step: 4, verdict: "fail" });
    expect(check(rows).reasons[0]?.words).toContain("no finite number after 4 updates at width 256, seed 1");
    expect(check([], { diverged: widths.map((axisValue) => ({ axisValue, seed: 1, step: 1 })) }).verdict).toBe("fail");
  });

  it("is undecided for the caller's reservation, whatever the slopes are, and still shows them", () => {
    const rows = plantRows({ modules: { logits: { change: () => 0.2 } } });
    const result = check(rows, { reservations: ["the batch of 128 examples exceeds the smallest width 64"] });
    expect(result.verdict).toBe("undecided");
    expect(result.words).toContain("undecided over width 64 to 512, 4 updates, 3 seeds: the batch of 128 examples exceeds");
    expect(result.notes).toContainEqual(expect.stringContaining("slopes alone would say fail: logits"));
  });

  it("shows what a rule set says of a fail, and only of a fail", () => {
    const hints = ["Adam needs m_L^-1/2 or use 1/L"];
    expect(check(plantRows({ modules: { logits: { change: () => 0.3 } } }), { hints }).hints).toEqual(hints);
    expect(check(plantRows(), { hints }).hints).toEqual([]);
  });

  it("needs neither a start nor a change of what is zero", () => {
    const zeroReadout = plantRows().map((row) =>
      (row.module === "logits" && row.step === 0) || (row.module === "hidden.1" && row.step === 1 && row.quantity === "changeRms")
        ? { ...row, value: 0 }
        : row,
    );
    expect(check(zeroReadout).verdict).toBe("pass");
    const halfDead = plantRows().map((row) => (row.module === "hidden.1" && row.axisValue === 512 ? { ...row, value: 0 } : row));
    expect(check(halfDead).reasons[0]).toMatchObject({ kind: "some-zero", module: "hidden.1" });
  });

  it("judges over depth what lies outside of residual blocks", () => {
    const modules = plantedModules.map((module) => ({ ...module, insideBlock: module.kind === "hidden" }));
    const rows = plantRows({ axisValues: [4, 8, 16, 32], modules: { "hidden.1": { change: () => -0.5 } } });
    const result = check(rows, { axis: "depth", modules });
    expect(result.verdict).toBe("pass");
    expect(result.notes).toContain("1 module inside residual blocks is not judged over depth: their own change follows the depth rule");
    expect(check(rows, { axis: "width", modules }).verdict).toBe("fail");
  });

  it("does not judge a module that is not everywhere, and says so", () => {
    const rows = plantRows({ modules: { "hidden.1": { size: () => 1 } } }).filter(
      ({ module, axisValue }) => module !== "hidden.1" || axisValue > 64,
    );
    const result = check(rows);
    expect(result.verdict).toBe("pass");
    expect(result.notes).toContain("not judged, because not there at every width and seed: hidden.1");
  });

  it("judges sizes alone where no change was written, and says so", () => {
    const result = check(plantRows().filter(({ quantity }) => quantity === "l1"));
    expect(result.notes).toContain("the trainer wrote no changeRms for any module: only sizes are judged there");
  });

  it("cannot be read from one value or one step", () => {
    const error = (rows: readonly MeasuredCoordinate[]): unknown => {
      try {
        return check(rows);
      } catch (thrown) {
        return thrown;
      }
    };
    for (const rows of [plantRows({ axisValues: [64] }), plantRows({ steps: 0 }), []]) {
      expect(error(rows)).toBeInstanceOf(LadderError);
      expect(error(rows)).toMatchObject({ kind: "input", code: "COORDINATES_TOO_FEW" });
    }
    const apart = plantRows({ axisValues: [64, 128] }).map((row) => ({ ...row, module: `${row.module} of ${row.axisValue}` }));
    expect(error(apart)).toMatchObject({ kind: "input", code: "COORDINATES_NOT_COMPARABLE" });
  });
});

describe("slopes", () => {
  const slopeOf = (rows: readonly MeasuredCoordinate[]) =>
    check(rows).slopes.find(({ module, quantity, step }) => module === "hidden.1" && quantity === "l1" && step === 2);

  it("are least squares with an intercept a seed, with Student's t on the residuals", () => {
    const rows = plantRows({ noise: 0.05, modules: { "hidden.1": { size: () => 0.1 } } });
    const found = slopeOf(rows);
    const points = rows
      .filter(({ module, quantity, step }) => module === "hidden.1" && quantity === "l1" && step === 2)
      .map(({ axisValue, seed, value }) => ({ seed, x: Math.log(axisValue), y: Math.log(value) }));
    const center = (of: "x" | "y", seed: number) => {
      const own = points.filter((point) => point.seed === seed);
      return own.reduce((sum, point) => sum + point[of], 0) / own.length;
    };
    const centered = points.map(({ seed, x, y }) => ({ x: x - center("x", seed), y: y - center("y", seed) }));
    const spread = centered.reduce((sum, { x }) => sum + x * x, 0);
    const slope = centered.reduce((sum, { x, y }) => sum + x * y, 0) / spread;
    const residual = Math.sqrt(centered.reduce((sum, { x, y }) => sum + (y - slope * x) ** 2, 0) / (12 - 3 - 1));
    expect(found?.slope).toBeCloseTo(slope, 12);
    expect(found?.perSeed.map(({ seed }) => seed)).toEqual(seeds);
    // t quantile .975 with 8 degrees of freedom.
    expect((found?.interval?.high ?? 0) - slope).toBeCloseTo((2.306004135 * residual) / Math.sqrt(spread), 6);
  });

  it("hold the planted slope in about 95 of 100 checks", () => {
    const held = Array.from({ length: 200 }, (_, round) => {
      const random = randomStream(round, "coverage");
      const rows = widths.flatMap((axisValue) =>
        seeds.map((seed) => ({
          ...{ axisValue, seed, step: 2, module: "hidden.1", quantity: "l1" as const },
          value: axisValue ** 0.1 * Math.exp(0.1 * random.normal()),
        })),
      );
      const interval = measureSlopes(rows, 0.95)[0]?.interval;
      return interval != null && interval.low <= 0.1 && interval.high >= 0.1;
    }).filter(Boolean).length;
    expect(held).toBeGreaterThanOrEqual(180);
    expect(held).toBeLessThan(200);
  });

  it("have an interval from the residuals with one seed, and none with two values as well", () => {
    expect(slopeOf(plantRows({ noise: 0.05, seeds: [1] }))?.interval?.method).toContain("4 values with an intercept for each of 1 seed;");
    expect(slopeOf(plantRows({ noise: 0.05, seeds: [1], axisValues: [64, 128] }))?.interval).toBeNull();
  });
});
