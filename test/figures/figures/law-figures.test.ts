import { describe, expect, it } from "vitest";
import {
  allocationFigure,
  figureThemes,
  isoflopFigure,
  type ParameterProfile,
  type PlotlyFigure,
  profileFigure,
  readAllocationFrontier,
  readIsoflopProfiles,
  readLawResiduals,
  readParameterProfiles,
  residualFigure,
} from "../../../analysis/index.ts";
import { allocateCompute } from "../../../analysis/fits/allocation.ts";
import { assessIdentifiability } from "../../../analysis/fits/identifiability.ts";
import { isoflop, type IsoflopReading } from "../../../analysis/fits/isoflop/isoflop.ts";
import { chinchilla } from "../../../analysis/laws/chinchilla.ts";
import { findLaw } from "../../../analysis/laws/index.ts";
import {
  chinchillaFit,
  coordinatesOf,
  extractedRows,
  type Minimum,
  misfittingMinimum,
  oneRatioMinimum,
  plannedAllocation,
  porianRows,
} from "./fitted-laws.ts";

const fitted = chinchillaFit();
const residuals = readLawResiduals(fitted);
const plan = plannedAllocation(fitted, 5.76e23);
const frontier = readAllocationFrontier(chinchilla, plan);
const profilesOf = (of: Minimum): readonly ParameterProfile[] =>
  readParameterProfiles(of.law, of.fit, assessIdentifiability(of.prepared, coordinatesOf(of)));
const profiles = profilesOf(fitted);
const isoflopOf = (rows: ReturnType<typeof porianRows>, optimumOf: "N" | "D", reading: IsoflopReading) =>
  readIsoflopProfiles(rows, isoflop(rows, { optimumOf, reading, draws: 100 }));
const llama = isoflopOf(extractedRows("llama_3", "raw_loss", true), "D", "parabola");
const porian = isoflopOf(porianRows("owt2_base_long_kaplan_standard_val"), "N", "akima");

function everyFigure(theme: (typeof figureThemes)[number]): Readonly<Record<string, PlotlyFigure>> {
  return {
    residuals: residualFigure(residuals, { theme }),
    isoflop: isoflopFigure(porian, { theme }),
    allocation: allocationFigure(frontier, { theme }),
    profiles: profileFigure(profiles, { theme }),
  };
}

const namesOf = ({ data }: PlotlyFigure): readonly unknown[] =>
  data.flatMap((trace) => (trace["showlegend"] === true && trace["legend"] === undefined ? [trace["name"]] : []));

describe("figures of fitted laws are plain JSON and keep their bits", () => {
  for (const theme of figureThemes)
    for (const name of ["residuals", "isoflop", "allocation", "profiles"])
      it(`${name}, ${theme}`, async () => {
        const figure = everyFigure(theme)[name];
        expect(JSON.parse(JSON.stringify(figure))).toEqual(figure);
        await expect(`${JSON.stringify(figure, null, 1)}\n`).toMatchFileSnapshot(`snapshots/law-${name}-${theme}.json`);
      });
});

describe("residuals", () => {
  it("are ln measured - ln predicted at each row's budget, without the excluded rows", () => {
    expect(residuals.rows).toHaveLength(240);
    expect(residuals.excluded).toBe(5);
    const [first] = residuals.rows;
    const columns = { N: Float64Array.of(fitted.rows.columns["N"]?.[0] ?? 0), D: Float64Array.of(fitted.rows.columns["D"]?.[0] ?? 0) };
    const [place] = fitted.forecast.intervalsAt(columns, fitted.logBudgets.slice(0, 1));
    expect(first?.residual).toBeCloseTo(Math.log(fitted.rows.output[0] ?? 0) - (place?.center ?? 0), 9);
  });

  it("have means that are those of their rows, apart for fitted and held-out ones", () => {
    const counted = (part: string): number =>
      residuals.levels.flatMap(({ means }) => means.filter((own) => own.part === part)).reduce((sum, { rows }) => sum + rows, 0);
    expect([counted("fitted"), counted("held out")]).toEqual([217, 23]);
    const heldOut = residuals.levels.at(-1)?.means.find(({ part }) => part === "held out");
    const own = residuals.rows.filter(
      ({ part, budget }) => part === "held out" && budget >= (heldOut?.from ?? 0) * 0.999999 && budget <= (heldOut?.to ?? 0) * 1.000001,
    );
    expect(own).toHaveLength(heldOut?.rows ?? -1);
    expect(heldOut?.mean).toBeCloseTo(own.reduce((sum, { residual }) => sum + residual, 0) / own.length, 9);
  });

  it("are drawn around a zero line, with a band that is wider for the budgets that were held out", () => {
    expect(residuals.levels.at(-1)?.halfWidth).toBeGreaterThan(residuals.levels[0]?.halfWidth ?? Infinity);
    const figure = residualFigure(residuals, { theme: "light" });
    expect(namesOf(figure)).toEqual(["fitted (217)", "held out (23)", "mean of a budget", "95 %, one new run"]);
    expect(JSON.stringify(figure.layout["yaxis"])).toContain("ln measured − ln predicted loss");
    expect(figure.data.some(({ y }) => JSON.stringify(y) === "[0,0]")).toBe(true);
  });
});

describe("IsoFLOP curves", () => {
  it("run through the minima that the analysis reads", () => {
    expect(llama.profiles).toHaveLength(10);
    for (const { curve, minimum } of llama.profiles) {
      if (minimum.kind !== "inside") throw new Error("every budget has a minimum");
      const lowest = curve.reduce((best, place) => (place.loss < best.loss ? place : best));
      expect(Math.abs(Math.log(lowest.at / minimum.at))).toBeLessThan(0.04);
      expect(Math.abs(lowest.loss - minimum.loss)).toBeLessThan(1e-4);
      expect(minimum.interval.low).toBeLessThan(minimum.at);
      expect(minimum.interval.high).toBeGreaterThan(minimum.at);
    }
  });

  it("go through every run by Akima's cubic", () => {
    for (const { runs, curve } of porian.profiles) {
      expect(curve[0]?.loss).toBeCloseTo(runs[0]?.loss ?? 0, 9);
      expect(curve.at(-1)?.loss).toBeCloseTo(runs.at(-1)?.loss ?? 0, 9);
    }
  });

  it("show a budget whose smallest run is the best hollow, and say why it is left out", () => {
    const edges = porian.profiles.filter(({ minimum }) => minimum.kind === "edge");
    expect(edges.map(({ compute }) => compute)).toEqual([1.25e16]);
    expect(edges[0]?.minimum.at).toBe(edges[0]?.runs[0]?.at);
    const figure = isoflopFigure(porian, { theme: "light" });
    expect(namesOf(figure)).toContain("no minimum, left out (1)");
    expect(JSON.stringify(figure.layout["annotations"])).toContain("the lowest loss is at the fewest parameters");
  });

  it("have a colour bar for more than eight budgets, else a legend entry each", () => {
    expect(isoflopFigure(porian, { theme: "light" }).layout["coloraxis"]).toBeDefined();
    const comma = isoflopFigure(isoflopOf(extractedRows("comma", "", false), "N", "parabola"), { theme: "dark" });
    expect(comma.layout["coloraxis"]).toBeUndefined();
    expect(comma.data.filter(({ legend }) => legend === "legend2")).toHaveLength(6);
  });
});

describe("the allocation frontier", () => {
  it("is the law's best split, with the target and tokens per parameter", () => {
    const best = allocateCompute(chinchilla, coordinatesOf(fitted), 5.76e23);
    expect(frontier.target?.size.value).toBe(best.size);
    expect(frontier.places.at(-1)?.tokensPerParameter.value).toBe(best.tokensPerParameter);
    expect(frontier.measured?.high).toBeLessThanOrEqual(1e21);
    const text = JSON.stringify(allocationFigure(frontier, { theme: "light" }));
    expect(text).toContain("tokens per parameter");
    expect(text).toContain("5.76 × 10<sup>23</sup> FLOPs");
  });

  it("is dashed from the last fitted budget on, which are shaded", () => {
    const { data, layout } = allocationFigure(frontier, { theme: "light" });
    const placesOf = (dash: string): readonly unknown[] => {
      const trace = data.find(({ x, line }) => Array.isArray(x) && x.length > 1 && JSON.stringify(line).includes(`"dash":"${dash}"`));
      return Array.isArray(trace?.["x"]) ? trace["x"] : [];
    };
    const border = Number(frontier.measured?.high.toPrecision(6));
    expect(placesOf("solid").at(-1)).toBe(border);
    expect(placesOf("dash")[0]).toBe(border);
    expect(layout["shapes"]).toHaveLength(2);
  });

  it("is refused for a law that splits nothing", () => {
    expect(() => readAllocationFrontier(findLaw("power-of-compute"), plan)).toThrow(/does not say how loss depends on both/);
  });
});

describe("profiles of parameters", () => {
  it("fall to the fit and cross the threshold at the ends of the interval", () => {
    expect(profiles.map(({ parameter }) => parameter)).toEqual(["E", "A", "B", "alpha", "beta"]);
    for (const { points, threshold, low, high, best, identified } of profiles) {
      expect(identified).toBe(true);
      for (const end of [low ?? 0, high ?? 0]) {
        const nearest = points.reduce((one, other) => (Math.abs(other.value - end) < Math.abs(one.value - end) ? other : one));
        expect(Math.abs(nearest.ratio - threshold)).toBeLessThan(0.15 * threshold);
      }
      const lowest = points.reduce((one, other) => (other.ratio < one.ratio ? other : one));
      expect(lowest.ratio).toBeLessThan(0.05);
      expect(lowest.value).toBeGreaterThan(low ?? Infinity);
      expect(lowest.value).toBeLessThan(high ?? 0);
      expect(best).not.toBeNull();
    }
    expect(JSON.stringify(profileFigure(profiles, { theme: "light" }))).not.toContain("not identified");
  });

  it("show an open end where no end was found", () => {
    const figure = profileFigure(profilesOf(oneRatioMinimum()), { theme: "light" });
    const text = JSON.stringify(figure);
    expect(text).toMatch(/<b>A<\/b>[^"]*to no end\)<br>.{0,60}not identified/);
    expect(text).toContain('"symbol":"triangle-right"');
    expect(namesOf(figure)).toContain("no end: not identified");
  });

  it("lead to nothing where the rows do not tell a term from none", () => {
    const [irreducible] = profilesOf(misfittingMinimum());
    expect(irreducible).toMatchObject({ parameter: "E", low: 0, identified: false });
    expect(irreducible?.ratioWithout).toBeGreaterThanOrEqual(0);
    expect(irreducible?.ratioWithout).toBeLessThan(irreducible?.threshold ?? 0);
    const text = JSON.stringify(profileFigure(irreducible === undefined ? [] : [irreducible], { theme: "dark" }));
    expect(text).toContain('"symbol":"triangle-left"');
    expect(text).toContain("not identified");
  });
});

it("figures cope with nothing at all", () => {
  const nothing = [
    residualFigure({ law: "none", unit: null, output: "loss", level: 0.95, rows: [], levels: [], excluded: 0 }, { theme: "light" }),
    isoflopFigure({ ...llama, profiles: [] }, { theme: "light" }),
    profileFigure([], { theme: "light" }),
  ];
  for (const figure of nothing) expect(JSON.parse(JSON.stringify(figure))).toEqual(figure);
});
