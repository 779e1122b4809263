import type { Colors } from "picocolors/types.js";
import { shareInPercent, significant } from "../analysis/study/number-words.ts";
import type { OptimaReport, OptimumLawReport } from "../operations/fit-optima.ts";
import { measureText, threeDigitsText } from "./number-text.ts";
import { hang, wrapWords } from "./render-error.ts";
import { type Column, renderTable } from "./table.ts";

/** Regret first, then the optima by scale, the laws, what else the optimum could have been, and what was asked for. */
export function renderOptima(report: OptimaReport, colors: Colors, columns: number): string {
  const { cells, laws, heldOut, predictions, warnings } = report;
  return [
    ...wrapWords(
      heldOut === null
        ? "nothing larger was held out: what these laws cost at a scale they have not seen is not known"
        : `laws of the smaller scales, scored on the largest ${heldOut.variable}: ${heldOut.words}`,
      columns,
    ),
    "",
    cellTable(report, columns),
    ...Object.values(laws).flatMap((law) => ["", ...lawLines(law, columns)]),
    ...(heldOut === null ? [] : ["", heldOutTable(heldOut, columns)]),
    ...(predictions.length === 0 ? [] : ["", ...predictions.flatMap((prediction) => predictionLines(prediction, colors, columns))]),
    ...(warnings.length === 0 ? [] : [""]),
    ...warnings.map((warning) => hang("warning: ", warning, columns, { paint: colors.yellow, indent: "  " })),
    ...(cells.length === 0 ? ["there is no scale"] : []),
  ].join("\n");
}

function cellTable({ cells, laws }: OptimaReport, width: number): string {
  type Cell = (typeof cells)[number];
  const variables = Object.keys(cells[0]?.scale ?? {});
  const optimum = (cell: Cell, of: string): string => {
    if (cell.status !== "fitted") return cell.status === "edge" ? "on an edge" : "none";
    const found = cell.optima.find(({ axis }) => axis === of);
    if (found === undefined) return "–";
    const { value, interval } = found;
    return interval === null
      ? threeDigitsText(value)
      : `${threeDigitsText(value)} (${threeDigitsText(interval.low)} to ${threeDigitsText(interval.high)})`;
  };
  const table: readonly Column<Cell>[] = [
    ...variables.map(
      (name): Column<Cell> => ({ header: name, align: "right", value: ({ scale }) => threeDigitsText(scale[name] ?? Number.NaN) }),
    ),
    { header: "RUNS", align: "right", value: (cell) => (cell.status === "fitted" ? String(cell.runs) : "–") },
    ...Object.keys(laws).map((of): Column<Cell> => ({ header: `${of}* (95 %)`, value: (cell) => optimum(cell, of) })),
  ];
  return renderTable(table, cells, width);
}

function lawLines({ law, curvature, bands }: OptimumLawReport, columns: number): readonly string[] {
  const { of, terms, logCoefficient, rootMeanSquare, points } = law;
  const factors = terms.map(({ variable, exponent, interval }) => {
    const range = interval === null ? "" : ` (${significant(interval.low)} to ${significant(interval.high)})`;
    return `${variable}^${significant(exponent)}${range}`;
  });
  const coefficient = measureText(Math.exp(logCoefficient));
  const other = bands.map(
    ({ band, exponents }) =>
      `${shareInPercent(band)}: ${Object.entries(exponents)
        .map(([name, value]) => `${name}^${significant(value)}`)
        .join(" ")}`,
  );
  return [
    hang(`${of}* = ${coefficient} `, factors.join(" "), columns),
    ...wrapWords(`from ${points} optima, which scatter by ${shareInPercent(rootMeanSquare)} around it; ${curvature.words}`, columns),
    ...(other.length === 0 ? [] : wrapWords(`by how far above the best a run may lie to count: ${other.join("; ")}`, columns)),
  ];
}

function heldOutTable({ scales }: NonNullable<OptimaReport["heldOut"]>, width: number): string {
  type Scale = (typeof scales)[number];
  const [first] = scales;
  const table: readonly Column<Scale>[] = [
    ...Object.keys(first?.scale ?? {}).map(
      (name): Column<Scale> => ({ header: name, align: "right", value: ({ scale }) => threeDigitsText(scale[name] ?? Number.NaN) }),
    ),
    ...Object.keys(first?.ratios ?? {}).map(
      (name): Column<Scale> => ({
        header: `${name} / OPTIMUM`,
        align: "right",
        value: ({ ratios }) => threeDigitsText(ratios[name] ?? Number.NaN),
      }),
    ),
    { header: "REGRET", align: "right", value: ({ regret }) => shareInPercent(regret.relative) },
  ];
  return renderTable(table, scales, width);
}

function predictionLines({ at, optima }: OptimaReport["predictions"][number], colors: Colors, columns: number): readonly string[] {
  const place = Object.entries(at)
    .map(([name, value]) => `${name}=${measureText(value)}`)
    .join(", ");
  const values = Object.entries(optima).map(([of, { value, interval, extrapolation }]) => {
    const range = interval === null ? "" : ` (95 % of the law: ${threeDigitsText(interval.low)} to ${threeDigitsText(interval.high)})`;
    const far = extrapolation > 1 ? `, ${significant(extrapolation)} times beyond the fitted scales` : "";
    return `${of}* ${threeDigitsText(value)}${range}${far}`;
  });
  return [
    ...values.map((line) => hang(`at ${place}: `, line, columns, { indent: "  " })),
    ...Object.values(optima).flatMap(({ warnings }) =>
      warnings.map((warning) => hang("warning: ", warning, columns, { paint: colors.yellow, indent: "  " })),
    ),
  ];
}
