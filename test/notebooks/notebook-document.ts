import { z } from "zod";

const text = z.union([z.string(), z.array(z.string()).transform((parts) => parts.join(""))]);

const bundleSchema = z.object({
  "application/vnd.plotly.v1+json": z
    .object({ data: z.array(z.record(z.string(), z.json())), layout: z.record(z.string(), z.json()) })
    .optional(),
  "text/html": text.optional(),
  "text/plain": text.optional(),
  "image/png": text.optional(),
});

const outputSchema = z.discriminatedUnion("output_type", [
  z.object({ output_type: z.literal("stream"), name: z.literal("stdout"), text }),
  z.object({ output_type: z.literal("display_data"), data: bundleSchema, metadata: z.record(z.string(), z.json()) }),
]);

const cellSchema = z.discriminatedUnion("cell_type", [
  z.object({ cell_type: z.literal("markdown"), id: z.string(), metadata: z.record(z.string(), z.json()), source: text }),
  z.object({
    cell_type: z.literal("code"),
    id: z.string(),
    metadata: z.record(z.string(), z.json()),
    execution_count: z.int().nullable(),
    source: text,
    outputs: z.array(outputSchema),
  }),
]);

/** A Jupyter notebook (format 4.5) of which every output is printed text or a bundle that was displayed: an error is none. */
const notebookSchema = z.object({
  cells: z.array(cellSchema),
  metadata: z.record(z.string(), z.json()),
  nbformat: z.literal(4),
  nbformat_minor: z.int(),
});

export type NotebookDocument = z.infer<typeof notebookSchema>;
type NotebookBundle = z.infer<typeof bundleSchema>;
export type CodeCell = Extract<NotebookDocument["cells"][number], { cell_type: "code" }>;

/** @throws ZodError where it is no notebook, or has an output of another kind */
export function parseNotebook(json: string): NotebookDocument {
  return notebookSchema.parse(JSON.parse(json));
}

export function codeCells({ cells }: NotebookDocument): readonly CodeCell[] {
  return cells.flatMap((cell) => (cell.cell_type === "code" ? [cell] : []));
}

/** What a cell gave: all that it printed, then all that it displayed, in order. */
export interface CellOutput {
  readonly printed: string;
  readonly displayed: readonly NotebookBundle[];
}

/** What a figure is shown as beside its data; where it is executed, and in which front end, decides. */
function withoutPictures(bundle: NotebookBundle): NotebookBundle {
  const { "image/png": _, ...rest } = bundle;
  if (rest["application/vnd.plotly.v1+json"] === undefined) return rest;
  const { "text/html": __, ...figure } = rest;
  return figure;
}

/** Outputs of each code cell without pictures: what has the same bits wherever a notebook is executed. */
export function cellOutputs(notebook: NotebookDocument): readonly CellOutput[] {
  return codeCells(notebook).map(({ outputs }) => ({
    printed: outputs.map((output) => (output.output_type === "stream" ? output.text : "")).join(""),
    displayed: outputs.flatMap((output) => (output.output_type === "display_data" ? [withoutPictures(output.data)] : [])),
  }));
}
