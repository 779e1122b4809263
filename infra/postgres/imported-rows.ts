import { sql } from "kysely";
import { z } from "zod";
import type { Counting } from "../../analysis/study/counting.ts";
import type { Exclusion, RunRow } from "../../analysis/rows/row.ts";
import type { Cell } from "../../analysis/expressions/cell.ts";
import { cellJson } from "../../analysis/rows/rows-hash.ts";
import { contentHash, type JsonObject } from "../../analysis/study/content-hash.ts";
import type { LadderDatabase } from "./connect.ts";
import { idCollision, storedContentSchema } from "./fits.ts";
import { chunksOf, parseStored, storableText } from "./stored-json.ts";

/** An import that still counts, or that another one has replaced. */
export interface RowImport {
  readonly id: string;
  readonly study: string;
  readonly contentHash: string;
  /** Name of the file. */
  readonly source: string;
  readonly counting: Counting;
  /** Report, columns of the file and what was asked. */
  readonly content: JsonObject;
  readonly replacedBy: string | null;
  readonly createdAt: Date;
}

export interface NewRowImport {
  readonly study: string;
  readonly contentHash: string;
  readonly source: string;
  readonly counting: Counting;
  readonly content: JsonObject;
  readonly codeVersion: string;
  readonly rows: readonly IdentifiedRow[];
  readonly excluded: readonly Exclusion[];
}

/** A row with the identity of its run, see `runIdentity`. */
export interface IdentifiedRow extends RunRow {
  readonly identity: string;
}

/** A row as it was stored, with the import that it came in. */
export interface ImportedRow extends IdentifiedRow {
  readonly importId: string;
}

const rowsPerStatement = 1000;
const columnsSchema = z.record(z.string(), z.number().nullable());
const cellsSchema: z.ZodType<readonly Cell[]> = z.array(z.union([z.string(), z.number(), z.boolean(), z.null()]));

/** Makes every other import of this study wait until the transaction ends. */
export async function lockImports(transaction: LadderDatabase, study: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`ladder-import:${study}`}, 0))`.execute(transaction);
}

/** Imports of a study, replaced ones too, the oldest first. */
export async function listRowImports(db: LadderDatabase, study: string): Promise<readonly RowImport[]> {
  const rows = await db
    .selectFrom("rowImports")
    .select(["id", "study", "contentHash", "source", "counting", "content", "replacedBy", "createdAt"])
    .where("study", "=", study)
    .orderBy("createdAt")
    .orderBy("id")
    .execute();
  return rows.map((row) => ({ ...row, content: parseStored(storedContentSchema, row.content, "row_imports.content") }));
}

/**
 * Stores an import with its rows and exclusions, in the caller's transaction.
 *
 * @returns its id, `import-` and ten hexadecimal digits of study and content
 * @throws LadderError `defect` ID_COLLISION
 */
export async function insertRowImport(transaction: LadderDatabase, imported: NewRowImport): Promise<string> {
  const { study, source, counting, content, codeVersion } = imported;
  const id = `import-${contentHash({ study, content: imported.contentHash }).slice(0, 10)}`;
  const inserted = await transaction
    .insertInto("rowImports")
    .values({
      id,
      study,
      contentHash: imported.contentHash,
      source: storableText(source),
      counting,
      content: storableJson(content),
      codeVersion,
      replacedBy: null,
    })
    .onConflict((conflict) => conflict.column("id").doNothing())
    .executeTakeFirst();
  if (inserted.numInsertedOrUpdatedRows === 0n) throw idCollision(id);
  for (const chunk of chunksOf(imported.rows, rowsPerStatement))
    await sql`
      insert into imported_rows (import_id, line, identity, columns, cluster, seed, cells)
      select ${id}, line, identity, columns::jsonb, cluster, seed, cells::jsonb from unnest(
        ${chunk.map(({ line }) => line)}::integer[],
        ${chunk.map(({ identity }) => identity)}::text[],
        ${chunk.map(({ columns }) => storableJson(columns))}::text[],
        ${chunk.map(({ cluster }) => nullableText(cluster))}::text[],
        ${chunk.map(({ seed }) => nullableText(seed))}::text[],
        ${chunk.map(({ cells }) => storableJson(cells.map(cellJson)))}::text[])
        as row (line, identity, columns, cluster, seed, cells)`.execute(transaction);
  for (const chunk of chunksOf(imported.excluded, rowsPerStatement))
    await sql`
      insert into excluded_rows (import_id, line, label, reason, variable, words)
      select ${id}, row.* from unnest(
        ${chunk.map(({ line }) => line)}::integer[],
        ${chunk.map(({ label }) => nullableText(label ?? null))}::text[],
        ${chunk.map(({ reason }) => reason)}::text[],
        ${chunk.map(({ variable }) => nullableText(variable ?? null))}::text[],
        ${chunk.map(({ words }) => storableText(words))}::text[]) as row`.execute(transaction);
  return id;
}

/** Lets imports count no longer (or again: `replacedBy` null). Nothing is deleted. */
export async function setReplacedBy(transaction: LadderDatabase, ids: readonly string[], replacedBy: string | null): Promise<void> {
  if (ids.length === 0) return;
  await transaction
    .updateTable("rowImports")
    .set({ replacedBy })
    .where("id", "in", [...ids])
    .execute();
}

/** Rows of a study's imports that count, in the order of imports and of lines within them. */
export async function readImportedRows(db: LadderDatabase, study: string): Promise<readonly ImportedRow[]> {
  const rows = await db
    .selectFrom("importedRows")
    .innerJoin("rowImports", "rowImports.id", "importedRows.importId")
    .select(["importId", "line", "identity", "columns", "cluster", "seed", "cells"])
    .where("study", "=", study)
    .where("replacedBy", "is", null)
    .orderBy("createdAt")
    .orderBy("importId")
    .orderBy("line")
    .execute();
  return rows.map((row) => ({
    ...row,
    columns: parseStored(columnsSchema, row.columns, "imported_rows.columns"),
    cells: parseStored(cellsSchema, row.cells, "imported_rows.cells"),
  }));
}

/** What an import has left out, in the order of its lines. */
export async function listExcludedRows(db: LadderDatabase, importId: string): Promise<readonly Exclusion[]> {
  const rows = await db
    .selectFrom("excludedRows")
    .select(["line", "label", "reason", "variable", "words"])
    .where("importId", "=", importId)
    .orderBy("line")
    .execute();
  return rows.map(({ line, label, reason, variable, words }) => ({
    line,
    reason,
    words,
    ...(label === null ? {} : { label }),
    ...(variable === null ? {} : { variable }),
  }));
}

function nullableText(text: string | null): string | null {
  return text === null ? null : storableText(text);
}

/** JSON text that jsonb accepts: it has no NUL character, escaped or not. */
function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => (typeof member === "string" ? storableText(member) : member));
}
