import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { PlotlyFigure } from "../../../analysis/index.ts";
import { characterSets, columnsOf } from "../../../analysis/figures/terminal/plain-text.ts";
import { terminalFigure } from "../../../analysis/figures/terminal/terminal-figure.ts";
import type { JsonObject } from "../../../analysis/study/content-hash.ts";

/** Figures of every kind, as the tests beside this one keep them. */
const kept = ["transfer", "loss-basins", "coordinate-check", "proof", "law-isoflop"];
const figureSchema = z.object({ data: z.array(z.record(z.string(), z.json())), layout: z.record(z.string(), z.json()) });

function keptFigure(name: string, theme = "light"): PlotlyFigure {
  return figureSchema.parse(JSON.parse(readFileSync(join(import.meta.dirname, `snapshots/${name}-${theme}.json`), "utf8")));
}

describe("figures in a terminal", () => {
  for (const characters of characterSets)
    for (const name of kept)
      it(`${name} in 80 columns of ${characters}`, async () => {
        const text = terminalFigure(keptFigure(name), { columns: 80, characters });
        for (const line of text.split("\n")) {
          expect(columnsOf(line)).toBeLessThanOrEqual(80);
          expect(line).toBe(line.trimEnd());
          if (characters === "ascii") expect(line).toMatch(/^[ -~]*$/);
        }
        await expect(`${text}\n`).toMatchFileSnapshot(`snapshots/terminal/${name}-${characters}.txt`);
      });

  it("are the same in both themes", () => {
    const options = { columns: 80, characters: "unicode" } as const;
    for (const name of [...kept, "law-curves"])
      expect(terminalFigure(keptFigure(name, "dark"), options)).toBe(terminalFigure(keptFigure(name), options));
  });

  it("take the width that there is, from 40 to 120", () => {
    for (const [asked, got] of [
      [20, 40],
      [64, 64],
      [300, 120],
    ] as const) {
      const lines = terminalFigure(keptFigure("transfer"), { columns: asked, characters: "unicode" }).split("\n");
      expect(Math.max(...lines.map((line) => columnsOf(line)))).toBeLessThanOrEqual(got);
      expect(lines.some((line) => columnsOf(line) > got - 8)).toBe(true);
    }
  });
});

const two = { type: "scatter", x: [1, 10, 100], mode: "lines+markers" };
const draw = (data: readonly JsonObject[], layout: JsonObject = {}, characters: "unicode" | "ascii" = "ascii"): string =>
  terminalFigure({ data, layout }, { columns: 60, rows: 9, characters });

describe("what a reader of the terminal sees", () => {
  it("has one mark a series, at its points, at the end of its line and in the legend", () => {
    const text = draw(
      [
        { ...two, y: [1, 2, 3], name: "first", line: { color: "#111111" }, marker: { color: "#111111" } },
        { ...two, y: [3, 2.5, 0], name: "second", line: { color: "#777777" }, marker: { color: "#777777" } },
      ],
      { xaxis: { type: "log", title: { text: "tokens" } }, yaxis: { title: "loss <b>(nats)</b>" } },
    );
    expect(text).toContain("a first   b second");
    const lines = text.split("\n");
    expect(lines[0]).toBe("loss (nats)");
    expect(lines.at(-2)?.trim()).toBe("tokens");
    // Three points and an end each.
    expect(lines.slice(1, 10).join("").match(/a/g)).toHaveLength(4);
    expect(lines.slice(1, 10).join("").match(/b/g)).toHaveLength(4);
  });

  it("has plain numbers on a logarithmic axis", () => {
    const axis = { type: "log" };
    const text = draw([{ ...two, x: [1e18, 1e20, 1e22], y: [1e-4, 1e-2, 1] }], { xaxis: axis, yaxis: axis });
    for (const tick of ["1e18", "1e20", "1e22"]) expect(text.split("\n").at(-1)).toContain(tick);
    for (const tick of ["   1 +", " 0.1 +", "0.01 +", "1e-4 +"]) expect(text).toContain(tick);
    const given = draw([{ ...two, y: [1, 2, 3] }], {
      xaxis: { type: "log", tickvals: [1, 100], ticktext: ["10<sup>−9</sup>", "3 × 10<sup>18</sup>"] },
    });
    expect(given.split("\n").at(-1)).toMatch(/1e-9 +3e18/);
  });

  it("leaves gaps where a value is missing or has no logarithm", () => {
    const at = (y: number | null): string =>
      draw([{ type: "scatter", mode: "lines", x: [1, 2, 3, 4], y: [1, y, 1, 1] }], { yaxis: { type: "log", range: [-1, 1] } });
    const drawn = (text: string): number => text.split("\n").slice(0, 9).join("").match(/-/g)?.length ?? 0;
    expect(drawn(at(1))).toBeGreaterThan(2.5 * drawn(at(null)));
    expect(at(-1)).toBe(at(null));
    expect(at(0)).toBe(at(null));
  });

  it("shades bands, the inner one darker, and draws error bars and dashes", () => {
    const square = (low: number, high: number, fillcolor: string): JsonObject => ({
      type: "scatter",
      mode: "lines",
      x: [0, 4, 4, 0],
      y: [low, low, high, high],
      fill: "toself",
      fillcolor,
      line: { width: 0 },
    });
    const text = draw(
      [
        square(-4, 4, "rgba(1,2,3,0.1)"),
        square(-1, 1, "rgba(1,2,3,0.4)"),
        { type: "scatter", mode: "markers", x: [6], y: [0], error_y: { array: [3] } },
        { type: "scatter", mode: "lines", x: [8, 10], y: [4, 4], line: { dash: "dash" } },
      ],
      {},
      "unicode",
    );
    expect(text).toMatch(/░{8}/);
    expect(text).toMatch(/▒{8}/);
    expect(text.match(/[⢸⡇]/g)?.length).toBeGreaterThanOrEqual(4);
    expect(text).toMatch(/⠤⠄ ⠠⠤/);
    expect(text).not.toMatch(/⠤{3}/);
  });

  it("draws rectangles and lines of the layout, and text at its place", () => {
    const text = draw([{ ...two, y: [1, 2, 3] }], {
      shapes: [
        { type: "rect", x0: 50, x1: 105, y0: 0, y1: 1, yref: "paper" },
        { type: "line", x0: 0, x1: 1, xref: "x domain", y0: 2.5, y1: 2.5, line: { dash: "dot" } },
      ],
      annotations: [{ text: "best &amp; last", xref: "x", yref: "y", x: 40, y: 1.2 }],
    });
    expect(text).toMatch(/:{10}/);
    expect(text).toContain("best & last");
    expect(text).toMatch(/[-'.]{2} +[-'.]{2} +[-'.]{2}/);
  });

  it("says what it cannot draw, and stands an empty figure", () => {
    expect(draw([{ type: "heatmap", z: [[1]] }])).toBe("(not drawn in a terminal: heatmap)");
    expect(draw([])).toBe("");
    expect(draw([{ ...two, y: [5, 5, 5], name: "flat" }])).toContain("a flat");
  });
});
