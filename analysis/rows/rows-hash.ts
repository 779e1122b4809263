import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { canonicalJson, contentHash } from "../study/content-hash.ts";
import type { Counting } from "../study/counting.ts";
import type { Exclusion, RunRow } from "./row.ts";
import { type Cell, cellText } from "../expressions/cell.ts";

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
  const names = settings.variables.map(({ name }) => name);
  hash.update(utf8ToBytes(canonicalJson({ ...settings, variables: settings.variables.map(({ name, from }) => [name, from]), columns })));
  // Lists of values alone: JSON has one text for each.
  const add = (values: readonly unknown[]): void => {
    hash.update(utf8ToBytes(`\n${JSON.stringify(values)}`));
  };
  for (const row of rows) {
    const values = names.map((name) => row.columns[name] ?? null);
    add([row.line, values, row.seed, row.cluster, row.cells.map(cellJson)]);
  }
  for (const { line, reason, words } of excluded) add([line, reason, words]);
  return bytesToHex(hash.digest());
}
