import { calibratedForecast } from "../../analysis/fits/calibration/forecast.ts";
import { budgetLevels } from "../../analysis/fits/calibration/budget-levels.ts";
import type { FitRows } from "../../analysis/fits/contract.ts";
import { toCoordinate } from "../../analysis/fits/coordinates.ts";
import { fitLaw } from "../../analysis/fits/fit-law.ts";
import { assessIdentifiability } from "../../analysis/fits/identifiability.ts";
import { onResidualScale, predictOutput } from "../../analysis/fits/output-scale.ts";
import { prepareFit } from "../../analysis/fits/prepared-fit.ts";
import type { Law } from "../../analysis/laws/contract.ts";
import { type RandomStream, randomStream } from "../../analysis/numerics/random-stream.ts";
import { numbers, readTable, type TableRow } from "./isoflop/table.ts";
import { chinchillaRows } from "./size-token-rows.ts";

/** Where runs are, and how to place one more at four times the largest budget. */
export interface Design {
  readonly name: string;
  readonly columns: Readonly<Record<string, Float64Array>>;
  readonly logBudgets: Float64Array;
  readonly clusters?: Int32Array;
  /** What inputs are multiplied by where the budget is multiplied by four. */
  readonly growth: Readonly<Record<string, number>>;
}

/** The law's public design where there is one, else six budgets, each four times the one before, of eight rows. */
export function designOf(law: Law): Design {
  const { id, checkedOn, inputs } = law;
  const names = inputs.map(({ name }) => name);
  if (checkedOn.includes("steplaw-dense") && names.every((name) => name === "N" || name === "D")) return stepLawCells(names);
  return publicDesigns[id]?.() ?? plainDesign(law);
}

/** Step Law's cells of size and tokens: each has one best learning rate and batch. */
function stepLawCells(names: readonly string[]): Design {
  const table = readTable("steplaw/runs.csv");
  const cells = [...new Map(table.map((row) => [`${row("N")} ${row("D")}`, row])).values()];
  return tableDesign("steplaw-dense, 15 cells", cells, Object.fromEntries(names.map((name) => [name, name])), sizesAndTokens);
}

const sizesAndTokens = { N: 2, D: 2 };
const publicDesigns: Readonly<Record<string, () => Design>> = {
  chinchilla: () => tableDesign("chinchilla-svg", chinchillaRows(), { N: "N", D: "D" }, sizesAndTokens),
  "kaplan-joint": () => tableDesign("chinchilla-svg", chinchillaRows(), { N: "N", D: "D" }, sizesAndTokens),
  "over-training": () =>
    tableDesign(
      "overtraining, rpj",
      readTable("overtraining/runs.csv").filter((row) => row("dataset") === "rpj"),
      { N: "N", D: "D" },
      sizesAndTokens,
    ),
  "data-constrained": () =>
    tableDesign(
      "datablations",
      readTable("datablations/runs.csv").filter((row) => row("in_published_fit") === "True"),
      { N: "N", D: "D", U: "U" },
      sizesAndTokens,
    ),
  "width-depth-tokens": () => {
    const table = readTable("gemstones/hot_100b.csv");
    const names = [...new Set(table.map((row) => row("run_name")))];
    return {
      ...tableDesign("gemstones", table, { width: "width", depth: "depth", D: "D" }, { D: 4 }),
      clusters: Int32Array.from(table, (row) => names.indexOf(row("run_name"))),
    };
  },
  routed: () => {
    const table = readTable("routed-lm/final.csv").filter((row) => ["S-Base", "Dense"].includes(row("router_type")));
    const single = table.filter(
      (row) => row("router_type") === "Dense" || (Number(row("k")) === 1 && Number(row("routing_frequency")) === 0.5),
    );
    const N = numbers(single, "dense_parameter_count");
    return {
      name: "routed-lm, S-Base and dense",
      columns: { N, experts: numbers(single, "num_experts") },
      logBudgets: N.map(Math.log),
      growth: { N: 4 },
    };
  },
};

function tableDesign(
  name: string,
  table: readonly TableRow[],
  columns: Readonly<Record<string, string>>,
  growth: Readonly<Record<string, number>>,
): Design {
  const [sizes, tokens] = [numbers(table, "N"), numbers(table, "D")];
  return {
    name,
    columns: Object.fromEntries(Object.entries(columns).map(([input, column]) => [input, numbers(table, column)])),
    logBudgets: sizes.map((size, row) => Math.log(6 * size * (tokens[row] ?? 0))),
    growth,
  };
}

/** Inputs that grow with the budget; the others keep the values of the law's example. */
const growing = ["N", "D", "C", "B", "S1", "width", "samples", "generationSamples"];
const [budgets, rowsPerBudget] = [6, 8];

/** Centred on the example's inputs; along one budget, model size rises as tokens fall. */
function plainDesign({ id, inputs, example }: Law): Design {
  if (example === undefined) throw new Error(`${id} has no example`);
  const scales = inputs.map(({ name }) => name).filter((name) => growing.includes(name));
  const share = scales.includes("N") && scales.includes("D") ? 0.5 : 1;
  const column = (name: string): Float64Array => {
    const values = example.inputs[name] ?? [];
    if (!scales.includes(name))
      return Float64Array.from(
        { length: budgets * rowsPerBudget },
        (_, row) => values[(row + Math.floor(row / rowsPerBudget)) % values.length] ?? 0,
      );
    // Fewer samples than the example's smallest have no expected error: these only grow.
    const middle = /samples/i.test(name) ? (values[0] ?? 1) * 4 ** ((budgets - 1) / 2) : Math.sqrt((values[0] ?? 1) * (values.at(-1) ?? 1));
    const side = share === 1 ? 0 : name === "N" ? 1 : -1;
    return Float64Array.from({ length: budgets * rowsPerBudget }, (_, row) => {
      const budget = Math.floor(row / rowsPerBudget) - (budgets - 1) / 2;
      const place = (row % rowsPerBudget) - (rowsPerBudget - 1) / 2;
      return middle * 4 ** (share * budget) * 2 ** (side * 0.8 * place);
    });
  };
  return {
    name: `${budgets} budgets of ${rowsPerBudget} rows`,
    columns: Object.fromEntries(inputs.map(({ name }) => [name, column(name)])),
    logBudgets: Float64Array.from({ length: budgets * rowsPerBudget }, (_, row) => Math.log(4) * Math.floor(row / rowsPerBudget)),
    growth: Object.fromEntries(scales.map((name) => [name, 4 ** share])),
  };
}

/** A relative noise of half a per cent; of laws of plain values, of the largest value. */
const noise = 0.005;

export interface SimulatedSet {
  readonly rows: FitRows;
  /** The columns of one new run, and what was measured there on the law's scale. */
  readonly columns: Readonly<Record<string, Float64Array>>;
  readonly measured: number;
  readonly logBudget: number;
}

/** Search coordinates of the law's example. */
export function exampleCoordinates(law: Law): Float64Array {
  return Float64Array.from(law.parameters, (parameter) => toCoordinate(parameter, law.example?.values[parameter.name] ?? Number.NaN));
}

/** Rows of a design by the law's example and noise, and one new run: a row of the largest budget, grown. */
export function simulateSet(law: Law, design: Design, seed: number): SimulatedSet {
  const stream = randomStream(seed, "calibration", law.id);
  const coordinates = exampleCoordinates(law);
  const exact = predictOutput(law, coordinates, design.columns);
  const largest = exact.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const noisy = (values: Float64Array): Float64Array =>
    values.map((value) => (law.scale === "value" ? value + noise * largest * stream.normal() : value * Math.exp(noise * stream.normal())));
  const rows: FitRows = {
    columns: design.columns,
    output: noisy(exact),
    ...(design.clusters === undefined ? {} : { clusters: design.clusters }),
  };
  const top = budgetLevels(design.logBudgets, design.clusters).at(-1) ?? { rows: [], logBudget: 0 };
  const row = top.rows[pick(stream, top.rows.length)] ?? 0;
  const columns = Object.fromEntries(
    Object.entries(design.columns).map(([name, values]) => [name, Float64Array.of((values[row] ?? 0) * (design.growth[name] ?? 1))]),
  );
  const measured = onResidualScale(law, "law", noisy(predictOutput(law, coordinates, columns)))[0] ?? Number.NaN;
  return { rows, columns, measured, logBudget: Math.max(...design.logBudgets) + Math.log(4) };
}

function pick(stream: RandomStream, count: number): number {
  return Math.floor(stream.uniform() * count);
}

/** Whether the design tells every parameter of the law: in each of three sets. */
export function isIdentified(law: Law, design: Design): boolean {
  return [1, 2, 3].every((seed) => {
    const { rows } = simulateSet(law, design, seed);
    const fit = fitLaw(law, rows, searchNear(law));
    const best = Float64Array.from(fit.parameters, ({ coordinate }) => coordinate);
    return assessIdentifiability(prepareFit(law, rows), best).parameters.every(({ identified }) => identified);
  });
}

/** A thousand sets are fitted from where the truth is: what is tested is the interval, not the search. */
const searchNear = (law: Law) => ({ starts: [...exampleCoordinates(law)].map((value) => [value]) });

export interface SimulatedCoverage {
  readonly covered: number;
  readonly sets: number;
  /** Mean half-width of the new run's interval, on the law's scale. */
  readonly halfWidth: number;
}

/** How many of the sets' new runs the intervals of one new run hold. `search`: the product's own, or from where the truth is. */
export function simulateCoverage(law: Law, design: Design, sets: number, search: "own" | "near"): SimulatedCoverage {
  let covered = 0;
  let width = 0;
  for (let seed = 0; seed < sets; seed += 1) {
    const { rows, columns, measured, logBudget } = simulateSet(law, design, seed);
    const options = { reach: Math.log(4), ...(search === "near" ? searchNear(law) : {}) };
    const [place] = calibratedForecast(law, rows, design.logBudgets, options).intervalsAt(columns, Float64Array.of(logBudget));
    if (place === undefined) throw new Error("one place has one interval");
    if (Math.abs(measured - place.center) <= place.newRunHalfWidth) covered += 1;
    width += place.newRunHalfWidth;
  }
  return { covered, sets, halfWidth: width / sets };
}
