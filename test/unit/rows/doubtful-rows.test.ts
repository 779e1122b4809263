import { describe, expect, it } from "vitest";
import type { RunTable } from "../../../analysis/rows/run-table.ts";
import { rowsOfTable, type RowRequest } from "../../../infra/run-tables/read-rows.ts";

function table(columns: readonly string[], rows: readonly (readonly (number | string)[])[]): RunTable {
  const records = rows.map((cells, index) => ({ line: index + 2, cells }));
  return { format: "csv", place: "line", columns, outcomeColumns: [], records, notes: [] };
}
const warningsOf = (of: RunTable, request: RowRequest = {}): string =>
  rowsOfTable(of, "runs.csv", { counting: "total", ...request }).report.warnings.join("\n");

/** Two models of four checkpoints each. */
const curves = (extra: (model: number, step: number) => readonly (number | string)[] = () => [], columns: readonly string[] = []) =>
  table(
    ["run", "N", "D", "loss", ...columns],
    [1, 2].flatMap((model) =>
      [1, 2, 3, 4].map((step) => [`m${model}`, 1e7 * model, 1e9 * step, 4 - 0.1 * step - 0.2 * model, ...extra(model, step)]),
    ),
  );

describe("checkpoints without a cluster column", () => {
  it("are said, with the column that names their runs", () => {
    expect(warningsOf(curves())).toContain("not independent of each other: --cluster run");
    expect(warningsOf(curves((model, step) => [step * 100, 1 / step, `w${model}`], ["step", "rate", "kind"]))).toContain("--cluster run");
  });

  it("are fine with it, and so are runs that differ in more than D", () => {
    expect(warningsOf(curves(), { cluster: "run" })).toBe("");
    expect(warningsOf(curves((_, step) => [[3, 1, 4, 2][step - 1] ?? 0], ["lr"]))).toBe("");
    expect(warningsOf(curves((_, step) => [`${step}xC`], ["schedule"]))).toBe("");
  });

  it("are not suspected where names hold one run each, or nothing is called D", () => {
    const own = table(
      ["run", "N", "D", "loss"],
      [1, 2, 3, 4].map((run) => [`r${run}`, 1e7 * run, 1e9, 4 - 0.1 * run]),
    );
    expect(warningsOf(own)).toBe("");
    expect(
      warningsOf(
        table(
          ["run", "N", "loss"],
          [1, 2, 3].map((run) => ["a", 1e7 * run, 4 - 0.1 * run]),
        ),
      ),
    ).toBe("");
  });
});

describe("a batch that cannot be tokens", () => {
  const sweep = table(
    ["D", "batch", "loss"],
    [32, 64, 128].map((batch) => [1e10, batch, 3 + batch / 1000]),
  );

  it("is said with the updates that it would mean", () => {
    expect(warningsOf(sweep, { map: "B=batch" })).toBe(
      "B counts tokens, and by it half of the runs made 1.6e8 updates or more: where it counts sequences, write --map B=COLUMN*LENGTH",
    );
  });

  it("is fine in tokens, and where nothing is called D", () => {
    expect(warningsOf(sweep, { map: "B=batch*2048" })).toBe("");
    const batches = [
      [64, 3],
      [128, 2.9],
    ];
    expect(warningsOf(table(["B", "loss"], batches), { map: "B=B" })).toBe("");
  });
});
