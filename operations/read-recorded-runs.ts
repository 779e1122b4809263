import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { cellText, readNumber } from "../analysis/expressions/cell.ts";
import { findColumn, listed, parseMap } from "../analysis/rows/mapping.ts";
import type { RunRow } from "../analysis/rows/row.ts";
import type { RecordedRun } from "../analysis/search/recorded/recorded-run.ts";
import type { SearchValue, SearchValues } from "../analysis/search/space/search-space.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { suggestName } from "../infra/near-names.ts";
import { type ReadRows, readRows, type RowRequest, rowsOfTable } from "../infra/run-tables/read-rows.ts";
import type { RowSource } from "./gather-rows.ts";
import { studyRunTable } from "./study-run-table.ts";

/** Whether what was typed names a file (or a folder): one that is there, or something that no study could be called. */
export async function namesFile(text: string): Promise<boolean> {
  const isThere = await stat(text).then(
    () => true,
    () => false,
  );
  return isThere || /[./\\]/.test(text);
}

/** How recorded runs are read. Texts are as on the command line. */
export interface RecordedRunsRequest extends Pick<RowRequest, "map" | "where" | "readAs"> {
  /** Variables or columns that are searched; left out: every mapped variable and N and D, where they vary. */
  readonly search?: readonly string[] | undefined;
}

/** What costs were read from. */
export type CostSource = "C" | "6ND" | "runs";

/** Recorded runs of a file or a study, ready to be searched. */
export interface RecordedRuns {
  /** Name of the file or the study. */
  readonly source: string;
  readonly names: readonly string[];
  readonly runs: readonly RecordedRun[];
  readonly costSource: CostSource;
  /** Records that are no run of the problem, by reason; none is dropped silently. */
  readonly leftOut: Readonly<Record<string, number>>;
  readonly warnings: readonly string[];
  /** Of what was read and how. */
  readonly contentHash: string;
}

/** Variables that tell a search apart from another one: runs of different ones are no repetitions of each other. */
const scaleNames = ["N", "D"] as const;
const notSearched = new Set(["loss", "C", "weight"]);

/**
 * Reads runs to search. A run that diverged (a loss of NaN or infinity, a state of a study) is one; what did not finish, or lacks a value
 * or a loss, is left out and counted. Runs of the same values are repetitions, however often they are there.
 *
 * @throws LadderError `input` VARIABLE_MISSING without a loss; COLUMN_UNKNOWN; SEARCH_COLUMNS_MISSING where nothing varies that could be
 *   searched; SCALES_MIXED where runs of the same searched values differ in N or D, or in parametrization; what `readRows` throws
 */
export async function readRecordedRuns(source: RowSource, request: RecordedRunsRequest): Promise<RecordedRuns> {
  const name = source.kind === "file" ? basename(source.path) : `study ${source.name}`;
  const plain: RowRequest = { where: request.where, readAs: request.readAs, needed: [], keepRepeated: true };
  const first = await read(source, { ...plain, map: request.map });
  const mapped = request.map === undefined ? [] : parseMap(request.map).map((entry) => entry.name);
  const columnsOfNames = (request.search ?? []).filter((own) => !hasVariable(first, own));
  for (const own of columnsOfNames) requireColumn(own, first, name);
  const numeric = columnsOfNames.filter((own) => isNumeric(own, first, name));
  // Variables of their own, so that rows which differ in them are not taken for reruns.
  const entries = numeric
    .filter((own) => /^[A-Za-z][A-Za-z0-9_]*$/.test(own))
    .map((own) => `${own}=\`${findColumn(own, first.columns, name) ?? own}\``);
  const map = [...(request.map === undefined ? [] : [request.map]), ...entries].join(",");
  const found = entries.length === 0 ? first : await read(source, { ...plain, map });
  if (!hasVariable(found, "loss"))
    throw new LadderError("input", "VARIABLE_MISSING", `${name} has no column loss`, {
      fields: { file: name, missing: ["loss"], columns: found.columns },
      hint: `say which column it is: --map loss=COLUMN. The columns are: ${listed(found.columns)}`,
    });
  const names = request.search ?? defaultNames(found, mapped, name);
  const valueOf = valueReader(found, names, name);
  const costSource: CostSource = hasValues(found, "C") ? "C" : hasValues(found, "N") && hasValues(found, "D") ? "6ND" : "runs";

  const leftOut: Record<string, number> = {};
  const leave = (reason: string): void => {
    leftOut[reason] = (leftOut[reason] ?? 0) + 1;
  };
  for (const { reason } of found.excluded) leave(reason);
  const whole = new Set<string>();
  const kept: { readonly row: RunRow; readonly run: RecordedRun }[] = [];
  for (const row of found.rows) {
    const identity = JSON.stringify([row.cells.map(cellText), row.columns]);
    const values = valueOf(row);
    const loss = lossOf(row, found, name);
    const cost = costOf(row, costSource);
    if (whole.has(identity)) leave("there twice");
    else if (values === null) leave("without a searched value");
    else if (loss === "unfinished" || loss === "missing") leave(loss === "missing" ? "without a loss" : loss);
    else if (cost === null) leave("without a cost");
    else kept.push({ row, run: { values, loss: loss === "diverged" ? null : loss, cost } });
    whole.add(identity);
  }
  assertOneScale(kept, found, name);
  return {
    source: source.kind === "file" ? name : source.name,
    names,
    runs: kept.map(({ run }) => run),
    costSource,
    leftOut,
    warnings: apartWarnings(kept, names, found, name),
    contentHash: found.contentHash,
  };
}

async function read(source: RowSource, request: RowRequest): Promise<ReadRows> {
  if (source.kind === "file") return readRows(source.path, request);
  const { table, counting } = await studyRunTable(source.db, source.name, undefined);
  // Diverged runs did not finish, and are results all the same.
  return rowsOfTable(table, `study ${source.name}`, { ...request, counting, keepUnfinished: true });
}

function hasVariable({ report }: ReadRows, name: string): boolean {
  return report.variables.some((variable) => variable.name === name);
}

function hasValues({ report }: ReadRows, name: string): boolean {
  return report.variables.some((variable) => variable.name === name && variable.largest !== null);
}

function requireColumn(name: string, { columns }: ReadRows, file: string): void {
  if (findColumn(name, columns, file) !== undefined) return;
  const words = suggestName(name, columns);
  throw new LadderError("input", "COLUMN_UNKNOWN", `--search: ${file} has no column ${JSON.stringify(name)}`, {
    fields: { file, option: "--search", columns },
    hint: words.startsWith("one of: ") ? `the columns are: ${listed(columns)}` : words,
  });
}

/** Whether every cell of a column that is there is a number. */
function isNumeric(name: string, { rows, columns }: ReadRows, file: string): boolean {
  const index = columns.indexOf(findColumn(name, columns, file) ?? name);
  return rows.every(({ cells }) => ["number", "missing"].some((kind) => kindOf(cells[index]) === kind));
}

function kindOf(cell: Parameters<typeof readNumber>[0]): string {
  const value = readNumber(cell);
  return typeof value === "number" ? "number" : value;
}

/** Mapped variables first, in their order, then N and D; only what varies. */
function defaultNames({ report, columns }: ReadRows, mapped: readonly string[], file: string): readonly string[] {
  const names = [...new Set([...mapped, ...scaleNames])].filter((name) => {
    const variable = report.variables.find((candidate) => candidate.name === name);
    return !notSearched.has(name) && variable !== undefined && variable.smallest !== variable.largest;
  });
  if (names.length > 0) return names;
  throw new LadderError("input", "SEARCH_COLUMNS_MISSING", `nothing says what is searched in ${file}, and neither N nor D varies`, {
    fields: { file, columns },
    hint: `name columns, for example --search ${columns.slice(0, 2).join(",")}. The columns are: ${listed(columns)}`,
  });
}

/** Values of the searched names; null where one is missing. */
function valueReader(found: ReadRows, names: readonly string[], file: string): (row: RunRow) => SearchValues | null {
  const readers = names.map((name): ((row: RunRow) => SearchValue | null) => {
    if (hasVariable(found, name)) return ({ columns }) => columns[name] ?? null;
    const index = found.columns.indexOf(findColumn(name, found.columns, file) ?? name);
    const isNumber = isNumeric(name, found, file);
    return ({ cells }) => {
      const cell = cells[index];
      if (!isNumber) return cellText(cell);
      const value = readNumber(cell);
      return typeof value === "number" ? value : null;
    };
  });
  return (row) => {
    const values: Record<string, SearchValue> = {};
    for (const [index, name] of names.entries()) {
      const value = readers[index]?.(row) ?? null;
      if (value === null) return null;
      values[name] = value;
    }
    return values;
  };
}

function lossOf(row: RunRow, { columns, report }: ReadRows, file: string): number | "diverged" | "unfinished" | "missing" {
  const state = report.format === "study" ? cellText(row.cells[columns.indexOf("state")]) : null;
  if (state === "diverged") return "diverged";
  if (state !== null && state !== "finished") return "unfinished";
  const { loss } = row.columns;
  if (typeof loss === "number") return loss;
  const from = report.variables.find(({ name }) => name === "loss")?.from ?? "";
  const kind = kindOf(row.cells[columns.indexOf(findColumn(from, columns, file) ?? from)]);
  return kind === "nan" || kind === "infinite" ? "diverged" : "missing";
}

/** 6 N D where no C is recorded; 1 where neither is. */
function costOf({ columns: { N, D, C } }: RunRow, source: CostSource): number | null {
  if (source === "runs") return 1;
  if (source === "C") return C ?? null;
  return typeof N === "number" && typeof D === "number" ? 6 * N * D : null;
}

/** Runs of the same searched values must be repetitions, not runs of another size, horizon or parametrization. */
function assertOneScale(kept: readonly { readonly row: RunRow; readonly run: RecordedRun }[], { columns }: ReadRows, file: string): void {
  const parametrization = columns.indexOf(findColumn("parametrization", columns, file) ?? "");
  const readers: readonly (readonly [string, (row: RunRow) => string | null])[] = [
    ...scaleNames.map((name) => [name, (row: RunRow) => String(row.columns[name] ?? "")] as const),
    ...(parametrization < 0 ? [] : [["parametrization", (row: RunRow) => cellText(row.cells[parametrization])] as const]),
  ];
  for (const [name, of] of readers) {
    const seen = new Map<string, string | null>();
    for (const { row, run } of kept) {
      const key = JSON.stringify(run.values);
      const value = of(row);
      const before = seen.get(key);
      if (before === undefined) seen.set(key, value);
      else if (before !== value)
        throw new LadderError(
          "input",
          "SCALES_MIXED",
          `runs of ${file} with the same ${Object.keys(run.values).join(", ")} differ in ${name} (${String(before)} and ${String(value)}): they are no repetitions of each other`,
          {
            fields: { file, variable: name, values: [before, value] },
            hint: `search ${name} too (--search ${[...Object.keys(run.values), name].join(",")}), or choose one with --where '${name} == ${name === "parametrization" ? JSON.stringify(value) : String(value)}'`,
          },
        );
    }
  }
}

/** Runs that are taken for repetitions of each other although a column that is not searched differs among them. */
function apartWarnings(
  kept: readonly { readonly row: RunRow; readonly run: RecordedRun }[],
  names: readonly string[],
  { columns, identity }: ReadRows,
  file: string,
): readonly string[] {
  const searched = new Set(names.map((name) => findColumn(name, columns, file) ?? name));
  const others = columns.flatMap((column, index) => (identity.notDesign.has(column) || searched.has(column) ? [] : [{ column, index }]));
  const groups = new Map<string, { row: RunRow; run: RecordedRun }[]>();
  for (const entry of kept) {
    const key = JSON.stringify(entry.run.values);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  const differing = new Set<string>();
  let count = 0;
  for (const group of groups.values()) {
    const own = others.filter(({ index }) => new Set(group.map(({ row }) => cellText(row.cells[index]))).size > 1);
    if (own.length === 0 || new Set(group.map(({ run }) => run.loss)).size < 2) continue;
    count += group.length;
    for (const { column } of own) differing.add(column);
  }
  if (count === 0) return [];
  return [
    `${count} runs share ${names.join(", ")} with a run of another loss and differ in ${listed([...differing])}: they are drawn as repetitions of each other; search these columns too, or choose with --where`,
  ];
}
