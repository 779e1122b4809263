import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cellOutputs, codeCells, parseNotebook } from "../notebooks/notebook-document.ts";
import { runCellsInNode } from "../notebooks/run-cells-in-node.ts";

const root = join(import.meta.dirname, "../..");
const notebook = parseNotebook(readFileSync(join(root, "notebooks/chinchilla.ipynb"), "utf8"));
const minute = 60_000;

describe("notebooks/chinchilla.ipynb", () => {
  it(
    "gives in Node what the Deno kernel gave when it was committed, to the last bit",
    () => {
      expect(runCellsInNode(notebook)).toEqual(cellOutputs(notebook));
    },
    5 * minute,
  );

  it("is committed as it was executed, from the first cell to the last", () => {
    const cells = codeCells(notebook);
    expect(cells.map(({ execution_count: count }) => count)).toEqual(cells.map((_, index) => index + 1));
    for (const { outputs } of cells.slice(1)) expect(outputs.length).toBeGreaterThan(0);
  });

  it("shows each figure where nothing draws one, as on GitHub", () => {
    const bundles = codeCells(notebook).flatMap(({ outputs }) =>
      outputs.flatMap((output) => (output.output_type === "display_data" ? [output.data] : [])),
    );
    const figures = bundles.filter((bundle) => bundle["application/vnd.plotly.v1+json"] !== undefined);
    expect(figures.map((figure) => figure["text/plain"])).toEqual(
      ["rows", "refits", "profiles", "constants", "residuals", "curves", "isoflop", "allocation", "tokens-per-parameter"].map(
        (id) => `figure ${id}`,
      ),
    );
    for (const figure of figures) {
      const png = Buffer.from(figure["image/png"] ?? "", "base64");
      expect(png.subarray(1, 4).toString("latin1")).toBe("PNG");
      expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([900, 560]);
      // HTML would come first on a page that runs no script, and be blank there.
      expect(figure["text/html"]).toBeUndefined();
    }
  });

  it("reads the rows on which the published values are tested", () => {
    const rows = (path: string): string => readFileSync(join(root, path), "utf8");
    expect(rows("examples/data/chinchilla.csv")).toBe(rows("test/published/chinchilla/runs.csv"));
  });

  it("fails when a number does not reproduce", () => {
    const changed = parseNotebook(JSON.stringify(notebook).replace("published: 1.817236", "published: 1.827236"));
    expect(() => runCellsInNode({ ...changed, cells: changed.cells.slice(0, 6) })).toThrow(/E does not reproduce: 1\.827236 was published/);
  });
});
