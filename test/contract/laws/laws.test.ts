import { describe, expect, it } from "vitest";
import { coordinateBounds } from "../../../analysis/fits/coordinates.ts";
import { predictOutput } from "../../../analysis/fits/output-scale.ts";
import { startPoints } from "../../../analysis/fits/start-points.ts";
import { findLaw, laws } from "../../../analysis/laws/index.ts";
import { log } from "../../../analysis/numerics/elementary.ts";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { evidenceTags } from "../../../analysis/study/evidence.ts";
import { evaluateFormula } from "./formula.ts";
import { exampleColumns, exampleCoordinates, exampleOf, exampleRows } from "./example-rows.ts";

/** Names in a formula: words, not parts of words. */
const words = (formula: string): string[] => formula.match(/[A-Za-z][A-Za-z0-9]*/g) ?? [];

describe("the registry of laws", () => {
  it("has a name of its own for each", () => {
    expect(new Set(laws.map(({ id }) => id)).size).toBe(laws.length);
    expect(new Set(laws.map(({ name }) => name)).size).toBe(laws.length);
  });

  it("says which there are when a name is unknown", () => {
    expect(() => findLaw("chinchila")).toThrow(/no law "chinchila"; known: chinchilla, power-of-size/);
    for (const law of laws) expect(findLaw(law.id)).toBe(law);
  });
});

describe.each(laws.map((law) => [law.id, law] as const))("%s", (_, law) => {
  const columns = exampleColumns(law);
  const truth = exampleCoordinates(law);
  const size = law.parameters.length;
  const isClose = (measured: number, expected: number, share: number, floor = 0): boolean =>
    Math.abs(measured - expected) <= share * Math.abs(expected) + floor;

  it("is described whole: formula with all names, source, evidence, units", () => {
    expect(law.id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    for (const { name } of [...law.inputs, ...law.parameters, law.output]) expect(words(law.formula), name).toContain(name);
    expect(law.source).toMatch(/\d{4}/);
    expect(law.evidence.length).toBeGreaterThan(0);
    for (const tag of law.evidence) expect(evidenceTags).toContain(tag);
    const names = [...law.inputs, ...law.parameters, law.output].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { meaning, unit } of [...law.inputs, ...law.parameters, law.output]) {
      expect(meaning).not.toBe("");
      expect(unit).not.toBe("");
    }
  });

  it("keeps its description through JSON", () => {
    const described = { ...law, prepare: undefined, starts: undefined, linearPart: law.linearPart?.parameters };
    const { prepare: _prepare, starts: _starts, linearPart, derived, ...plain } = described;
    const values = { ...plain, linearPart: linearPart ?? null, derived: { ...derived, compute: null } };
    expect(JSON.parse(JSON.stringify(values))).toEqual(values);
  });

  it("computes only inputs that it has from other columns", () => {
    const names = law.inputs.map(({ name }) => name);
    for (const name of law.derived?.inputs ?? []) expect(names).toContain(name);
    for (const name of law.derived?.needs ?? []) expect(names).not.toContain(name);
  });

  it("only adds what it calls irreducible, and names it wherever an irreducible loss is spoken of", () => {
    const spoken = law.parameters.find(({ meaning }) => meaning.startsWith("irreducible"));
    if (spoken !== undefined) expect(law.irreducible).toBe(spoken.name);
    if (law.irreducible === undefined) return;
    const index = law.parameters.findIndex(({ name }) => name === law.irreducible);
    expect(law.parameters[index]).toMatchObject({ transform: "log" });
    const doubled = truth.slice();
    doubled[index] = (truth[index] ?? 0) + log(2);
    const [once, twice] = [predictOutput(law, truth, columns), predictOutput(law, doubled, columns)];
    const term = exampleOf(law).values[law.irreducible] ?? Number.NaN;
    for (const [row, value] of twice.entries()) expect(isClose(value - (once[row] ?? 0), term, 1e-9)).toBe(true);
  });

  it("names only parameters and inputs that it has, and published constants within their bounds", () => {
    const parameters = law.parameters.map(({ name }) => name);
    const inputs = law.inputs.map(({ name }) => name);
    expect(Object.keys(exampleOf(law).values).sort()).toEqual([...parameters].sort());
    expect(Object.keys(exampleOf(law).inputs).sort()).toEqual([...inputs].sort());
    for (const { values, source } of law.published) {
      expect(source).not.toBe("");
      for (const [name, value] of Object.entries(values)) {
        const parameter = law.parameters.find((candidate) => candidate.name === name);
        expect(parameter, name).toBeDefined();
        if (parameter?.transform === "log") expect(value > 0 || parameter.mayVanish === true, name).toBe(true);
        expect(value, name).toBeGreaterThanOrEqual(parameter?.lower ?? -Infinity);
        expect(value, name).toBeLessThanOrEqual(parameter?.upper ?? Infinity);
      }
    }
    for (const name of law.linearPart?.parameters ?? [])
      expect(law.parameters.find((one) => one.name === name)?.transform, name).toBe("log");
    for (const name of [law.allocation?.size, law.allocation?.tokens, law.equivalent?.input])
      if (name !== undefined) expect(inputs).toContain(name);
    for (const name of Object.keys(law.equivalent?.reference ?? {})) expect(inputs).toContain(name);
  });

  it("predicts what its formula says", () => {
    const predicted = predictOutput(law, truth, columns);
    for (const [row, value] of predicted.entries()) {
      const inputs = Object.fromEntries(law.inputs.map(({ name }) => [name, columns[name]?.[row] ?? Number.NaN]));
      const said = evaluateFormula(law.formula, { ...exampleOf(law).values, ...inputs });
      expect(isClose(value, said, 1e-11), `row ${row}: ${value} for ${said}`).toBe(true);
    }
  });

  it("has the gradient of its predictions", () => {
    const prepared = law.prepare(columns);
    const { rowCount } = prepared;
    const stream = randomStream(1, "gradient", law.id);
    for (let place = 0; place < 3; place += 1) {
      const at = truth.map((value) => value + (place === 0 ? 0 : 0.02 * stream.normal() * Math.max(0.1, Math.abs(value))));
      const predictions = new Float64Array(rowCount);
      const plain = new Float64Array(rowCount);
      const jacobian = new Float64Array(rowCount * size);
      prepared.predictWithJacobian(at, predictions, jacobian);
      prepared.predict(at, plain);
      expect(predictions).toEqual(plain);
      for (let j = 0; j < size; j += 1) {
        const step = 1e-5 * Math.max(0.01, Math.abs(at[j] ?? 0));
        const [above, below] = [1, -1].map((sign) => {
          const moved = at.slice();
          moved[j] = (moved[j] ?? 0) + sign * step;
          const there = new Float64Array(rowCount);
          prepared.predict(moved, there);
          return there;
        });
        const largest = jacobian.reduce((most, value, place) => (place % size === j ? Math.max(most, Math.abs(value)) : most), 0);
        for (let row = 0; row < rowCount; row += 1) {
          const slope = ((above?.[row] ?? 0) - (below?.[row] ?? 0)) / (2 * step);
          const given = jacobian[row * size + j] ?? 0;
          expect(
            isClose(given, slope, 1e-5, 1e-6 * largest + 1e-14 / step),
            `${law.parameters[j]?.name}, row ${row}: ${given} for ${slope}`,
          ).toBe(true);
        }
      }
    }
  });

  it("predicts something finite at its starts, within bounds, and its linear part is what it predicts", () => {
    const { output } = exampleRows(law, 0.01);
    const lists = law.starts(columns, output);
    expect(lists.length).toBe(size);
    const { lower, upper } = coordinateBounds(law);
    const prepared = law.prepare(columns);
    const points = startPoints(lists);
    const every = Math.max(1, Math.floor(points.length / 200));
    for (const point of points.filter((_point, index) => index % every === 0)) {
      for (const [index, value] of point.entries()) {
        expect(value).toBeGreaterThanOrEqual(lower[index] ?? -Infinity);
        expect(value).toBeLessThanOrEqual(upper[index] ?? Infinity);
      }
    }
    // A start where the law gives no positive output is passed over by the ranking; most must be of use.
    const finite = points.filter((point) => {
      const predictions = new Float64Array(prepared.rowCount);
      prepared.predict(point, predictions);
      return predictions.every(Number.isFinite);
    });
    expect(finite.length).toBeGreaterThan(0.9 * points.length);
    const { linearPart } = law;
    if (linearPart === undefined) return;
    const basis = new Float64Array(prepared.rowCount * linearPart.parameters.length);
    const { values } = exampleOf(law);
    linearPart.basis(columns, values, basis);
    for (const [row, value] of predictOutput(law, truth, columns).entries()) {
      const sum = linearPart.parameters.reduce(
        (total, name, place) => total + (values[name] ?? 0) * (basis[row * linearPart.parameters.length + place] ?? 0),
        0,
      );
      expect(isClose(sum, value, 1e-10), `row ${row}`).toBe(true);
    }
  });
});
