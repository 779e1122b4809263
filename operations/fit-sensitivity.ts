import type { AllocationOptions } from "../analysis/fits/allocation.ts";
import type { OpenFit } from "../analysis/fits/document/open-fit.ts";
import { fitSensitivity, type SensitivityRow } from "../analysis/fits/sensitivity.ts";
import { type SensitivitySpread, sensitivitySpreads } from "../analysis/fits/sensitivity-spread.ts";
import type { InputCounting } from "../analysis/fits/sensitivity-variants.ts";
import { exp } from "../analysis/numerics/elementary.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { readRows } from "../infra/run-tables/read-rows.ts";
import { readFit } from "./read-fit.ts";
import { type Settings, withRunningDatabase } from "./session.ts";
import { studyRunTable } from "./study-run-table.ts";

/** A fit made in other ways from the same rows. Plain JSON: what `ladder sensitivity --json` prints. */
export interface SensitivityReport {
  readonly fit: string;
  readonly source: string;
  readonly law: string;
  readonly formula: string;
  /** Parameters of the law in its order, for tables. */
  readonly parameterNames: readonly string[];
  /** Names of the inputs that share compute; null for a law that splits nothing. */
  readonly split: { readonly size: string; readonly tokens: string } | null;
  /** FLOPs. */
  readonly computes: readonly number[];
  /** Starts of the law's own grid. */
  readonly startsRanked: number;
  readonly rows: readonly SensitivityRow[];
  readonly spreads: readonly SensitivitySpread[];
  readonly notes: readonly string[];
}

export interface SensitivityRequest extends AllocationOptions {
  /** FLOPs; none: ten times the largest fitted budget. */
  readonly computes: readonly number[];
  /** The file that was fitted, and its column that counts N the other way. */
  readonly otherCount: { readonly path: string; readonly column: string } | null;
}

const beyondLargest = 10;

/**
 * The fit again in every way in which published fits of the same rows differ.
 *
 * @throws LadderError as `readFit`, `fitSensitivity`, `readRows`; `conflict` FIT_ROWS_DIFFER when the file is not the one that was fitted
 */
export async function sensitivityOfFit(settings: Settings, name: string, request: SensitivityRequest): Promise<SensitivityReport> {
  const open = await readFit(settings, name);
  const { law, document, fitted, fittedLogBudgets, fit, problem } = open;
  const { computes: asked, otherCount, ...allocation } = request;
  const largest = fittedLogBudgets === undefined ? [] : [beyondLargest * exp(Math.max(...fittedLogBudgets))];
  const computes = law.allocation === undefined ? [] : asked.length > 0 ? asked : largest;
  const countings = otherCount === null ? await studyCountings(settings, open) : await fileCountings(open, otherCount);
  const rows = fitSensitivity(law, fitted, { ...problem, search: fit.search, countings, thorough: true, computes, allocation });
  return {
    fit: name,
    source: document.source,
    law: law.id,
    formula: law.formula,
    parameterNames: law.parameters.map((parameter) => parameter.name),
    split: law.allocation ?? null,
    computes,
    startsRanked: fit.starts.ranked,
    rows,
    spreads: sensitivitySpreads(rows, computes),
    notes:
      Object.keys(countings).length > 0
        ? ["with another counting of N, its optimum and C = k N D count that way too"]
        : ["N is counted in one way only here: --from FILE --other-count COLUMN names the other count of the fitted file"],
  };
}

type Countings = Readonly<Record<string, InputCounting>>;

/** The other count of every run that Ladder trained; nothing where rows were imported, or where no database runs. */
async function studyCountings(settings: Settings, { document, fittedRows, law }: OpenFit): Promise<Countings> {
  const { study, data, counting } = document;
  if (study === null || data.labels === null || !law.inputs.some(({ name }) => name === "N")) return {};
  const other = counting === "non-embedding" ? "parameterCountTotal" : "parameterCountNonEmbedding";
  return withRunningDatabase(settings, async (db) => {
    if (db === null) return {};
    const { table } = await studyRunTable(db, study, counting);
    const place = table.columns.indexOf(other);
    const byLine = new Map(table.records.map(({ line, label, cells }) => [line, { label, cell: cells[place] }]));
    const column = fittedRows.map((row) => {
      const found = byLine.get(data.places[row] ?? -1);
      return found?.label === data.labels?.[row] && typeof found?.cell === "number" ? found.cell : Number.NaN;
    });
    if (place < 0 || !column.every((value) => value > 0)) return {};
    const words = counting === "non-embedding" ? "N with embeddings" : "N without embeddings";
    return { [words]: { input: "N", column: Float64Array.from(column) } };
  });
}

async function fileCountings(
  { document, fittedRows, rows, law }: OpenFit,
  { path, column }: { readonly path: string; readonly column: string },
): Promise<Countings> {
  const { data, request } = document;
  const map = [request.map, `otherCount=${column}`].filter((part) => part !== null).join(",");
  const read = await readRows(path, {
    map,
    needed: ["N", "otherCount"],
    outcome: law.output.name,
    keepRepeated: true,
    keepUnfinished: true,
  });
  const byLine = new Map(read.rows.map((row) => [row.line, row.columns]));
  const counted = fittedRows.map((row) => {
    const found = byLine.get(data.places[row] ?? -1);
    if (found !== undefined && found["N"] === rows.columns["N"]?.[row]) return found["otherCount"] ?? Number.NaN;
    throw new LadderError("conflict", "FIT_ROWS_DIFFER", `line ${data.places[row] ?? -1} of ${path} is not the row that was fitted`, {
      fields: { path, line: data.places[row] ?? -1, N: rows.columns["N"]?.[row] ?? null },
      hint: `give the file that was fitted, ${document.source}, as it was then`,
    });
  });
  return { [`N as ${column}`]: { input: "N", column: Float64Array.from(counted) } };
}
