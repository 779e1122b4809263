import { basename } from "node:path";
import { bestRows } from "../analysis/rows/best-rows.ts";
import { assertNotPooled } from "../analysis/rows/pooling.ts";
import type { DerivedInputs } from "../analysis/laws/contract.ts";
import type { Counting } from "../analysis/study/counting.ts";
import type { Exclusion, RunRow } from "../analysis/rows/row.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { type ReadRows, readRows, type RowRequest, rowsOfTable } from "../infra/run-tables/read-rows.ts";
import { studyRunTable } from "./study-run-table.ts";

/** Where rows come from: a file, or what a study has measured. */
export type RowSource =
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "study"; readonly name: string; readonly db: LadderDatabase };

/** Variables that every row must have. */
export interface WantedVariables {
  readonly inputs: readonly string[];
  /** What was measured. */
  readonly outcome: string;
  /** Inputs that the source may leave out when it has other columns. */
  readonly derived?: DerivedInputs | undefined;
}

/** How rows are chosen. Texts are as on the command line. */
export interface RowChoice
  extends Pick<RowRequest, "map" | "where" | "cluster" | "counting" | "readAs" | "keepUnfinished" | "keepRepeated"> {
  /** Only the best trial of each value of these variables; empty: all; left out: of a study's losses the inputs, of a file all. */
  readonly bestPer?: readonly string[] | undefined;
  /** Rows with the highest outcomes that take no part: outliers and the least trained. */
  readonly dropWorst: number;
}

/** Rows for one fit. */
export interface GatheredRows {
  /** Name of the file or the study. */
  readonly source: string;
  readonly studyId: string | null;
  readonly rows: readonly RunRow[];
  /** Everything else that was read, with its reason. */
  readonly excluded: readonly Pick<Exclusion, "line" | "words">[];
  readonly counting: Counting;
  readonly bestPer: readonly string[] | null;
  readonly warnings: readonly string[];
  /** Of what was read and how. */
  readonly contentHash: string;
  /** What each row is called, by line; none for lines of a file. */
  readonly labels: ReadonlyMap<number, string>;
  /** Keys of the runs behind rows, by line. */
  readonly runKeys: ReadonlyMap<number, string>;
}

/**
 * Reads the rows that something can be fitted to.
 *
 * @throws LadderError what `readRows`, `studyRunTable` and `assertNotPooled` throw
 */
export async function gatherRows(wanted: WantedVariables, source: RowSource, choice: RowChoice): Promise<GatheredRows> {
  const { inputs, outcome } = wanted;
  const { bestPer: asked, dropWorst, ...own } = choice;
  const { read, name, ...origin } = await readWanted(source, own, wanted);
  assertNotPooled(read.rows, read.columns, inputs, source.kind === "study" ? `study ${name}` : name);
  const bestPer = asked ?? (source.kind === "study" && outcome === "loss" ? inputs : []);
  const best =
    bestPer.length === 0 ? { rows: read.rows, excluded: [], mostTrials: 1 } : bestRows(read.rows, bestPer, read.columns, read.identity);
  const worst = new Set(
    [...best.rows].sort((left, right) => (right.columns[outcome] ?? 0) - (left.columns[outcome] ?? 0)).slice(0, dropWorst),
  );
  const worstWords = `among the ${dropWorst} highest of ${outcome} (--drop-worst)`;
  return {
    source: name,
    ...origin,
    rows: best.rows.filter((row) => !worst.has(row)),
    excluded: [
      ...[...read.excluded, ...best.excluded].sort((left, right) => left.line - right.line),
      ...[...worst].map(({ line }) => ({ line, words: worstWords })),
    ],
    counting: read.report.counting,
    bestPer: bestPer.length === 0 ? null : bestPer,
    warnings: [
      // Choosing the best of them answers it.
      ...read.report.warnings.filter((warning) => bestPer.length === 0 || warning !== read.apartWarning),
      ...(best.mostTrials > 1
        ? [
            `the best of up to ${best.mostTrials} trials stands for each ${bestPer.join(", ")}: the lowest of many noisy runs lies a little below what it would give again`,
          ]
        : []),
    ],
    contentHash: read.contentHash,
  };
}

interface SourceRows extends Pick<GatheredRows, "studyId" | "labels" | "runKeys"> {
  readonly read: ReadRows;
  readonly name: string;
}

/** Reads with the inputs as columns, or, where the source has none of them, computes them from the columns that stand in for them. */
async function readWanted(
  source: RowSource,
  own: Omit<RowRequest, "needed" | "outcome">,
  { inputs, outcome, derived }: WantedVariables,
): Promise<SourceRows> {
  try {
    return await readSource(source, { ...own, needed: [...inputs, outcome], outcome });
  } catch (error) {
    const isMissing = error instanceof LadderError && error.code === "VARIABLE_MISSING";
    if (!isMissing || derived === undefined) throw error;
    const others = inputs.filter((name) => !derived.inputs.includes(name));
    try {
      const found = await readSource(source, { ...own, needed: [...others, ...derived.needs, outcome], outcome });
      return { ...found, read: { ...found.read, rows: withDerived(found.read.rows, derived) } };
    } catch (other) {
      const neither = other instanceof LadderError && other.code === "VARIABLE_MISSING";
      throw neither
        ? new LadderError("input", "VARIABLE_MISSING", `${error.message}, nor ${derived.needs.join(" and ")} to compute them`, {
            fields: { missing: derived.inputs, needs: derived.needs },
            hint: `map ${derived.inputs.join(" and ")}, or ${derived.needs.join(" and ")}: ${derived.words}`,
            cause: other,
          })
        : other;
    }
  }
}

function withDerived(rows: readonly RunRow[], derived: DerivedInputs): readonly RunRow[] {
  const { inputs, needs } = derived;
  const [order = ""] = needs;
  const curves = new Map<string | null, RunRow[]>();
  for (const row of rows) curves.set(row.cluster, [...(curves.get(row.cluster) ?? []), row]);
  const computed = new Map<RunRow, Readonly<Record<string, number>>>();
  for (const curve of curves.values()) {
    const sorted = [...curve].sort((left, right) => (left.columns[order] ?? 0) - (right.columns[order] ?? 0));
    const columns = Object.fromEntries(needs.map((name) => [name, Float64Array.from(sorted, (row) => row.columns[name] ?? Number.NaN)]));
    const found = derived.compute(columns);
    for (const [index, row] of sorted.entries())
      computed.set(row, Object.fromEntries(inputs.map((name) => [name, found[name]?.[index] ?? Number.NaN])));
  }
  return rows.map((row) => ({ ...row, columns: { ...row.columns, ...computed.get(row) } }));
}

async function readSource(source: RowSource, request: RowRequest): Promise<SourceRows> {
  if (source.kind === "file")
    return {
      read: await readRows(source.path, request),
      name: basename(source.path),
      studyId: null,
      labels: new Map(),
      runKeys: new Map(),
    };
  const { table, studyId, counting, runKeys } = await studyRunTable(source.db, source.name, request.counting);
  return {
    read: rowsOfTable(table, `study ${source.name}`, {
      ...request,
      counting,
      ...(request.cluster === undefined && table.columns.includes("cluster") ? { cluster: "cluster" } : {}),
    }),
    name: source.name,
    studyId,
    labels: new Map(table.records.map(({ line, label }) => [line, label ?? ""])),
    runKeys,
  };
}
