import { basename } from "node:path";
import { bestRows } from "../analysis/rows/best-rows.ts";
import { assertNotPooled } from "../analysis/rows/pooling.ts";
import type { Counting } from "../analysis/study/counting.ts";
import type { Exclusion, RunRow } from "../analysis/rows/row.ts";
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
export async function gatherRows({ inputs, outcome }: WantedVariables, source: RowSource, choice: RowChoice): Promise<GatheredRows> {
  const { bestPer: asked, dropWorst, ...own } = choice;
  const request: RowRequest = { ...own, needed: [...inputs, outcome], outcome };
  const { read, name, ...origin } = await readSource(source, request);
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
