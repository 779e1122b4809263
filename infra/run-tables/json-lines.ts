import type { RunTable, SourceRecord } from "../../analysis/rows/run-table.ts";
import { ColumnCollector, flatten, isObject } from "./column-collector.ts";
import { parseLooseJson } from "./loose-json.ts";
import { decodeText, readText, type RunTableFormat, runTableInvalid } from "./run-table-format.ts";

/** One JSON object a run: a line each, or all in one list. Nested members are columns by their path: `config.lr`. */
export const jsonLinesFormat: RunTableFormat = {
  id: "jsonl",
  reads: "JSON lines, or one JSON list of objects; nested members are columns by their path",
  detect: ({ isFolder, head, path }) => !isFolder && (/\.(jsonl|ndjson|json)$/i.test(path) || /^\s*(\{|\[\s*\{)/.test(decodeText(head))),
  read: async (source) => {
    const { place, objects } = parseObjects(await readText(source), source.name);
    const collector = new ColumnCollector();
    const records = objects.map(({ line, value, unreadable }): SourceRecord => {
      if (value === undefined) return { line, cells: [], unreadable: unreadable ?? "there is no JSON object" };
      return { line, cells: collector.cells(flatten(value)) };
    });
    return { format: "jsonl", place, columns: collector.columns, outcomeColumns: [], records, notes: [] };
  },
};

/** An object of the file, or why there is none in its place. */
export interface FoundObject {
  readonly line: number;
  readonly value?: Readonly<Record<string, unknown>>;
  readonly unreadable?: string;
}

/**
 * The objects of a text: of its lines, or of the list that it is.
 *
 * @throws LadderError `input` RUN_TABLE_INVALID for a list that cannot be parsed, and for an empty file
 */
export function parseObjects(text: string, name: string): { readonly place: RunTable["place"]; readonly objects: readonly FoundObject[] } {
  if (/^\s*\[/.test(text)) {
    const list = parseLooseJson(text);
    if (!Array.isArray(list)) throw runTableInvalid(name, "it begins as a JSON list and cannot be parsed as one");
    return { place: "record", objects: list.map((value: unknown, index) => found(index + 1, value)) };
  }
  const objects = text.split(/\r?\n/).flatMap((line, index) => (line.trim() === "" ? [] : [found(index + 1, parseLooseJson(line))]));
  if (objects.length === 0) throw runTableInvalid(name, "it is empty: one JSON object a line is expected");
  // One object over many lines, as pretty-printers write it, is no line of its own.
  if (objects.every(({ value }) => value === undefined)) {
    const whole = parseLooseJson(text);
    if (isObject(whole)) return { place: "record", objects: [{ line: 1, value: whole }] };
    throw runTableInvalid(name, "none of its lines is a JSON object");
  }
  return { place: "line", objects };
}

function found(line: number, value: unknown): FoundObject {
  return isObject(value) ? { line, value } : { line, unreadable: value === undefined ? "the line is no JSON" : "it is no JSON object" };
}
