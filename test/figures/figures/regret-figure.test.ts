import { describe, expect, it } from "vitest";
import { figureThemes } from "../../../analysis/index.ts";
import { regretFigure } from "../../../analysis/figures/regret-figure.ts";
import { terminalFigure } from "../../../analysis/figures/terminal/terminal-figure.ts";
import { nearestProblem } from "../../../analysis/search/recorded/recorded-problem.ts";
import { regretBands, scoreSearches } from "../../../analysis/search/recorded/regret.ts";
import { simulate } from "../../../analysis/search/recorded/simulate.ts";
import { basinTable, chance, listed } from "../../unit/search/recorded/example-table.ts";

const problem = nearestProblem(basinTable());
const aimed = listed(
  "aimed",
  [1e6, 4e6, 16e6].map((N) => ({ N, learningRate: 1e-2 })),
);
const seeds = [0, 1, 2, 3, 4];
const simulations = [aimed, chance].flatMap((searcher) =>
  seeds.map((seed) => simulate(searcher, problem, { seed, evaluations: 10, cost: null, parallel: 1, maximumCost: null, settings: {} })),
);
const scored = scoreSearches(problem, simulations, null);
const curves = { costs: scored.costs, unit: "FLOPs", bands: regretBands(scored), seeds: seeds.length };

describe("regret against cost", () => {
  for (const theme of figureThemes)
    it(`is plain JSON and keeps its bits, ${theme}`, async () => {
      const figure = regretFigure(curves, { theme });
      expect(JSON.parse(JSON.stringify(figure))).toEqual(figure);
      await expect(`${JSON.stringify(figure, null, 1)}\n`).toMatchFileSnapshot(`snapshots/regret-${theme}.json`);
    });

  it("has a line and a band for each strategy, and says that zeros lie on its foot", () => {
    const { data, layout } = regretFigure(curves, { theme: "light" });
    expect(data.flatMap(({ name }) => name ?? [])).toEqual(["aimed", "chance"]);
    expect(data.filter(({ fill }) => fill === "toself")).toHaveLength(2);
    const text = JSON.stringify(layout["annotations"]).replaceAll("<br>", " ");
    expect(text).toContain("0 included, is drawn at the foot");
    expect(text).toContain("median of 5 seeds");
    for (const { y } of data) if (Array.isArray(y)) expect(Math.min(...y.map(Number))).toBeGreaterThan(0);
  });

  it("stands where no regret is above 0, and in a terminal", () => {
    const zeros = curves.costs.map(() => 0);
    const bands = [{ strategy: "perfect", median: zeros, low: zeros, high: zeros }];
    const figure = regretFigure({ ...curves, bands, seeds: 1 }, { theme: "dark" });
    expect(JSON.stringify(figure)).not.toContain("null");
    expect(JSON.stringify(figure.layout["annotations"])).toContain("One seed.");
    const drawn = terminalFigure(regretFigure(curves, { theme: "light" }), { columns: 80, characters: "ascii" });
    expect(drawn).toMatch(/a aimed {3}b chance/);
  });
});
