import { describe, expect, it } from "vitest";
import { checkCoordinates, coordinateCheckFigure, figureThemes } from "../../../analysis/index.ts";
import { plantedModules, plantRows } from "../../unit/coordinate-check/planted-rows.ts";

function check(steps: number) {
  const modules = plantedModules.map((module) => ({ ...module, insideBlock: module.name === "hidden.1" }));
  const rows = plantRows({ axisValues: [4, 8, 16], steps, noise: 0.05, modules: { logits: { size: () => 0.5 } } });
  const zero = rows.map((row) => (row.module === "logits" && row.step === 0 ? { ...row, value: 0 } : row));
  return checkCoordinates({ axis: "depth", rows: zero, modules });
}

describe("the figure of a coordinate check", () => {
  for (const theme of figureThemes)
    it(`is plain JSON and keeps its bits, ${theme}`, async () => {
      const figure = coordinateCheckFigure(check(2), "l1", { theme });
      expect(JSON.parse(JSON.stringify(figure))).toEqual(figure);
      await expect(`${JSON.stringify(figure, null, 1)}\n`).toMatchFileSnapshot(`snapshots/coordinate-check-${theme}.json`);
    });

  it("has a panel a step with one range, a line a module, and both axes logarithmic", () => {
    const { layout, data } = coordinateCheckFigure(check(3), "l1", { theme: "light" });
    expect(Object.keys(layout).filter((key) => key.startsWith("xaxis"))).toEqual(["xaxis", "xaxis2", "xaxis3", "xaxis4"]);
    expect(Object.keys(layout).filter((key) => key.startsWith("yaxis"))).toEqual(["yaxis"]);
    expect(layout["yaxis"]).toMatchObject({ type: "log", title: { text: "mean |x| (log scale)" } });
    expect(layout["xaxis"]).toMatchObject({ type: "log", tickvals: [4, 8, 16], title: { text: "depth (log scale)" } });
    expect(data.flatMap((trace) => (trace["showlegend"] === true ? [trace["name"]] : []))).toEqual(["hidden.0", "hidden.1", "logits"]);
    expect(JSON.stringify(data)).toContain("logits, depth 16");
  });

  it("says the slope on hover, dots what is not judged and leaves out what is zero", () => {
    const { data } = coordinateCheckFigure(check(2), "l1", { theme: "light" });
    expect(JSON.stringify(data)).toMatch(/slope \+0\.[45]\d/);
    expect(data.filter((trace) => trace["name"] === "hidden.1").map((trace) => JSON.stringify(trace["line"]))[0]).toContain('"dot"');
    expect(data.filter((trace) => trace["name"] === "logits")).toHaveLength(2);
  });

  it("draws changes from the first update on, and at most six panels of many", () => {
    const titles = (steps: number) =>
      JSON.stringify(coordinateCheckFigure(check(steps), "changeRms", { theme: "dark" }).layout["annotations"]);
    expect(titles(2)).not.toContain("start");
    expect(titles(20).match(/\d+ updates?/g)).toEqual(["1 update", "5 updates", "9 updates", "12 updates", "16 updates", "20 updates"]);
  });
});
