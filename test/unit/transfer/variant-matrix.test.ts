import { describe, expect, it } from "vitest";
import pc from "picocolors";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { type Variant, variantSchema } from "../../../analysis/study/study-spec.ts";
import type { TrialRunResult } from "../../../analysis/study/trial.ts";
import { measureBasins } from "../../../analysis/transfer/basins.ts";
import { variantMatrix } from "../../../analysis/transfer/variant-matrix.ts";
import { testTransfers } from "../../../analysis/transfer/verdict.ts";
import { textWidth } from "../../../cli/table.ts";
import { renderVariantMatrix } from "../../../cli/variant-matrix-text.ts";
import { variantFindings, variantTables } from "../../../operations/report-variants.ts";
import { octaveGrid, plantSweep, type PlantedSweep } from "./planted-sweep.ts";

const variant = (changes: Partial<Record<keyof Variant, unknown>> = {}): Variant =>
  variantSchema.parse({ parametrization: "mup:attention=inverse", ...changes });
const paper = (outcome: "transfers" | "does-not-transfer") => ({ outcome, source: "a paper, table 1" });

function sweep(parametrization: string, planted: Omit<PlantedSweep, "intercept" | "parametrization"> & { intercept?: number }) {
  return plantSweep({ intercept: -4.8, ...planted, parametrization }, randomStream(1, "matrix", parametrization));
}

function matrixOf(results: readonly TrialRunResult[], variants: Readonly<Record<string, Variant>>) {
  const basins = measureBasins(results, { axis: "width", hyperparameter: "learningRate" });
  const matrix = variantMatrix(testTransfers(basins), basins, variants);
  if (matrix === null) throw new Error("no matrix");
  return matrix;
}

const variants = {
  flat: variant({ published: paper("transfers") }),
  falls: variant({ parametrization: "sp", published: paper("transfers") }),
  margin: variant({ model: { normGains: "vector" }, published: paper("does-not-transfer") }),
  coarse: variant({ optimizer: { name: "lion", beta1: 0.9, beta2: 0.99 } }),
  edge: variant({ schedule: { shape: "cosine", warmupFraction: 0.2 }, weightDecayKind: "coupled", hyperparameters: { weightDecay: 0.1 } }),
};
const matrix = matrixOf(
  [
    ...sweep("flat", { slope: -0.05, cellShift: 0.02 }),
    ...sweep("falls", { slope: -1, cellShift: 0.05, intercept: -4 }),
    ...sweep("margin", { slope: -0.24, cellShift: 0.12 }),
    ...sweep("coarse", { slope: 0, cellShift: 0.02, intercept: -6, grid: [-12, -10, -8, -6, -4, -2] }),
    ...sweep("edge", { slope: -1, cellShift: 0.01, intercept: -6.8 }),
    ...sweep("mup", { slope: 0, cellShift: 0.02 }),
  ],
  variants,
);
const row = (name: string) => {
  const found = matrix.rows.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no row ${name}`);
  return found;
};

describe("the matrix of variants", () => {
  it("has a row a variant and rule set with the answer of its test, drift, interval and seeds", () => {
    expect(matrix).toMatchObject({ axis: "width", hyperparameter: "learningRate", marginOctavesPerDoubling: 0.25, level: 0.95 });
    expect(Object.fromEntries(matrix.rows.map(({ name, answer }) => [name, answer]))).toEqual({
      ...{ flat: "yes", falls: "no", margin: "undecided", coarse: "yes", edge: "undecided", mup: "yes" },
    });
    expect(row("falls").drift?.slope).toBeCloseTo(-1, 1);
    expect(row("falls").drift?.high).toBeLessThan(-0.25);
    expect(row("flat").seeds).toBe(2);
    expect(row("edge")).toMatchObject({ verdict: "no-verdict", drift: null, additionalRuns: null });
  });

  it("shows both readings of every optimum: the best grid point and the fitted vertex", () => {
    expect(row("falls").optima.map(({ axisValue, bestGridLog2 }) => [axisValue, bestGridLog2])).toEqual([
      [16, -4],
      [32, -5],
      [64, -6],
      [128, -7],
    ]);
    for (const { axisValue, vertexLog2 } of row("falls").optima)
      expect(Math.abs((vertexLog2 ?? 0) - (-4 - Math.log2(axisValue / 16)))).toBeLessThan(0.2);
    expect(row("edge").optima.map(({ vertexLog2 }) => vertexLog2 === null)).toContain(true);
  });

  it("says of the undecided how many runs would decide, or how to widen the grid", () => {
    expect(row("margin").additionalRuns).toBeGreaterThan(0);
    expect(row("margin").next).toContain(`${row("margin").additionalRuns ?? 0} more runs (`);
    expect(row("edge").next).toMatch(/^no verdict: at width (64|128) .*widen/);
    expect([row("flat").next, row("falls").next]).toEqual([null, null]);
  });

  it("stands beside what is published, and says where it came out otherwise; an undecided one is neither", () => {
    expect([row("flat"), row("falls"), row("margin"), row("coarse"), row("mup")].map(({ isAsPublished }) => isAsPublished)).toEqual([
      true,
      false,
      null,
      null,
      null,
    ]);
    expect(row("mup")).toMatchObject({ ruleSet: "mup", changes: [], published: null });
  });

  it("flags a grid of two-octave steps, which neither its best points nor vertices can see through", () => {
    expect(row("coarse")).toMatchObject({ gridStepOctaves: 2, resolution: "cannot resolve drift < 2 octaves over the width axis" });
    expect(row("flat")).toMatchObject({ gridStepOctaves: 1, resolution: null });
    // Only the steps beside the best point count: a stray far value makes a grid no coarser.
    const stray = matrixOf(sweep("flat", { slope: 0, cellShift: 0.01, grid: [-14, ...octaveGrid] }), variants);
    expect(stray.rows[0]?.gridStepOctaves).toBe(1);
  });

  it("names what a variant changes, in the words of the study file", () => {
    expect(row("margin").changes).toEqual(["normGains vector"]);
    expect(row("coarse").changes).toEqual(["optimizer lion"]);
    expect(row("edge").changes).toEqual(["schedule cosine", "warmupFraction 0.2", "weightDecayKind coupled", "weightDecay 0.1"]);
  });

  it("is none for a study without variants", () => {
    const basins = measureBasins(sweep("mup", { slope: 0, cellShift: 0.01 }), { axis: "width", hyperparameter: "learningRate" });
    expect(variantMatrix(testTransfers(basins), basins, {})).toBeNull();
  });

  it("is the same for results in any order", () => {
    const results = [...sweep("flat", { slope: -0.1, cellShift: 0.1 }), ...sweep("margin", { slope: -0.2, cellShift: 0.1 })];
    expect(matrixOf([...results].reverse(), variants)).toEqual(matrixOf(results, variants));
  });
});

describe("on the terminal", () => {
  const text = renderVariantMatrix(matrix, pc.createColors(false), 80);

  it("is at most 80 columns wide", () => {
    expect(text.split("\n").filter((line) => textWidth(line) > 80)).toEqual([]);
  });

  it("has the best grid points, the published outcome with a mark where it differs, and the notes", () => {
    expect(text).toMatch(/^falls +no +−\d\.\d\d +−\d\.\d\d to −\d\.\d\d +2 +−4 −5 −6 −7 +yes ≠$/m);
    expect(text).toMatch(/^flat +yes .* yes$/m);
    expect(text).toMatch(/^mup +yes .* –$/m);
    const flowing = text.replaceAll("\n", " ");
    expect(flowing).toContain("3 transfer, 1 do not, 2 are undecided; 1 of 2 decided ones are as published, unlike: falls");
    expect(flowing).toContain("in steps of 1 or 2 octaves it shows no smaller drift");
    expect(flowing).toContain("coarse cannot resolve drift < 2 octaves over the width axis");
    expect(flowing).toContain(`margin: ${row("margin").next ?? ""}`);
    expect(flowing).toContain("PAPER of falls, flat, margin: a paper, table 1");
  });
});

describe("in the report", () => {
  it("is one finding and one table with every cell, source and number of runs", () => {
    expect(variantFindings(matrix)).toEqual([
      {
        tone: "plain",
        label: "Variants over width",
        text: "Transfer: 3 (coarse, flat, mup). Do not: 1 (falls). Undecided: 2 (edge, margin). Of 2 decided ones with a published outcome, 1 came out like it; unlike it: falls.",
      },
    ]);
    const [table] = variantTables(matrix);
    expect(table?.rows.map((cells) => cells.length)).toEqual(matrix.rows.map(() => table?.columns.length));
    const cells = table?.rows.find(([name]) => name === "falls") ?? [];
    expect(cells).toContain("16: −4, 32: −5, 64: −6, 128: −7");
    expect(cells).toContain("yes, unlike here");
    expect(table?.rows.flat()).toContain("yes; cannot resolve drift < 2 octaves over the width axis");
  });
});
