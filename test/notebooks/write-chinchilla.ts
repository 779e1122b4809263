import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Drawing, drawFigures } from "../../infra/chromium/draw-figures.ts";
import { findChromium } from "../../infra/chromium/find-chromium.ts";
import { readSettings } from "../../infra/settings.ts";
import { executeNotebook } from "./execute-notebook.ts";
import { type CodeCell, type NotebookDocument, parseNotebook } from "./notebook-document.ts";

// Executes notebooks/chinchilla.ipynb on the Deno kernel, and writes it with its outputs. A figure keeps its data, for front ends that
// draw them, and is a picture for all others, GitHub among them: run `npx tsx test/notebooks/write-chinchilla.ts` after `npm run build`.

const path = join(import.meta.dirname, "../../notebooks/chinchilla.ipynb");
const plotly = "application/vnd.plotly.v1+json";
const size = { width: 900, height: 560, scale: 1 } as const;

const folder = mkdtempSync(join(tmpdir(), "ladder-notebook-"));
try {
  const executed = parseNotebook(readFileSync(executeNotebook(path, folder), "utf8"));
  writeFileSync(path, fileOf(await withPictures(executed)));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function withPictures(notebook: NotebookDocument): Promise<NotebookDocument> {
  const figures = notebook.cells.flatMap((cell) =>
    cell.cell_type === "code"
      ? cell.outputs.flatMap((output) => (output.output_type === "display_data" ? (output.data[plotly] ?? []) : []))
      : [],
  );
  const settings = readSettings();
  const drawings = figures.map((figure): Drawing => ({ figure, format: "png", ...size, background: "#ffffff" }));
  const { environment } = settings;
  const pictures = await drawFigures(await findChromium(settings), drawings, { environment, timeoutMilliseconds: 120_000 });
  let next = 0;
  return {
    ...notebook,
    cells: notebook.cells.map((cell) =>
      cell.cell_type === "markdown"
        ? cell
        : {
            ...cell,
            outputs: cell.outputs.map((output) => {
              const figure = output.output_type === "display_data" ? output.data[plotly] : undefined;
              if (output.output_type !== "display_data" || figure === undefined) return output;
              const png = Buffer.from(pictures[next++] ?? []).toString("base64");
              return { ...output, data: { [plotly]: figure, "image/png": png, "text/plain": output.data["text/plain"] } };
            }),
          },
    ),
  };
}

/**
 * The file, with sources and text as lists of lines, as Jupyter saves them: a change of one is a change of one line. The data of a figure
 * is one line.
 */
function fileOf(notebook: NotebookDocument): string {
  const lines = (text: string): readonly string[] => text.split(/(?<=\n)/);
  const figures: string[] = [];
  const outputOf = (output: CodeCell["outputs"][number]): unknown => {
    if (output.output_type === "stream") return { ...output, text: lines(output.text) };
    const figure = output.data[plotly];
    if (figure === undefined) return output;
    figures.push(JSON.stringify(figure));
    return { ...output, data: { ...output.data, [plotly]: `figure:${figures.length - 1}` } };
  };
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    source: lines(cell.source),
    ...(cell.cell_type === "markdown" ? {} : { outputs: cell.outputs.map(outputOf) }),
  }));
  return `${JSON.stringify({ ...notebook, cells }, null, 1).replace(/"figure:(\d+)"/g, (_, index: string) => figures[Number(index)] ?? "")}\n`;
}
