import { open, stat } from "node:fs/promises";
import { basename } from "node:path";
import { checkRows } from "../../analysis/rows/check-rows.ts";
import { columnsOf, replaceColumns } from "../../analysis/expressions/expression.ts";
import { findColumn, listed, parseMap, resolveVariables } from "../../analysis/rows/mapping.ts";
import { parseExpression } from "../../analysis/expressions/parse-expression.ts";
import { columnsBesideDesign } from "../../analysis/rows/repeated-rows.ts";
import type { Counting } from "../../analysis/study/counting.ts";
import type { Exclusion, RowRules, RunRow } from "../../analysis/rows/row.ts";
import { apartWords, type RowReport, reportRows } from "../../analysis/rows/row-report.ts";
import { type IdentityRules, importHash } from "../../analysis/rows/rows-hash.ts";
import type { RunTable } from "../../analysis/rows/run-table.ts";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { suggestName } from "../near-names.ts";
import { runTableFormats } from "./index.ts";
import type { RunSource } from "./run-table-format.ts";

/** How the rows of a file are to be read. Texts are as on the command line. */
export interface RowRequest {
  /** `N=params,D=steps*batch*seq`; columns called N, D, C, loss or like a needed variable need none. */
  readonly map?: string | undefined;
  /** Variables that every row must have, for example those of a law; left out: all that are mapped or found, and `loss`. */
  readonly needed?: readonly string[] | undefined;
  /** The variable that was measured; `loss` when left out. */
  readonly outcome?: string | undefined;
  /** A condition on columns of the file. */
  readonly where?: string | undefined;
  /** Column whose rows of one value are not independent of each other. */
  readonly cluster?: string | undefined;
  /** What N counts; `unknown` when left out. */
  readonly counting?: Counting | undefined;
  /** Id of a format; found out from the file when left out. */
  readonly readAs?: string | undefined;
  /** Keeps runs that crashed, failed or still run. */
  readonly keepUnfinished?: boolean | undefined;
  /** Keeps rows that repeat or contradict each other: reruns whose seeds nobody wrote down. */
  readonly keepRepeated?: boolean | undefined;
}

/** Rows of a file. `rows` and `excluded` together are every record of it, each once. */
export interface ReadRows {
  readonly rows: readonly RunRow[];
  readonly excluded: readonly Exclusion[];
  /** Columns of the file, in the order of `RunRow.cells`. */
  readonly columns: readonly string[];
  readonly report: RowReport;
  /** Hash of the rows, the exclusions and what was asked; not of the path or the format. 64 hexadecimal digits. */
  readonly contentHash: string;
  /** What tells one run of this file from another. */
  readonly identity: IdentityRules;
  readonly keepRepeated: boolean;
  /** The warning of the report about rows that only an unmapped column tells apart; null without such rows. */
  readonly apartWarning: string | null;
}

/**
 * Reads runs from a file (or a folder of TensorBoard logs), without a database. Numbers are doubles. No record is lost: what is
 * not among the rows is among the exclusions, with its reason.
 *
 * @throws LadderError `missing` FILE_NOT_FOUND; `input` FORMAT_UNKNOWN, RUN_TABLE_INVALID, MAP_INVALID, EXPRESSION_INVALID,
 *   COLUMN_UNKNOWN, COLUMN_AMBIGUOUS, VARIABLE_MISSING
 */
export async function readRows(path: string, request: RowRequest = {}): Promise<ReadRows> {
  const name = basename(path);
  return rowsOfTable(await readTable(path, name, request.readAs), name, request);
}

/**
 * Rows of a table that is in memory, by the same rules.
 *
 * @param name what messages call the table
 * @throws LadderError `input` MAP_INVALID, EXPRESSION_INVALID, COLUMN_UNKNOWN, COLUMN_AMBIGUOUS, VARIABLE_MISSING
 */
export function rowsOfTable(table: RunTable, name: string, request: RowRequest = {}): ReadRows {
  const map = request.map === undefined ? [] : parseMap(request.map);
  const outcome = request.outcome ?? "loss";
  const seedEntry = map.find((entry) => entry.name === "seed");
  const rules: RowRules = {
    variables: resolveVariables(table.columns, {
      map: map.filter((entry) => entry !== seedEntry),
      ...(request.needed === undefined ? {} : { needed: request.needed }),
      file: name,
      suggest: suggestColumn,
    }),
    outcome,
    keepUnfinished: request.keepUnfinished ?? false,
    keepRepeated: request.keepRepeated ?? false,
    ...(request.where === undefined ? {} : { where: resolveWhere(request.where, table.columns, name) }),
    ...optional(
      "clusterColumn",
      request.cluster === undefined ? undefined : requireColumn("--cluster", request.cluster, table.columns, name),
    ),
    ...optional(
      "seedColumn",
      seedEntry === undefined ? findColumn("seed", table.columns, name) : requireColumn("--map seed", seedEntry.text, table.columns, name),
    ),
  };
  const checked = checkRows(table, rules);
  const report = reportRows(table, rules, checked, request.counting ?? "unknown");
  const { counting, variables, clusterColumn, seedColumn } = report;
  const settings = { counting, variables, where: request.where ?? null, clusterColumn, seedColumn };
  return {
    rows: checked.rows,
    excluded: checked.excluded,
    columns: table.columns,
    report,
    contentHash: importHash(settings, checked, table.columns),
    identity: { outcome, notDesign: columnsBesideDesign(table, rules) },
    keepRepeated: rules.keepRepeated,
    apartWarning: checked.apart === undefined ? null : apartWords(rules, checked.apart),
  };
}

async function readTable(path: string, name: string, readAs: string | undefined): Promise<RunTable> {
  const source = await openSource(path, name);
  const named = runTableFormats.find(({ id }) => id === readAs);
  if (readAs !== undefined && named === undefined)
    throw new LadderError("input", "FORMAT_UNKNOWN", `there is no format ${JSON.stringify(readAs)}`, {
      fields: { readAs },
      hint: suggestName(
        readAs,
        runTableFormats.map(({ id }) => id),
      ),
    });
  if (named !== undefined) return named.read(source);
  for (const format of runTableFormats) if (await format.detect(source)) return format.read(source);
  throw new LadderError("input", "FORMAT_UNKNOWN", `${name} is of no format that runs are read from`, {
    fields: { file: name },
    hint: `--read-as says which: ${runTableFormats.map(({ id }) => id).join(", ")}`,
  });
}

async function openSource(path: string, name: string): Promise<RunSource> {
  try {
    const isFolder = (await stat(path)).isDirectory();
    return { path, name, isFolder, head: isFolder ? new Uint8Array() : await readHead(path) };
  } catch (error) {
    throw new LadderError("missing", "FILE_NOT_FOUND", `there is no readable file ${path}`, { cause: error, fields: { path } });
  }
}

async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(65_536), 0, 65_536, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function resolveWhere(text: string, columns: readonly string[], file: string): NonNullable<RowRules["where"]> {
  const parsed = parseExpression(text, "--where");
  for (const column of columnsOf(parsed)) requireColumn("--where", column, columns, file);
  return { text, expression: replaceColumns(parsed, (node) => ({ ...node, name: findColumn(node.name, columns, file) ?? node.name })) };
}

function requireColumn(option: string, name: string, columns: readonly string[], file: string): string {
  const column = findColumn(name, columns, file);
  if (column !== undefined) return column;
  throw new LadderError("input", "COLUMN_UNKNOWN", `${option}: ${file} has no column ${JSON.stringify(name)}`, {
    fields: { file, option, columns },
    hint: suggestColumn(name, columns),
  });
}

function suggestColumn(name: string, columns: readonly string[]): string {
  const words = suggestName(name, columns);
  return words.startsWith("one of: ") ? `the columns are: ${listed(columns)}` : words;
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { readonly [K in Key]?: Value } {
  const entry: { [K in Key]?: Value } = {};
  if (value !== undefined) entry[key] = value;
  return entry;
}
