import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Drawing, drawFigures } from "../../infra/chromium/draw-figures.ts";
import { findChromium } from "../../infra/chromium/find-chromium.ts";
import { readSettings } from "../../infra/settings.ts";
import { executeNotebook } from "./execute-notebook.ts";
import { type NotebookDocument, parseNotebook } from "./notebook-document.ts";

// Executes notebooks/chinchilla.ipynb on the Deno kernel, and writes it with its outputs. A figure keeps its data, for front ends that
// draw them, and is a picture for all others, GitHub among them: run `npx tsx test/notebooks/write-chinchilla.ts` after `npm run build`.

const path = join(import.meta.dirname, "../../notebooks/chinchilla.ipynb");
const plotly = "application/vnd.plotly.v1+json";
const size = { width: 900, height: 560, scale: 1 } as const;

const folder = mkdtempSync(join(tmpdir(), "ladder-notebook-"));
try {
  const executed = parseNotebook(readFileSync(executeNotebook(path, folder), "utf8"));
  writeFileSync(path, `${JSON.stringify(linesOf(await withPictures(executed)), null, 1)}\n`);
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
  const drawings = figures.map((figure): Drawing => {
    const { height } = figure.layout;
    return { figure, format: "png", ...size, height: typeof height === "number" ? height : size.height, background: "#ffffff" };
  });
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

/** Sources and text as lists of lines, as Jupyter saves them: a change of one is a change of one line. */
function linesOf(notebook: NotebookDocument): unknown {
  const lines = (text: string): readonly string[] => text.split(/(?<=\n)/);
  return {
    ...notebook,
    cells: notebook.cells.map((cell) => ({
      ...cell,
      source: lines(cell.source),
      ...(cell.cell_type === "markdown"
        ? {}
        : { outputs: cell.outputs.map((output) => (output.output_type === "stream" ? { ...output, text: lines(output.text) } : output)) }),
    })),
  };
}
