import { z } from "zod";

/** What a terminal reads of a Plotly figure; all else is passed over. */
const numbers = z.array(z.unknown()).catch([]);
const text = z.string().catch("");
const oneOrMany = z
  .union([z.string(), z.array(z.unknown())])
  .optional()
  .catch(undefined);
const errorBarsSchema = z
  .object({
    array: numbers.default([]),
    arrayminus: numbers.optional(),
    visible: z.boolean().default(true),
    symmetric: z.boolean().optional(),
  })
  .optional()
  .catch(undefined);
const lineSchema = z
  .object({ color: oneOrMany, dash: text.default("solid"), width: z.number().optional().catch(undefined) })
  .default({ color: undefined, dash: "solid", width: undefined });

export const traceSchema = z.object({
  type: text.default("scatter"),
  mode: z.string().optional(),
  x: numbers.default([]),
  y: numbers.default([]),
  xaxis: text.default("x"),
  yaxis: text.default("y"),
  fill: text.default("none"),
  fillcolor: z.string().optional(),
  name: z.string().optional(),
  legendgroup: z.string().optional(),
  legend: text.default("legend"),
  showlegend: z.boolean().optional(),
  visible: z.union([z.boolean(), z.string()]).default(true),
  line: lineSchema,
  marker: z
    .object({
      color: z
        .union([z.string(), z.array(z.unknown())])
        .optional()
        .catch(undefined),
      symbol: oneOrMany,
      line: lineSchema,
    })
    .default({ color: undefined, symbol: undefined, line: { color: undefined, dash: "solid", width: undefined } }),
  error_x: errorBarsSchema,
  error_y: errorBarsSchema,
});

export type FigureTrace = z.infer<typeof traceSchema>;

const titleSchema = z
  .union([z.string().transform((title) => ({ text: title })), z.object({ text: text.default("") })])
  .default({ text: "" })
  .catch({ text: "" });

export const axisSchema = z.object({
  type: text.default("linear"),
  range: z.tuple([z.number(), z.number()]).optional().catch(undefined),
  domain: z.tuple([z.number(), z.number()]).default([0, 1]),
  title: titleSchema,
  tickvals: z.array(z.number()).optional().catch(undefined),
  ticktext: z.array(z.coerce.string()).optional().catch(undefined),
});

export type FigureAxis = z.infer<typeof axisSchema>;

const place = z.union([z.number(), z.string()]).optional();
export const shapeSchema = z.object({
  type: text.default("rect"),
  xref: text.default("x"),
  yref: text.default("y"),
  x0: place,
  x1: place,
  y0: place,
  y1: place,
  line: lineSchema,
});

export const annotationSchema = z.object({
  text: text.default(""),
  xref: text.default("paper"),
  yref: text.default("paper"),
  x: place,
  y: place,
});

export type FigureAnnotation = z.infer<typeof annotationSchema>;

const colorBarSchema = z
  .object({
    cmin: z.number(),
    cmax: z.number(),
    colorscale: z.array(z.tuple([z.number(), z.string()])),
    colorbar: z.object({ title: titleSchema, tickvals: z.array(z.number()).default([]), ticktext: z.array(z.string()).default([]) }),
  })
  .optional()
  .catch(undefined);

export type ColorBar = NonNullable<z.infer<typeof colorBarSchema>>;

export const layoutSchema = z.looseObject({
  title: titleSchema,
  showlegend: z.boolean().optional(),
  shapes: z.array(shapeSchema).default([]),
  annotations: z.array(annotationSchema).default([]),
  coloraxis: colorBarSchema,
  font: z.object({ color: z.string().optional() }).default({ color: undefined }),
  hoverlabel: z.object({ bgcolor: z.string().optional() }).default({ bgcolor: undefined }),
});

export type FigureLayout = z.infer<typeof layoutSchema>;

/** Title of a legend: `legend`, `legend2`, … */
export function legendTitle(layout: FigureLayout, legend: string): string {
  return z
    .object({ title: titleSchema })
    .catch({ title: { text: "" } })
    .parse(layout[legend]).title.text;
}
