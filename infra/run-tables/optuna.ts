import { copyFile, mkdtemp, open, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sqlite from "node-sqlite3-wasm";
import type { Cell } from "../../analysis/expressions/cell.ts";
import type { RunTable, SourceRecord } from "../../analysis/rows/run-table.ts";
import { ColumnCollector, flatten, isObject } from "./column-collector.ts";
import { parseLooseJson } from "./loose-json.ts";
import { type RunTableFormat, runTableInvalid } from "./run-table-format.ts";

type Row = Readonly<Record<string, unknown>>;

/**
 * An Optuna database in SQLite: a trial is a run. Columns are `study`, `number`, `value` (or `values.0`, `values.1` of several
 * objectives), `last_step`, `params.lr` and `user_attrs.N`.
 */
export const optunaFormat: RunTableFormat = {
  id: "optuna",
  reads: "an Optuna study database (SQLite); a trial is a run",
  detect: ({ isFolder, head }) => !isFolder && new TextDecoder().decode(head.subarray(0, 15)) === "SQLite format 3",
  read: async ({ path, name }) => {
    // SQLite locks what it opens; a copy leaves the user's folder as it is, and a running study alone.
    const folder = await mkdtemp(join(tmpdir(), "ladder-optuna-"));
    try {
      const copy = join(folder, "optuna.db");
      await copyFile(path, copy);
      await settleLog(path, copy);
      return readDatabase(copy);
    } catch (error) {
      throw runTableInvalid(
        name,
        `it cannot be read as an Optuna database: ${error instanceof Error ? error.message : String(error)}`,
        error,
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/**
 * A database in write-ahead mode says so in bytes 18 and 19 of its header (2), and needs shared memory to be opened. Where its log
 * is empty all is in the file, and the copy is set to the plain mode (1).
 */
async function settleLog(path: string, copy: string): Promise<void> {
  const logged = await stat(`${path}-wal`).then(
    ({ size }) => size,
    () => 0,
  );
  if (logged > 0) throw new Error("its latest changes are in a log beside it (-wal): end what writes to it, or run PRAGMA wal_checkpoint");
  const file = await open(copy, "r+");
  try {
    await file.write(Uint8Array.of(1, 1), 0, 2, 18);
  } finally {
    await file.close();
  }
}

function readDatabase(path: string): RunTable {
  const database = new sqlite.Database(path, { readOnly: true });
  try {
    const all = (statement: string): readonly Row[] => database.all(statement);
    const byTrial = (statement: string): ReadonlyMap<unknown, readonly Row[]> => groupByTrial(all(statement));
    return toTable(
      all("select t.*, s.study_name from trials t join studies s on s.study_id = t.study_id order by t.trial_id"),
      byTrial("select * from trial_params order by param_name"),
      byTrial("select * from trial_values order by objective"),
      byTrial("select trial_id, key, value_json from trial_user_attributes order by key"),
      byTrial("select trial_id, max(step) as step from trial_intermediate_values group by trial_id"),
    );
  } finally {
    database.close();
  }
}

function toTable(
  trials: readonly Row[],
  parameters: ReadonlyMap<unknown, readonly Row[]>,
  values: ReadonlyMap<unknown, readonly Row[]>,
  attributes: ReadonlyMap<unknown, readonly Row[]>,
  steps: ReadonlyMap<unknown, readonly Row[]>,
): RunTable {
  const collector = new ColumnCollector();
  const records = trials.map((trial): SourceRecord => {
    const of = (rows: ReadonlyMap<unknown, readonly Row[]>): readonly Row[] => rows.get(trial["trial_id"]) ?? [];
    const state = cellOf(trial["state"]);
    const study = cellOf(trial["study_name"]);
    const entries: (readonly [string, Cell])[] = [
      ["study", study],
      ["number", cellOf(trial["number"])],
      ...of(values).map((row): readonly [string, Cell] => [
        of(values).length === 1 ? "value" : `values.${String(row["objective"])}`,
        measured(row["value"], row["value_type"]),
      ]),
      ...of(steps).map((row): readonly [string, Cell] => ["last_step", cellOf(row["step"])]),
      ...of(parameters).map((row): readonly [string, Cell] => [`params.${String(row["param_name"])}`, parameterOf(row)]),
      ...of(attributes).flatMap((row) => flatten({ [`user_attrs.${String(row["key"])}`]: parseLooseJson(String(row["value_json"])) })),
    ];
    return {
      line: Number(trial["trial_id"]),
      label: `${String(study)} ${String(trial["number"])}`,
      cells: collector.cells(entries),
      ...(state === "COMPLETE" ? {} : { unfinished: `its state is ${String(state).toLowerCase()}` }),
    };
  });
  const { columns } = collector;
  const outcomeColumns = columns.filter((column) => column === "number" || column === "value" || /^(values\.\d+|last_step)$/.test(column));
  return { format: "optuna", place: "trial", columns, outcomeColumns, records, notes: [] };
}

/** The value of a parameter: a categorical one is stored as its place among the choices. */
function parameterOf(row: Row): Cell {
  const distribution = parseLooseJson(String(row["distribution_json"]));
  const attributes = isObject(distribution) ? distribution["attributes"] : undefined;
  const choices = isObject(attributes) ? attributes["choices"] : undefined;
  if (!Array.isArray(choices)) return cellOf(row["param_value"]);
  const choice: unknown = choices[Number(row["param_value"])];
  return cellOf(choice);
}

/** A measured value: SQLite has no form for those that are not finite, so their kind stands beside them. */
function measured(value: unknown, kind: unknown): Cell {
  if (kind === "INF_POS") return Infinity;
  if (kind === "INF_NEG") return -Infinity;
  return kind === "NAN" ? Number.NaN : cellOf(value);
}

function cellOf(value: unknown): Cell {
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") return value;
  return value === null || value === undefined ? null : JSON.stringify(value);
}

function groupByTrial(rows: readonly Row[]): ReadonlyMap<unknown, readonly Row[]> {
  const groups = new Map<unknown, Row[]>();
  for (const row of rows) groups.set(row["trial_id"], [...(groups.get(row["trial_id"]) ?? []), row]);
  return groups;
}
