import { basename } from "node:path";
import type { Exclusion, RunRow } from "../analysis/rows/row.ts";
import type { RowReport } from "../analysis/rows/row-report.ts";
import { runIdentity } from "../analysis/rows/rows-hash.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { studySpecSchema } from "../analysis/study/study-spec.ts";
import {
  type IdentifiedRow,
  type ImportedRow,
  insertRowImport,
  listExcludedRows,
  listRowImports,
  lockImports,
  readImportedRows,
  type RowImport,
  setReplacedBy,
} from "../infra/postgres/imported-rows.ts";
import { runTableFormats } from "../infra/run-tables/index.ts";
import { type ReadRows, readRows, type RowRequest } from "../infra/run-tables/read-rows.ts";
import { ladderVersion } from "./ladder-version.ts";
import type { Session } from "./session.ts";

/** What became of a file. Plain JSON: what `ladder import --json` prints. */
export interface ImportReport extends Omit<RowReport, "read" | "kept" | "excludedByReason"> {
  /** Name of the file. */
  readonly source: string;
  readonly contentHash: string;
  /** `read`: nothing was stored, for no study was named. `unchanged`: the same content was there already. */
  readonly status: "read" | "stored" | "unchanged";
  readonly study: string | null;
  /** Id of the import. */
  readonly import: string | null;
  /** Imports of the study whose rows no longer count. */
  readonly replaced: readonly string[];
  readonly rows: {
    readonly read: number;
    readonly kept: number;
    readonly excludedByReason: RowReport["excludedByReason"];
    /** Every record that is no row; `kept` and these together are all that was read. */
    readonly excluded: readonly Exclusion[];
  };
}

/** A file as it was read, with its report. */
export interface ReadFile {
  readonly read: ReadRows;
  readonly report: ImportReport;
}

/**
 * Reads runs from a file and reports on them; nothing is stored.
 *
 * @throws LadderError what `readRows` throws; `input` NO_ROWS when no record is left, with the reasons
 */
export async function readFileOfRuns(path: string, request: RowRequest): Promise<ReadFile> {
  const read = await readRows(path, request);
  const { read: readCount, kept, excludedByReason, ...rest } = read.report;
  const source = basename(path);
  if (kept === 0) throw noRows(source, read);
  const report: ImportReport = {
    source,
    contentHash: read.contentHash,
    status: "read",
    study: null,
    import: null,
    replaced: [],
    ...rest,
    rows: { read: readCount, kept, excludedByReason, excluded: read.excluded },
  };
  return { read, report };
}

/** Formats that runs are read from, for help: id and what it reads. */
export function formatList(): readonly { readonly id: string; readonly reads: string }[] {
  return runTableFormats.map(({ id, reads }) => ({ id, reads }));
}

/** Where rows go. */
export interface ImportTarget {
  /** Name of the study, which need not exist yet. */
  readonly study: string;
  /** Rows of earlier imports of the study no longer count. */
  readonly replace: boolean;
}

/** @throws LadderError `input` STUDY_NAME_INVALID */
export function assertStudyName(study: string): void {
  const parsed = studySpecSchema.shape.study.safeParse(study);
  if (parsed.success) return;
  throw new LadderError("input", "STUDY_NAME_INVALID", `--study ${JSON.stringify(study)} is no name of a study`, {
    fields: { study },
    hint: parsed.error.issues[0]?.message ?? "lower-case letters, digits and hyphens",
  });
}

/**
 * Keeps the rows of a file under the name of a study. The same content again changes nothing. A row of a run that an earlier
 * import of the study holds with the same outcome is left out as a duplicate, so a file that has grown can be imported again.
 *
 * @throws LadderError `conflict` IMPORT_CONTRADICTS when an earlier import holds another outcome of the same run,
 *   IMPORT_COUNTING_DIFFERS when N counts something else there, IMPORT_REPLACED when this content was replaced by another
 */
export async function storeImport({ db }: Pick<Session, "db">, { read, report }: ReadFile, target: ImportTarget): Promise<ImportReport> {
  assertStudyName(target.study);
  return db.transaction().execute(async (transaction) => {
    await lockImports(transaction, target.study);
    const imports = await listRowImports(transaction, target.study);
    const same = imports.find(({ contentHash }) => contentHash === read.contentHash);
    const others = imports.filter((other) => other.replacedBy === null && other !== same);
    if (same !== undefined) {
      if (same.replacedBy !== null && !target.replace) throw replacedBefore(same, target.study);
      const replaced = target.replace ? others.map(({ id }) => id) : [];
      await setReplacedBy(transaction, [same.id], null);
      await setReplacedBy(transaction, replaced, same.id);
      return withExclusions(
        { ...report, status: "unchanged", study: target.study, import: same.id, replaced },
        await listExcludedRows(transaction, same.id),
      );
    }
    if (!target.replace) assertSameCounting(others, report, target.study);
    const rows = read.rows.map((row): IdentifiedRow => ({ ...row, identity: runIdentity(row, read.columns, read.identity) }));
    const known = target.replace ? [] : await readImportedRows(transaction, target.study);
    const fresh = leaveOutKnown(rows, known, read, target.study);
    const replaced = target.replace ? others.map(({ id }) => id) : [];
    const stored = withExclusions({ ...report, status: "stored", study: target.study, replaced }, [...read.excluded, ...fresh.excluded]);
    const id = await insertRowImport(transaction, {
      study: target.study,
      contentHash: read.contentHash,
      source: report.source,
      counting: report.counting,
      content: { report: { ...read.report, warnings: [...read.report.warnings] }, columns: read.columns },
      codeVersion: ladderVersion(),
      rows: fresh.rows,
      excluded: stored.rows.excluded,
    });
    await setReplacedBy(transaction, replaced, id);
    return { ...stored, import: id };
  });
}

function leaveOutKnown(
  rows: readonly IdentifiedRow[],
  known: readonly ImportedRow[],
  read: ReadRows,
  study: string,
): { readonly rows: readonly IdentifiedRow[]; readonly excluded: readonly Exclusion[] } {
  const { outcome } = read.identity;
  const before = new Map<string, ImportedRow[]>();
  for (const row of known) before.set(row.identity, [...(before.get(row.identity) ?? []), row]);
  const measured = (row: RunRow): number | null => row.columns[outcome] ?? null;
  const excluded: Exclusion[] = [];
  const contradictions: { readonly row: IdentifiedRow; readonly other: ImportedRow }[] = [];
  const fresh = rows.filter((row) => {
    const others = before.get(row.identity) ?? [];
    const same = others.find((other) => measured(other) === measured(row));
    if (same !== undefined) {
      excluded.push({ line: row.line, reason: "duplicate", words: `already imported: line ${same.line} of ${same.importId}` });
      return false;
    }
    const [other] = others;
    if (other !== undefined && !read.keepRepeated) contradictions.push({ row, other });
    return true;
  });
  if (contradictions.length === 0) return { rows: fresh, excluded };
  throw new LadderError(
    "conflict",
    "IMPORT_CONTRADICTS",
    `study ${study} holds ${contradictions.length === 1 ? "a row" : `${contradictions.length} rows`} of this file already, with another ${outcome}`,
    {
      fields: { study, lines: contradictions.map(({ row }) => row.line) },
      problems: contradictions.slice(0, 10).map(({ row, other }) => ({
        path: `${read.report.place} ${row.line}`,
        message: `${outcome} is ${String(measured(other))} in line ${other.line} of ${other.importId}`,
        value: String(measured(row)),
      })),
      hint: "--replace lets this file take the place of the earlier imports; --keep-repeated keeps both as reruns; or name another study",
    },
  );
}

function assertSameCounting(others: readonly RowImport[], report: ImportReport, study: string): void {
  const different = others.find(({ counting }) => counting !== report.counting);
  const hasSize = report.variables.some(({ name }) => name === "N");
  if (different === undefined || !hasSize) return;
  throw new LadderError(
    "conflict",
    "IMPORT_COUNTING_DIFFERS",
    `N counts ${different.counting} in ${different.id} of study ${study}, and ${report.counting} here: one law cannot take both`,
    {
      fields: { study, import: different.id, counting: report.counting, there: different.counting },
      hint: `--counting ${different.counting} if it is the same; else --replace, or another study`,
    },
  );
}

function replacedBefore(same: RowImport, study: string): LadderError {
  return new LadderError(
    "conflict",
    "IMPORT_REPLACED",
    `this content was imported as ${same.id} and then replaced by ${same.replacedBy ?? ""} in study ${study}`,
    { fields: { study, import: same.id, replacedBy: same.replacedBy }, hint: "--replace makes it count again, in place of the other" },
  );
}

function withExclusions(report: ImportReport, excluded: readonly Exclusion[]): ImportReport {
  const sorted = [...excluded].sort((left, right) => left.line - right.line);
  const excludedByReason: Partial<Record<Exclusion["reason"], number>> = {};
  for (const { reason } of sorted) excludedByReason[reason] = (excludedByReason[reason] ?? 0) + 1;
  return { ...report, rows: { read: report.rows.read, kept: report.rows.read - sorted.length, excludedByReason, excluded: sorted } };
}

function noRows(source: string, { excluded, report }: ReadRows): LadderError {
  const why = report.read === 0 ? "it holds no run" : `each of its ${report.read} records is left out`;
  return new LadderError("input", "NO_ROWS", `no row of ${source} can be used: ${why}`, {
    fields: { file: source, excludedByReason: report.excludedByReason },
    problems: excluded.slice(0, 10).map(({ line, words }) => ({ path: `${report.place} ${line}`, message: words })),
    hint: "--map, --where, --keep-unfinished and --keep-repeated decide what is a row",
  });
}
