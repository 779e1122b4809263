import { describe, expect, it } from "vitest";
import type { FitRows } from "../../analysis/fits/contract.ts";
import { fitLaw } from "../../analysis/fits/fit-law.ts";
import { equivalentInput } from "../../analysis/laws/equivalent-input.ts";
import { findLaw } from "../../analysis/laws/index.ts";
import { log, pow, sqrt } from "../../analysis/numerics/elementary.ts";
import { fittedCoordinates, fittedValue, relativeErrors } from "./fit-values.ts";
import { numbers, readTable, type TableRow } from "./isoflop/table.ts";

const law = findLaw("routed");
const objective = { kind: "leastSquares" } as const;
const single = readTable("routed-lm/final.csv").filter((row) => Number(row("k")) === 1 && Number(row("routing_frequency")) === 0.5);
const ofType = (type: string): TableRow[] => single.filter((row) => row("router_type") === type);
const dense = ofType("Dense");
const sizeOf = (row: TableRow): number => Number(row("dense_parameter_count"));

function rowsOf(rows: readonly TableRow[]): FitRows {
  return {
    columns: { N: numbers(rows, "dense_parameter_count"), experts: numbers(rows, "num_experts") },
    output: numbers(rows, "loss_validation"),
  };
}

const published = (type: string) => law.published.find(({ source }) => source.endsWith(type))?.values ?? {};
const tolerances = { a: 0.003, b: 0.016, c: 0.002, d: 0.02 };

describe("Clark et al.'s routed language models", () => {
  it.each([
    ["S-Base", [], 53, { a: -0.0835, b: -0.119, c: 0.0102, d: 1.1161, Estart: 1.88, Emax: 255 }],
    ["S-Base", dense, 61, { a: -0.0838, b: -0.1234, c: 0.0104, d: 1.1216, Estart: 2.39, Emax: 218 }],
    ["RL-R", dense, 62, { a: -0.0835, b: -0.1279, c: 0.0117, d: 1.1143, Estart: 1.99, Emax: 424 }],
  ] as const)("give the constants of %s within their tolerances (%#)", (type, others, count, reference) => {
    const rows = rowsOf([...ofType(type), ...others]);
    const fit = fitLaw(law, rows, { objective });
    expect(fit.rowCount).toBe(count);
    expect(sqrt(fit.objectiveValue / count)).toBeLessThanOrEqual(0.0034);
    for (const [name, tolerance] of Object.entries(tolerances)) {
      expect(Math.abs(fittedValue(fit, name) - (published(type)[name] ?? 0)), name).toBeLessThan(tolerance);
    }
    for (const [name, value] of Object.entries(reference))
      expect(Math.abs(fittedValue(fit, name) - value), `${name}: ${fittedValue(fit, name)}`).toBeLessThan(
        Math.max(0.00006, 0.005 * Math.abs(value)),
      );
  });

  it.each([
    ["S-Base", 0.0201],
    ["RL-R", 0.0202],
  ])("%s below 1.3B predicts 1.3B within 2.2 %%", (type, reference) => {
    const all = [...ofType(type), ...dense];
    const fit = fitLaw(law, rowsOf(all.filter((row) => sizeOf(row) < 1e9)), { objective });
    const errors = relativeErrors(law, fit, rowsOf(all.filter((row) => sizeOf(row) >= 1e9)));
    expect(errors.length).toBeGreaterThan(8);
    const mean = errors.reduce((sum, error) => sum + error, 0) / errors.length;
    expect(mean).toBeLessThanOrEqual(0.022);
    expect(Math.abs(mean - reference)).toBeLessThan(0.001);
  });

  it("that are dense fall with the published exponent, and faster towards an irreducible loss", () => {
    expect(dense).toHaveLength(8);
    const plain = fitLaw(findLaw("power-of-size"), rowsOf(dense), { objective });
    expect(Math.abs(fittedValue(plain, "alpha") - 0.0788)).toBeLessThan(0.00006);
    expect(Math.abs(fittedValue(plain, "alpha") - 0.078)).toBeLessThan(0.002);
    // Written as (Nc / N)^alpha: the published 3.568e13, which the last digits of alpha move by tens of per cent.
    const scale = pow(fittedValue(plain, "A"), 1 / fittedValue(plain, "alpha"));
    expect(Math.abs(log(scale / 3.568e13))).toBeLessThan(0.5);
    // Parameters and sums of squares as SciPy's simplex search finds them.
    expect(plain.objectiveValue).toBeLessThanOrEqual(1.4787981e-4);
    const above = fitLaw(findLaw("power-of-size-irreducible"), rowsOf(dense), { objective });
    expect(above.objectiveValue).toBeLessThanOrEqual(1.135322e-5);
    expect(Math.abs(fittedValue(above, "E") - 1.07904)).toBeLessThan(0.001);
    expect(Math.abs(fittedValue(above, "alpha") - 0.133103)).toBeLessThan(0.0001);
  });

  it("are told as dense models: more experts are worth more parameters, one is worth none, and large models gain least", () => {
    const coordinates = fittedCoordinates(fitLaw(law, rowsOf([...ofType("S-Base"), ...dense]), { objective }));
    const gain = (N: number, experts: number): number => (equivalentInput(law, coordinates, { N, experts }).value ?? Number.NaN) / N;
    expect(equivalentInput(law, coordinates, { N: 123456789, experts: 1 }).value).toBe(123456789);
    const gains = [2, 8, 32, 128, 512].map((experts) => gain(1e8, experts));
    for (const [index, value] of gains.entries()) expect(value).toBeGreaterThan(gains[index - 1] ?? 1);
    expect(gain(1e7, 64)).toBeGreaterThan(gain(1e9, 64));
    // Where log10 N = -b / c routing brings nothing any more, and beyond it costs.
    const beyond = equivalentInput(law, coordinates, { N: 1e13, experts: 64 });
    expect(beyond.value).toBeLessThan(1e13);
    expect(beyond.words).toMatch(/past where it helps/);
  });
});
