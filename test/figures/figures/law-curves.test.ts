import { describe, expect, it } from "vitest";
import { z } from "zod";
import { figureThemes, lawCurveFigure, openFittedRows, readLawCurves } from "../../../analysis/index.ts";
import { selectRows } from "../../../analysis/fits/row-selection.ts";
import { chinchilla } from "../../../analysis/laws/chinchilla.ts";
import { findLaw } from "../../../analysis/laws/index.ts";
import { keptFit } from "../../unit/fits/kept-fit.ts";
import { calibrated, chinchillaFit, llamaFit, misfittingFit } from "./fitted-laws.ts";

const fitted = chinchillaFit();
const identified = { value: 1.82, interval95: [1.77, 1.87] as const, identified: true, profile95: [1.76, 1.88] as const };
const curves = readLawCurves(fitted, { parameters: { E: identified } });

describe("curves of a fitted law", () => {
  for (const theme of figureThemes)
    it(`are plain JSON and keep their bits, ${theme}`, async () => {
      const figure = lawCurveFigure(curves, { theme });
      expect(JSON.parse(JSON.stringify(figure))).toEqual(figure);
      await expect(`${JSON.stringify(figure, null, 1)}\n`).toMatchFileSnapshot(`snapshots/law-curves-${theme}.json`);
    });

  it("thin 40 model sizes to eight, and reach from the first row of each to the largest compute", () => {
    expect(new Set(curves.rows.map(({ key }) => key)).size).toBeGreaterThan(40);
    expect(curves.curves).toHaveLength(8);
    const farthest = Math.max(...curves.rows.map(({ at }) => at));
    for (const { points } of curves.curves) expect(points.at(-1)?.at).toBeCloseTo(farthest, -10);
  });

  it("hold the mean within the new run, and widen beyond the rows", () => {
    for (const { points, measured } of curves.curves) {
      for (const { output, mean, newRun } of points) {
        expect(newRun.low).toBeLessThan(mean.low);
        expect(mean.low).toBeLessThan(output);
        expect(output).toBeLessThan(mean.high);
        expect(mean.high).toBeLessThan(newRun.high);
      }
      if (measured !== null) expect(measured.high).toBeLessThanOrEqual(1e21);
    }
  });

  it("pass through what the forecast says, in natural units", () => {
    const [curve] = curves.curves;
    const point = curve?.points[10];
    if (curve === undefined || point === undefined) throw new Error("there is a curve");
    const size = curve.key ?? 0;
    const columns = { N: Float64Array.of(size), D: Float64Array.of(point.at / (6 * size)) };
    const [place] = fitted.forecast.intervalsAt(columns, Float64Array.of(Math.log(point.at)));
    expect(point.output).toBeCloseTo(Math.exp(place?.center ?? 0), 9);
    expect(point.newRun.high).toBeCloseTo(Math.exp((place?.center ?? 0) + (place?.newRunHalfWidth ?? 0)), 9);
  });

  it("tell what was fitted, held out and excluded apart by symbol and fill", () => {
    const { data } = lawCurveFigure(curves, { theme: "light" });
    const entries = data.flatMap((trace) => (typeof trace["name"] === "string" && trace["legend"] === undefined ? [trace["name"]] : []));
    expect(entries.slice(0, 3)).toEqual(["fitted (217)", "held out (23)", "excluded (5)"]);
    const text = JSON.stringify(data);
    for (const symbol of ["circle", "diamond-open", "x-thin-open"]) expect(text).toContain(`"symbol":"${symbol}"`);
    expect(text).toContain('"dash":"dash"');
  });

  it("have a logarithmic loss axis with plain numbers", () => {
    const { layout } = lawCurveFigure(curves, { theme: "light" });
    expect(layout["yaxis"]).toMatchObject({ type: "log", ticktext: ["2", "2.5", "3", "3.5", "4", "4.5", "5"] });
  });

  it("draw the irreducible loss only where the rows tell it", () => {
    expect(curves.irreducible).toEqual({ value: 1.82, interval: { low: 1.77, high: 1.87 } });
    expect(JSON.stringify(lawCurveFigure(curves, { theme: "light" }).data)).toContain("irreducible loss 1.82");
    const untold = readLawCurves(fitted, { parameters: { E: { ...identified, identified: false } } });
    expect(untold.irreducible).toBeNull();
    expect(JSON.stringify(lawCurveFigure(untold, { theme: "light" }).data)).not.toContain("irreducible loss");
  });

  it("are not pressed flat by an irreducible loss far below", () => {
    const low = readLawCurves(fitted, { parameters: { E: { ...identified, value: 0.01, interval95: null } } });
    const { data, layout } = lawCurveFigure(low, { theme: "light" });
    const { range } = z.object({ range: z.tuple([z.number(), z.number()]) }).parse(layout["yaxis"]);
    expect(10 ** range[0]).toBeGreaterThan(1.8);
    expect(data.map(({ name }) => name)).toContain("irreducible loss 0.01, below the frame");
  });

  it("are read from a kept fit", () => {
    const open = keptFit(
      chinchilla,
      selectRows(
        fitted.rows,
        Array.from({ length: 40 }, (_, index) => 5 * index),
      ),
      { draws: 2 },
    );
    const read = openFittedRows({ ...open, heldOutRows: [1] }, fitted.forecast);
    expect(read.parts.slice(0, 3)).toEqual(["fitted", "held out", "fitted"]);
    expect(readLawCurves(read).rows[1]).toMatchObject({ part: "held out", name: "line 1" });
    expect(() => openFittedRows({ ...open, logBudgets: undefined }, fitted.forecast)).toThrow(/have neither C nor both N and D/);
  });

  it("have the commonest value of inputs that are neither along nor apart, and leave out rows elsewhere", () => {
    const law = findLaw("data-constrained");
    const [N, D, U] = [
      [1e8, 1e8, 2e8, 2e8, 2e8],
      [1e9, 2e9, 1e9, 2e9, 4e9],
      [1e9, 1e9, 1e9, 1e9, 4e9],
    ].map((values) => Float64Array.from(values));
    if (N === undefined || D === undefined || U === undefined) throw new Error("three columns");
    const place = { center: 1, meanHalfWidth: 0.1, newRunHalfWidth: 0.2, calibration: { level: 0.95, words: "" } };
    const curve = readLawCurves({
      law,
      rows: { columns: { N, D, U }, output: new Float64Array(5).fill(3) },
      parts: ["fitted", "fitted", "fitted", "fitted", "fitted"],
      logBudgets: N.map((size, row) => Math.log(6 * size * (D[row] ?? 0))),
      forecast: { intervalsAt: (columns) => Array.from(columns["U"] ?? [], (unique) => ({ ...place, center: Math.log(unique) })) },
    });
    expect(curve).toMatchObject({ fixed: { U: 1e9 }, rowsElsewhere: 1 });
    expect(curve.curves.map(({ key }) => key)).toEqual([1e8, 2e8]);
    for (const { points } of curve.curves) for (const point of points) expect(point.output / 1e9).toBeCloseTo(1, 9);
  });

  it("run along tokens on demand, and along the one input of other laws", () => {
    const overTokens = readLawCurves(misfittingFit(), { along: "D" });
    expect(overTokens.along.unit).toBe("tokens");
    const single = readLawCurves(calibrated(llamaFit()), { to: 3.8e25 });
    expect(single.calibration).not.toBe("");
    expect(single).toMatchObject({ by: null, along: { name: "C" } });
    expect(single.curves).toHaveLength(1);
    expect(single.curves[0]?.measured?.high).toBeLessThan(1e22);
    expect(single.curves[0]?.points.at(-1)?.at).toBe(3.8e25);
    expect(() => readLawCurves(fitted, { along: "width" })).toThrow(/cannot be drawn along "width"; it can along N, D, C/);
  });
});
