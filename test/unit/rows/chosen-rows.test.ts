import { describe, expect, it } from "vitest";
import { bestRows } from "../../../analysis/rows/best-rows.ts";
import { assertNotPooled } from "../../../analysis/rows/pooling.ts";
import type { RunRow } from "../../../analysis/rows/row.ts";

const columns = ["N", "learningRate", "loss", "seed", "generation"];
const row = (line: number, N: number, learningRate: number, loss: number, seed = "1", generation = 0): RunRow => ({
  line,
  columns: { N, loss },
  cluster: null,
  seed,
  cells: [N, learningRate, loss, seed, generation],
});
const identity = { outcome: "loss", notDesign: new Set(["N", "loss", "seed"]) };

describe("the best trial of each design", () => {
  it("is the one with the lowest mean over its seeds, not the one with the luckiest seed", () => {
    const rows = [
      row(1, 1e7, 0.1, 3.0, "1"),
      row(2, 1e7, 0.1, 3.4, "2"),
      row(3, 1e7, 0.2, 3.1, "1"),
      row(4, 1e7, 0.2, 3.15, "2"),
      row(5, 2e7, 0.1, 2.9, "1"),
    ];
    const best = bestRows(rows, ["N"], columns, identity);
    expect(best.rows.map(({ line }) => line)).toEqual([3, 4, 5]);
    expect(best.excluded).toEqual([
      { line: 1, words: "not the best of its N" },
      { line: 2, words: "not the best of its N" },
    ]);
    expect(best.mostTrials).toBe(2);
  });
});

describe("rows that one law must not pool", () => {
  const generations = [row(1, 1e7, 0.1, 3, "1", 0), row(2, 1e7, 0.1, 3.2, "1", 1)];

  it("are refused by the name of what differs", () => {
    expect(() => {
      assertNotPooled(generations, columns, ["N"], "runs.csv");
    }).toThrow(
      expect.objectContaining({
        code: "GENERATIONS_POOLED",
        message: expect.stringContaining("runs.csv holds rows of generation 0, 1, which one law must not pool") as unknown,
        hint: "fit one at a time: --where 'generation == 0'",
      }) as Error,
    );
  });

  it("are fine for a law of generations, and where all rows are of one", () => {
    assertNotPooled(generations, columns, ["N", "generation"], "runs.csv");
    assertNotPooled(generations.slice(0, 1), columns, ["N"], "runs.csv");
  });
});
