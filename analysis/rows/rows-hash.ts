import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { canonicalJson, contentHash, type JsonValue } from "../study/content-hash.ts";
import type { Counting, Exclusion, RunRow } from "./row.ts";
import { type Cell, cellText } from "./run-table.ts";

/** A cell as JSON holds it: NaN and infinities as words. */
export function cellJson(cell: Cell): Cell {
  return typeof cell === "number" && !Number.isFinite(cell) ? String(cell) : cell;
}

/**
 * Identity of the run behind a row, wherever it stands and whatever came out: its variables but the measured one, seed, cluster and
 * the cells that tell neither an outcome nor a variable. Two rows of one identity are the same run. 64 hexadecimal digits.
 */
export function runIdentity(row: RunRow, columns: readonly string[], rules: IdentityRules): string {
  const design = Object.entries(row.columns).filter(([name]) => name !== rules.outcome);
  // By name and without empty cells: a column more, of which it has no value, makes no other run.
  const others = columns.flatMap((name, index): [string, string][] => {
    const text = rules.notDesign.has(name) ? null : cellText(row.cells[index]);
    return text === null ? [] : [[name, text]];
  });
  return contentHash({ design: Object.fromEntries(design), seed: row.seed, cluster: row.cluster, others: Object.fromEntries(others) });
}

/** What is no part of a run's identity. */
export interface IdentityRules {
  readonly outcome: string;
  /** Columns that are mapped, or that tell what came out, when and by whom. */
  readonly notDesign: ReadonlySet<string>;
}

/** What the content of an import is, besides its rows. */
export interface ImportSettings {
  readonly counting: Counting;
  /** Each variable and what it is read from. */
  readonly variables: readonly { readonly name: string; readonly from: string }[];
  readonly where: string | null;
  readonly clusterColumn: string | null;
  readonly seedColumn: string | null;
}

/**
 * Identity of an import: settings, rows and exclusions in their order; never the path or the format of the file. Rows are hashed
 * one after another, so that a million of them need no text of their own size.
 */
export function importHash(
  settings: ImportSettings,
  { rows, excluded }: { readonly rows: readonly RunRow[]; readonly excluded: readonly Exclusion[] },
  columns: readonly string[],
): string {
  const hash = sha256.create();
  const add = (value: JsonValue): void => {
    hash.update(utf8ToBytes(`${canonicalJson(value)}\n`));
  };
  add({ ...settings, variables: settings.variables.map(({ name, from }) => ({ name, from })) });
  for (const row of rows) add([row.line, rowJson(row, columns)]);
  for (const { line, reason, words } of excluded) add([line, reason, words]);
  return bytesToHex(hash.digest());
}

function rowJson({ columns, seed, cluster, cells }: RunRow, names: readonly string[]): JsonValue {
  // Cells by name: the same run is the same row when the file gets a column more that it has no value in.
  const named = names.flatMap((name, index): [string, Cell][] => {
    const cell = cells[index];
    return cell === undefined || cell === null || cell === "" ? [] : [[name, cellJson(cell)]];
  });
  return { columns, seed, cluster, cells: Object.fromEntries(named) };
}
