import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { type CellOutput, cellOutputs, codeCells, type NotebookDocument, parseNotebook } from "./notebook-document.ts";

const root = join(import.meta.dirname, "../..");

/** The few members of Deno that notebooks use, for Node; what cells print and display is kept. */
const prelude = (result: string): string => `
import { readFileSync, realpathSync, writeFileSync } from "node:fs";
const ofCells = [];
const beginCell = () => ofCells.push([]);
const finish = () => writeFileSync(${JSON.stringify(result)}, JSON.stringify(ofCells));
console.log = (words) => ofCells.at(-1).push({ output_type: "stream", name: "stdout", text: words + "\\n" });
globalThis.Deno = {
  readTextFileSync: (path) => readFileSync(path, "utf8"),
  realPathSync: realpathSync,
  jupyter: { display: async (data) => ofCells.at(-1).push({ output_type: "display_data", data, metadata: {} }) },
};
`;

/**
 * Runs the code of a notebook in Node, one cell after another, on the sources of `analysis/`: no Deno, no Jupyter and no build.
 *
 * @returns outputs of each cell, without pictures
 * @throws Error with what a cell threw
 */
export function runCellsInNode(notebook: NotebookDocument): readonly CellOutput[] {
  const folder = mkdtempSync(join(tmpdir(), "ladder-notebook-"));
  try {
    const [program, result] = [join(folder, "cells.mts"), join(folder, "outputs.json")];
    const analysis = pathToFileURL(join(root, "analysis/index.ts")).href;
    const cells = codeCells(notebook).map(({ source }) => `beginCell();\n${source.replace("../dist/analysis/index.js", analysis)}`);
    writeFileSync(program, [prelude(result), ...cells, "finish();"].join("\n"));
    const { status, stderr } = spawnSync(process.execPath, ["--import", "tsx", program], {
      cwd: join(root, "notebooks"),
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`a cell failed:\n${stderr}`);
    const outputs = z.array(z.array(z.json())).parse(JSON.parse(readFileSync(result, "utf8")));
    const executed = codeCells(notebook).map((cell, index) => ({ ...cell, outputs: outputs[index] }));
    return cellOutputs(parseNotebook(JSON.stringify({ ...notebook, cells: executed })));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
