import { expect, test } from "vitest";
import { log2 } from "../../../analysis/numerics/elementary.ts";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import type { SearchProblem } from "../../../analysis/search/contract.ts";
import { independent } from "../../../analysis/search/independent.ts";
import { type IndependentSearch, measureIndependentSearch } from "../../../analysis/search/independent/measure.ts";
import { seedScatter } from "../../../analysis/search/independent/seed-scatter.ts";
import { transferError } from "../../../analysis/search/independent/transfer-error.ts";
import type { TrialRunResult } from "../../../analysis/study/trial.ts";
import { independentFindings, independentTables } from "../../../operations/report-independent.ts";

test("transfer error, by hand", () => {
  // Minimum 1 at (second row, second column). The first row's best is the first column: 1.5 there; the third row's the second column.
  const losses = [
    [2, 3, 4],
    [1.5, 1, 2],
    [4, 3, 5],
  ];
  expect(transferError(losses)).toBeCloseTo((0.5 + 0) / 2, 12);
  // The best row of every column is the second one.
  expect(transferError([0, 1, 2].map((column) => losses.map((row) => row[column] ?? Number.NaN)))).toBe(0);
});

test("transfer error without interaction is 0; a carried choice that diverges is infinite; what is not known says nothing", () => {
  const sum = [0.3, 0, 0.1].map((left) => [0.2, 0.4, 0].map((right) => 2 + left + right));
  expect(transferError(sum)).toBe(0);
  expect(
    transferError([
      [1, Infinity],
      [2, 1.5],
    ]),
  ).toBe(Infinity);
  expect(
    transferError([
      [1, 2],
      [Infinity, Infinity],
    ]),
  ).toBeNaN();
  expect(
    transferError([
      [1, 2],
      [Number.NaN, 3],
      [4, 5],
    ]),
  ).toBeCloseTo((1 + 0) / 2, 12);
});

test("scatter of seeds leaves out what a seed does everywhere", () => {
  expect(
    seedScatter([
      [1, 2, 1.5],
      [3, 4, 3.5],
      [7, 8, 7.5],
    ])?.standardDeviation,
  ).toBeCloseTo(0, 12);
  // Residuals of a 2 x 2 table are ± 0.25 at one degree of freedom.
  expect(
    seedScatter([
      [1, 2],
      [1, 1],
      [null, 5],
    ]),
  ).toEqual({ standardDeviation: 0.5, degreesOfFreedom: 1, places: 2 });
  expect(seedScatter([[1], [2]])).toBeNull();
});

const scale = { width: 32, depth: 2, headDimension: 8, batchSizeTokens: 256, tokenHorizon: 51_200 };
const seeds = [11, 12, 13];
const problem: SearchProblem = {
  parametrizations: ["u-mup", "mup"],
  scales: [scale],
  space: { learningRate: { log2: { from: -3, to: 2, step: 1 } }, residualMultiplier: { log2: { from: -3, to: 2, step: 1 } } },
  spaceFor: {},
  fixed: {},
  settings: { name: "independent", settings: { interactionPoints: 3 } },
  seedCount: seeds.length,
  trainingFlops: () => 1,
};

/** Under muP the best learning rate falls with the multiplier: they interact. Under u-muP they do not. */
function lossOf(parametrization: string, hyperparameters: Readonly<Record<string, number>>, seed: number, noise: number): number {
  const rate = log2(hyperparameters["learningRate"] ?? Number.NaN);
  const multiplier = log2(hyperparameters["residualMultiplier"] ?? Number.NaN);
  const output = log2(hyperparameters["outputMultiplier"] ?? 1);
  const isBent = parametrization === "mup";
  const away = isBent ? 0.3 * (multiplier + output + 1) ** 2 : 0.05 * (multiplier + 1) ** 2 + 0.02 * (output + 1) ** 2;
  const random = randomStream(seed, parametrization, rate, multiplier, output);
  return 2 + 0.1 * (isBent ? rate + multiplier : rate) ** 2 + away + seed / 100 + noise * random.normal();
}

function measured(noise: number, changes: Partial<SearchProblem> = {}, failed: (seed: number) => boolean = () => false): IndependentSearch {
  const asked = { ...problem, ...changes };
  let state = independent.start(asked);
  const results: TrialRunResult[] = [];
  for (;;) {
    const { suggestions, state: after } = independent.suggest(asked, state, randomStream(0), 1000);
    state = after;
    if (suggestions.length === 0) break;
    for (const { id, parametrization, hyperparameters, repeats = 0 } of suggestions) {
      const seed = seeds[repeats] ?? 0;
      const loss = failed(seed) ? null : lossOf(parametrization, hyperparameters, seed, noise);
      const counted = { ...scale, parameterCountTotal: 1, parameterCountNonEmbedding: 1, trainingFlops: 1, trainingFlopsFormula: "6ND" };
      const run = { parametrization, hyperparameters, seed, runKey: id, cluster: id, scale: counted };
      results.push({ ...run, state: loss === null ? "failed" : "finished", loss });
      state = independent.observe(state, { suggestionId: id, outcome: loss === null ? "failed" : "finished", loss, cost: 1 });
    }
  }
  return measureIndependentSearch(asked, { seeds, variants: {} }, results.toReversed());
}

test("of two parametrizations the one whose hyperparameters interact has the larger transfer error", () => {
  const { lanes, comparisons } = measured(0.002);
  const [plain, bent] = lanes;
  expect(plain?.combination).toMatchObject({ hyperparameters: { learningRate: 1, residualMultiplier: 0.5 }, verdict: "same" });
  expect(plain?.interactions?.mean?.error).toBeLessThan(0.005);
  expect(bent?.interactions?.mean?.error).toBeGreaterThan(0.01);
  expect(comparisons).toHaveLength(1);
  expect(comparisons[0]).toMatchObject({ lower: "u-μP", higher: "μP", isOrdered: true });
});

test("no order is told of two parametrizations that noise can explain", () => {
  const search = measured(0.3);
  expect(search.comparisons[0]?.isOrdered).toBe(false);
  expect(
    independentFindings(search)
      .map(({ text }) => text)
      .join(" "),
  ).toMatch(/cannot be told/);
});

test("combined bests may be better than every single one, or worse by more than noise: said with the interval", () => {
  const shifted = {
    space: { ...problem.space, outputMultiplier: { log2: { from: -3, to: 0, step: 1 } } },
    settings: { name: "independent" },
  };
  const search = measured(0.002, shifted);
  const [additive, overlapping] = search.lanes;
  expect(additive?.combination).toMatchObject({ verdict: "better", bestSingle: { words: "residualMultiplier 0.5" } });
  // Each multiplier alone mends what the other one would: both together overshoot.
  expect(overlapping?.combination).toMatchObject({ verdict: "worse" });
  expect(overlapping?.combination?.difference?.interval?.low).toBeGreaterThan(0);
  expect(overlapping?.interactions).toBeNull();
  const [better, worse] = independentFindings(search);
  expect(better).toMatchObject({ tone: "yes" });
  expect(worse).toMatchObject({ tone: "no" });
  expect(worse?.text).toMatch(/worse by more than noise: .* a difference of \S+ \(95 % \S+ to \S+\) nats per token/);
});

test("where one seed alone has results nothing is said of noise", () => {
  const search = measured(0.1, {}, (seed) => seed !== 11);
  expect(search.lanes.map(({ scatter }) => scatter)).toEqual([null, null]);
  expect(search.comparisons).toEqual([]);
});

test("the report prints lines, the combination with its interval and the matrix", () => {
  const search = measured(0.01);
  const tables = independentTables(search);
  expect(tables.map(({ title }) => title)).toEqual(["Lines of u-μP", "Transfer error of u-μP", "Lines of μP", "Transfer error of μP"]);
  expect(tables[1]?.rows.map((row) => row[0])).toEqual(["learningRate", "residualMultiplier"]);
  expect(tables[0]?.rows.filter((row) => row[3] === "best")).toHaveLength(2);
  expect(independentFindings(search)[0]?.text).toMatch(/^learningRate \S+; residualMultiplier \S+\. Together they are/);
});
