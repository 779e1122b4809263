import type { CheckedRows } from "./check-rows.ts";
import { batchUnitDoubt, sharedRunColumn } from "./doubtful-rows.ts";
import { listed } from "./mapping.ts";
import type { Counting } from "../study/counting.ts";
import { type ExclusionReason, exclusionReasons, type RowRules, type RunRow } from "./row.ts";
import type { RowsApart } from "./repeated-rows.ts";
import type { RunTable } from "./run-table.ts";

/** What became of a file, without its rows. Plain JSON. */
export interface RowReport {
  readonly format: string;
  /** What `line` counts. */
  readonly place: RunTable["place"];
  readonly counting: Counting;
  readonly variables: readonly {
    readonly name: string;
    readonly from: string;
    readonly smallest: number | null;
    readonly largest: number | null;
  }[];
  readonly clusterColumn: string | null;
  readonly seedColumn: string | null;
  /** Clusters that the rows fall into; the number of rows where no column names them. */
  readonly clusters: number;
  readonly read: number;
  readonly kept: number;
  /** Exclusions by reason; reasons that did not come up are left out. */
  readonly excludedByReason: Readonly<Partial<Record<ExclusionReason, number>>>;
  /** Smallest and largest C / (6 N D), where rows have all three: how C was counted. */
  readonly computeOverSixND: { readonly smallest: number; readonly largest: number } | null;
  readonly warnings: readonly string[];
}

/** Reports on the rows of a file. */
export function reportRows(table: RunTable, rules: RowRules, checked: CheckedRows, counting: Counting): RowReport {
  const { rows, excluded } = checked;
  const excludedByReason = Object.fromEntries(
    exclusionReasons.flatMap((reason) => {
      const count = excluded.filter((exclusion) => exclusion.reason === reason).length;
      return count === 0 ? [] : [[reason, count]];
    }),
  );
  const clustered = rows.flatMap(({ cluster }) => (cluster === null ? [] : [cluster]));
  const compute = computeOverSixND(rows);
  return {
    format: table.format,
    place: table.place,
    counting,
    variables: rules.variables.map(({ name, from }) => ({ name, from, ...range(rows.map(({ columns }) => columns[name] ?? null)) })),
    clusterColumn: rules.clusterColumn ?? null,
    seedColumn: rules.seedColumn ?? null,
    clusters: new Set(clustered).size + rows.length - clustered.length,
    read: table.records.length,
    kept: rows.length,
    excludedByReason,
    computeOverSixND: compute,
    warnings: [...table.notes, ...warningsOf(table, rules, checked, counting)],
  };
}

function warningsOf(table: RunTable, rules: RowRules, { rows, apart, repeatedCount }: CheckedRows, counting: Counting): readonly string[] {
  const warnings: string[] = [];
  const has = (name: string): boolean => rules.variables.some((variable) => variable.name === name);
  if (has("N") && counting === "unknown")
    warnings.push("what N counts is not known: --counting total, or --counting non-embedding; exponents differ between the two");
  if (repeatedCount > 0)
    warnings.push(
      `${repeatedCount} rows repeat or contradict another one and are kept as reruns whose seeds are not known (--keep-repeated)`,
    );
  if (apart !== undefined) warnings.push(apartWords(rules, apart));
  const batch = batchUnitDoubt(rows);
  if (batch !== null) warnings.push(batch);
  const shared = sharedRunColumn(rows, table, rules);
  if (shared !== undefined)
    warnings.push(
      `rows of one ${shared} differ in D and what goes with it alone and are not independent of each other: --cluster ${shared}`,
    );
  const alone = rules.clusterColumn === undefined ? 0 : rows.filter(({ cluster }) => cluster === null).length;
  if (alone > 0)
    warnings.push(`${alone === 1 ? "1 row has" : `${alone} rows have`} no ${rules.clusterColumn ?? ""}: a cluster of its own each`);
  return warnings;
}

/** What to say of rows that only an unmapped column tells apart. */
export function apartWords(rules: Pick<RowRules, "variables" | "outcome">, apart: RowsApart): string {
  const design = rules.variables.map(({ name }) => name).filter((name) => name !== rules.outcome);
  const telling =
    apart.columns.length === 0
      ? "their seeds and clusters"
      : `${apart.columns.length === 1 ? "the column" : "columns"} ${listed(apart.columns)}`;
  return `${apart.rowCount} rows share ${design.join(", ")} with a row of another ${rules.outcome}, and only ${telling} ${apart.columns.length === 1 ? "tells" : "tell"} them apart: map what differs, or choose with --where`;
}

function computeOverSixND(rows: readonly RunRow[]): RowReport["computeOverSixND"] {
  const ratios = rows.map(({ columns: { N, D, C } }) =>
    typeof N === "number" && typeof D === "number" && typeof C === "number" ? C / (6 * N * D) : null,
  );
  const { smallest, largest } = range(ratios);
  return smallest === null || largest === null ? null : { smallest, largest };
}

function range(values: readonly (number | null)[]): { readonly smallest: number | null; readonly largest: number | null } {
  let smallest: number | null = null;
  let largest: number | null = null;
  for (const value of values) {
    if (value === null) continue;
    if (smallest === null || value < smallest) smallest = value;
    if (largest === null || value > largest) largest = value;
  }
  return { smallest, largest };
}
