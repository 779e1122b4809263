import type { Expression } from "../expressions/expression.ts";
import type { RowVariable } from "./mapping.ts";
import type { Cell } from "../expressions/cell.ts";

/** One run as a fit takes it. */
export interface RunRow {
  /** Where it stands in its file. */
  readonly line: number;
  /** Variables in natural units; null only for what was not needed and is not there. */
  readonly columns: Readonly<Record<string, number | null>>;
  /** Rows of one cluster (a model, a trunk) are not independent; null: a cluster of its own. */
  readonly cluster: string | null;
  readonly seed: string | null;
  /** Every cell of the file, in the order of its columns. */
  readonly cells: readonly Cell[];
}

/** Why a record became no row. */
export const exclusionReasons = [
  "unreadable",
  "unfinished",
  "where",
  "missing",
  "notANumber",
  "nan",
  "infinite",
  "nonPositive",
  "duplicate",
  "contradictory",
] as const;
export type ExclusionReason = (typeof exclusionReasons)[number];

/** A record that became no row: where it stands and why. */
export interface Exclusion {
  readonly line: number;
  readonly label?: string;
  readonly reason: ExclusionReason;
  /** Of which variable, where the reason is a value. */
  readonly variable?: string;
  /** The reason in one clause, with the value found. */
  readonly words: string;
}

/** How records become rows. Columns are those of the table. */
export interface RowRules {
  readonly variables: readonly RowVariable[];
  /** The variable that was measured; the others are the design. */
  readonly outcome: string;
  /** Rows must meet it. */
  readonly where?: { readonly expression: Expression; readonly text: string };
  readonly clusterColumn?: string;
  readonly seedColumn?: string;
  /** Keeps what did not end well, as long as its cells are there. */
  readonly keepUnfinished: boolean;
  /** Keeps rows that are there twice or contradict each other: reruns whose seeds nobody wrote down. */
  readonly keepRepeated: boolean;
}
