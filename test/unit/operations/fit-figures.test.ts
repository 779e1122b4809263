import { describe, expect, it } from "vitest";
import { terminalFigure } from "../../../analysis/figures/terminal/terminal-figure.ts";
import { toNatural } from "../../../analysis/fits/output-scale.ts";
import { toCoordinate } from "../../../analysis/fits/coordinates.ts";
import type { Law } from "../../../analysis/laws/contract.ts";
import { findLaw } from "../../../analysis/laws/index.ts";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import type { OpenFit } from "../../../analysis/fits/document/open-fit.ts";
import { plotFit } from "../../../operations/plot-fit.ts";
import { keptFit } from "../fits/kept-fit.ts";

/** A fit of a law to its own example, with noise of one per cent. */
function exampleFit(law: Law): OpenFit {
  const { example } = law;
  if (example === undefined) throw new Error(`${law.id} has an example`);
  const combinations = Object.entries(example.inputs).reduce<readonly Readonly<Record<string, number>>[]>(
    (rows, [name, values]) => rows.flatMap((row) => values.map((value) => ({ ...row, [name]: value }))),
    [{}],
  );
  const columns = Object.fromEntries(law.inputs.map(({ name }) => [name, Float64Array.from(combinations, (row) => row[name] ?? 0)]));
  const coordinates = Float64Array.from(law.parameters, (parameter) => toCoordinate(parameter, example.values[parameter.name] ?? 0));
  const predictions = new Float64Array(combinations.length);
  law.prepare(columns).predict(coordinates, predictions);
  const random = randomStream(1, law.id);
  return keptFit(law, { columns, output: predictions.map((value) => toNatural(law, value) * (1 + 0.01 * random.normal())) });
}

describe("figures of laws of every kind of input", () => {
  it.each([
    ["power-of-size", "N"],
    ["learning-rate-of-log-size", "N"],
    ["timescale-of-tokens-per-parameter", "D"],
    // Its second input is 0 in some rows, where a logarithmic axis has no place.
    ["annealing", "S1"],
    ["model-collapse", "generationSamples"],
  ])("%s is drawn along %s, and its profiles, in 80 columns", (id, along) => {
    const law = findLaw(id);
    const { figures, missing } = plotFit(exampleFit(law), "all");
    const drawn = figures.map(({ id: figure }) => figure);
    expect(drawn).toContain("curves");
    expect(drawn).toContain("profile");
    expect([...drawn, ...missing.map(({ figure }) => figure)].sort()).toEqual(["allocation", "curves", "isoflop", "profile", "residuals"]);
    expect(figures[0]?.title).toBe(`${id}: ${law.output.name} over ${along}`);
    for (const { light, title } of figures) {
      expect(JSON.stringify(light)).not.toMatch(/NaN|Infinity|undefined/);
      for (const line of terminalFigure(light, { title, columns: 80, characters: "ascii" }).split("\n"))
        expect(line).toMatch(/^[ -~]{0,80}$/);
    }
  });

  it("a law with a third input needs its value to split compute, and says so; a name that is none of its inputs is refused", () => {
    const open = exampleFit(findLaw("data-constrained"));
    expect(() => plotFit(open, "allocation")).toThrow(/has no figure "allocation": data-constrained also depends on U \(give --at U=…\)/);
    expect(plotFit(open, "allocation", { at: { U: 1e11 } }).figures).toHaveLength(1);
    expect(() => plotFit(open, "all", { at: { width: 1 } })).toThrow('data-constrained has no input "width"; it has N, D, U');
  });
});
