import { expect, it } from "vitest";
import { lossBasinFigure, measureBasins, testTransfers, transferFigure } from "../../../analysis/index.ts";
import { panelGrid, panelGridHeight } from "../../../analysis/figures/panel-grid.ts";
import { plantSweep } from "../../unit/transfer/planted-sweep.ts";

const question = { axis: "width", hyperparameter: "learningRate" } as const;
const names = Array.from({ length: 10 }, (_, index) => `variant-${index}`);
const results = names.flatMap((parametrization, index) => plantSweep({ parametrization, slope: -0.1 * index, intercept: -4.8 }));
const basins = measureBasins(results, question);

it("panels of many variants stand in rows of four, none over another, each on the axes of its row", () => {
  const places = panelGrid(10);
  expect(places.map(({ row }) => row)).toEqual([0, 0, 0, 0, 1, 1, 1, 1, 2, 2]);
  const apart = (left: readonly [number, number], right: readonly [number, number]) => left[1] < right[0] || right[1] < left[0];
  for (const [index, place] of places.entries()) {
    for (const bound of [...place.x, ...place.y]) expect(bound >= 0 && bound <= 1).toBe(true);
    for (const other of places.slice(index + 1)) expect(apart(place.x, other.x) || apart(place.y, other.y)).toBe(true);
  }
  const { data, layout } = lossBasinFigure(basins, { theme: "light", order: names });
  const used = new Set(data.flatMap((trace) => [trace["xaxis"], trace["yaxis"]]).filter((axis) => typeof axis === "string"));
  expect(used.size).toBe(10 + 3);
  for (const axis of used) expect(layout).toHaveProperty(axis.replace(/^[xy]/, "$&axis"));
  expect(layout["height"]).toBe(panelGridHeight(places));
});

it("one row of panels takes the height that the page gives", () => {
  expect(panelGridHeight(panelGrid(4))).toBeUndefined();
  expect(panelGrid(1)).toEqual([{ row: 0, x: [0, 1], y: [0, 1] }]);
});

it("no two variants of the transfer figure look the same", () => {
  const { data } = transferFigure(testTransfers(basins), [], { theme: "light", order: names });
  const looks = data.flatMap((trace) => {
    const { color, symbol } = (trace["marker"] ?? {}) as Readonly<Record<string, unknown>>;
    return trace["showlegend"] === true && typeof symbol === "string" ? [`${String(color)} ${symbol}`] : [];
  });
  expect(looks).toHaveLength(10);
  expect(new Set(looks).size).toBe(10);
});
