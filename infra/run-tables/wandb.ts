import type { Cell } from "../../analysis/expressions/cell.ts";
import type { RunTable, SourceRecord } from "../../analysis/rows/run-table.ts";
import { ColumnCollector, flatten, isObject } from "./column-collector.ts";
import { csvHeader, parseCsv } from "./csv.ts";
import { type FoundObject, parseObjects } from "./json-lines.ts";
import { parseLooseJson } from "./loose-json.ts";
import { decodeText, readText, type RunSource, type RunTableFormat } from "./run-table-format.ts";

const summaryNames = ["summary", "summary_metrics", "summaryMetrics"] as const;
/** Columns that the table of runs on the web page has by itself: who, when and how a run ended. */
const pageColumns = [
  "Name",
  "State",
  "Notes",
  "User",
  "Tags",
  "Created",
  "Updated",
  "Runtime",
  "Sweep",
  "ID",
  "Group",
  "Job Type",
  "GPU Type",
];
const bookkeeping = new Set([
  ...pageColumns,
  "name",
  "id",
  "state",
  "url",
  "path",
  "user",
  "created_at",
  "createdAt",
  "heartbeatAt",
  "tags",
  "notes",
]);

/**
 * Runs of Weights & Biases as they are exported: the table of a project's page as CSV; the data frame of the API's own example
 * (`summary`, `config`, `name`) as CSV; or run objects as JSON. Members are columns `config.lr` and `summary.loss`.
 */
export const wandbFormat: RunTableFormat = {
  id: "wandb",
  reads: "a W&B export: the runs table as CSV, or runs with config and summary as CSV, JSON or JSON lines",
  detect: (source) => !source.isFolder && (isPageTable(source) || isFrame(source) || isObjects(source)),
  read: async (source) => {
    const text = await readText(source);
    if (isObjects(source)) return readObjects(parseObjects(text, source.name));
    const table = parseCsv(text, source.name);
    return isFrame(source) ? readFrame(table) : readPageTable(table);
  },
};

function isPageTable(source: RunSource): boolean {
  const header = csvHeader(source);
  return header.includes("Name") && header.includes("State") && pageColumns.slice(2).some((column) => header.includes(column));
}

function isFrame(source: RunSource): boolean {
  const header = csvHeader(source);
  return header.includes("config") && summaryNames.some((name) => header.includes(name));
}

function isObjects({ head }: RunSource): boolean {
  const text = decodeText(head);
  return /^\s*[[{]/.test(text) && /"config"\s*:/.test(text) && summaryNames.some((name) => text.includes(`"${name}"`));
}

function readPageTable(table: RunTable): RunTable {
  const indexOf = (column: string): number => table.columns.indexOf(column);
  const records = table.records.map((record): SourceRecord => {
    const label = record.cells[indexOf("Name")];
    return withState({ ...record, ...(typeof label === "string" && label !== "" ? { label } : {}) }, record.cells[indexOf("State")]);
  });
  const outcomes = table.columns.filter((column) => bookkeeping.has(column) || /^_(step|runtime|timestamp|wandb)/.test(column));
  return { ...table, format: "wandb", outcomeColumns: [...table.outcomeColumns, ...outcomes], records };
}

function readFrame(table: RunTable): RunTable {
  const objects = table.records.map(({ line, cells, unreadable }): FoundObject => {
    if (unreadable !== undefined) return { line, unreadable };
    return { line, value: Object.fromEntries(table.columns.map((column, index) => [column, cells[index] ?? null])) };
  });
  return { ...readObjects({ place: "line", objects }), notes: table.notes };
}

function readObjects({ place, objects }: { readonly place: RunTable["place"]; readonly objects: readonly FoundObject[] }): RunTable {
  const collector = new ColumnCollector();
  const records = objects.map(({ line, value, unreadable }): SourceRecord => {
    if (value === undefined) return { line, cells: [], unreadable: unreadable ?? "there is no run" };
    const entries = Object.entries(value).map(([key, member]) => ({ key, group: groupOf(key, member) }));
    const broken = entries.find(({ group }) => group === "broken");
    const label = value["display_name"] ?? value["displayName"] ?? value["name"];
    const record: SourceRecord = {
      line,
      ...(typeof label === "string" && label !== "" ? { label } : {}),
      cells: collector.cells(
        entries.flatMap(({ key, group }) =>
          isObject(group) ? flatten(group, `${key === "config" ? "config" : "summary"}.`) : flatten({ [key]: value[key] }),
        ),
      ),
    };
    if (broken !== undefined) return { ...record, unreadable: `${broken.key} is neither JSON nor a Python dictionary` };
    return withState(record, typeof value["state"] === "string" ? value["state"] : undefined);
  });
  const { columns } = collector;
  return {
    format: "wandb",
    place,
    columns,
    outcomeColumns: columns.filter((column) => column.startsWith("summary.") || bookkeeping.has(column) || /^column \d+$/.test(column)),
    records,
    notes: [],
  };
}

/** The members of a config or a summary; "broken" when its text cannot be read; null for every other member of a run. */
function groupOf(key: string, member: unknown): Readonly<Record<string, unknown>> | "broken" | null {
  const isConfig = key === "config";
  if (!isConfig && !summaryNames.some((name) => name === key)) return null;
  const value = typeof member === "string" ? parseLooseJson(member) : (member ?? {});
  if (!isObject(value)) return "broken";
  // Stored configs hold {"lr": {"value": 0.1, "desc": null}}; what W&B keeps for itself is under _wandb.
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== "_wandb" && name !== "wandb_version")
      .map(([name, inner]) => [name, isConfig && isWrapped(inner) ? inner["value"] : inner]),
  );
}

function isWrapped(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && "value" in value && Object.keys(value).every((key) => key === "value" || key === "desc");
}

function withState(record: SourceRecord, state: Cell | undefined): SourceRecord {
  const word = typeof state === "string" ? state.trim().toLowerCase() : "";
  return word === "" || word === "finished" || record.unreadable !== undefined ? record : { ...record, unfinished: `its state is ${word}` };
}
