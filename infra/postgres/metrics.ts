import { type RawBuilder, sql } from "kysely";
import type { LadderDatabase } from "./connect.ts";
import { holdFence } from "./fence.ts";
import { chunksOf, storableText } from "./stored-json.ts";

const rowsPerStatement = 1000;
/** A line that is no metric may be a megabyte of binary; its beginning is enough to know it. */
const longestBadLine = 2000;

/** One point of a curve. `value` may be NaN or infinite. */
export interface MetricRow {
  readonly name: string;
  readonly step: number;
  readonly value: number;
  /** Tokens seen until then. */
  readonly tokens?: number | null;
}

export interface MetricBatch {
  readonly runKey: string;
  readonly attempt: number;
  readonly rows: readonly MetricRow[];
}

/**
 * Writes points of an attempt, all or none. Idempotent on (run, attempt, name, step): within an attempt the last write
 * wins, also within one batch.
 *
 * @returns the number of distinct points written.
 * @throws LadderError `conflict` ATTEMPT_FENCED for an older attempt; `missing` RUN_NOT_FOUND, ATTEMPT_NOT_FOUND.
 */
export async function ingestMetrics(db: LadderDatabase, batch: MetricBatch): Promise<number> {
  // One statement cannot write a row twice: the last one of a batch stands for all.
  const points = [...new Map(batch.rows.map((row) => [`${String(row.step)} ${row.name}`, row])).values()];
  if (points.length === 0) return 0;
  await db.transaction().execute(async (transaction) => {
    await holdFence(transaction, batch.runKey, batch.attempt);
    for (const chunk of chunksOf(points, rowsPerStatement))
      await sql`
        insert into metrics (run_key, attempt, name, step, value, tokens)
        select ${batch.runKey}, ${batch.attempt}::integer, point.name, point.step, point.value, point.tokens
        from unnest(
          ${chunk.map((point) => storableText(point.name))}::text[],
          ${chunk.map((point) => point.step)}::bigint[],
          ${chunk.map((point) => point.value)}::float8[],
          ${chunk.map((point) => point.tokens ?? null)}::float8[]) as point (name, step, value, tokens)
        on conflict (run_key, attempt, name, step) do update set value = excluded.value, tokens = excluded.tokens`.execute(transaction);
  });
  return points.length;
}

/** A line of the metrics file that could not be read: counted, kept and shown. */
export interface BadLine {
  /** 1, 2, … within the attempt's file. */
  readonly lineNumber: number;
  readonly text: string;
  readonly reason: string;
}

/** Idempotent on (run, attempt, line number). @throws like `ingestMetrics`. */
export async function recordBadLines(
  db: LadderDatabase,
  batch: { readonly runKey: string; readonly attempt: number; readonly lines: readonly BadLine[] },
): Promise<void> {
  if (batch.lines.length === 0) return;
  await db.transaction().execute(async (transaction) => {
    await holdFence(transaction, batch.runKey, batch.attempt);
    for (const chunk of chunksOf(batch.lines, rowsPerStatement))
      await sql`
        insert into bad_lines (run_key, attempt, line_number, text, reason)
        select ${batch.runKey}, ${batch.attempt}::integer, line.* from unnest(
          ${chunk.map((line) => line.lineNumber)}::bigint[],
          ${chunk.map((line) => storableText(line.text.slice(0, longestBadLine)))}::text[],
          ${chunk.map((line) => storableText(line.reason))}::text[]) as line
        on conflict (run_key, attempt, line_number) do nothing`.execute(transaction);
  });
}

/** Bad lines of a run, by attempt and line. */
export async function listBadLines(db: LadderDatabase, runKey: string): Promise<readonly (BadLine & { readonly attempt: number })[]> {
  return db
    .selectFrom("badLines")
    .select(["attempt", "lineNumber", "text", "reason"])
    .where("runKey", "=", runKey)
    .orderBy("attempt")
    .orderBy("lineNumber")
    .execute();
}

/**
 * Writes the first step of a resumed attempt: points of older attempts from there on are hidden, not deleted.
 *
 * @throws like `ingestMetrics`.
 */
export async function recordFirstStep(db: LadderDatabase, runKey: string, attempt: number, firstStep: number): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await holdFence(transaction, runKey, attempt);
    await transaction.updateTable("attempts").set({ firstStep }).where("runKey", "=", runKey).where("attempt", "=", attempt).execute();
  });
}

export interface MetricPoint {
  readonly attempt: number;
  readonly name: string;
  readonly step: number;
  readonly value: number;
  readonly tokens: number | null;
  /** A later attempt trained this step again. */
  readonly shadowed: boolean;
}

/**
 * Points of a run by name, step and attempt. An attempt hides the points of older ones from its first step on: the step
 * it said; 0 when it started afresh; else its first point.
 */
export async function readMetrics(
  db: LadderDatabase,
  runKey: string,
  options: { readonly name?: string; readonly includeShadowed?: boolean } = {},
): Promise<readonly MetricPoint[]> {
  const result = await sql<MetricPoint>`
    with ${hiddenFrom(runKey)}
    select m.attempt, m.name, m.step, m.value, m.tokens, coalesce(m.step >= l.hidden_from, false) as shadowed
    from metrics m join limits l on l.attempt = m.attempt
    where m.run_key = ${runKey}
      and (${options.name ?? null}::text is null or m.name = ${options.name ?? null})
      and (${options.includeShadowed ?? false} or coalesce(m.step < l.hidden_from, true))
    order by m.name collate "C", m.step, m.attempt`.execute(db);
  return result.rows;
}

/**
 * Visible points of the names that start with one of the prefixes, of at most about `mostSteps` steps: step 0, the first
 * twenty, the last, and others evenly between, the same ones every time. Curves of any length fit in memory.
 */
export async function sampleMetrics(
  db: LadderDatabase,
  runKey: string,
  prefixes: readonly string[],
  mostSteps: number,
): Promise<readonly Pick<MetricPoint, "attempt" | "name" | "step" | "value">[]> {
  const result = await sql<Pick<MetricPoint, "attempt" | "name" | "step" | "value">>`
    with ${hiddenFrom(runKey)},
    visible as (
      select m.attempt, m.name, m.step, m.value, dense_rank() over (order by m.attempt, m.step) as place
      from metrics m join limits l on l.attempt = m.attempt
      where m.run_key = ${runKey} and coalesce(m.step < l.hidden_from, true)
        and m.name ^@ any (${prefixes}::text[])),
    counted as materialized (select max(place) as places from visible)
    select attempt, name, step, value from visible, counted
    where places <= ${mostSteps}::bigint or step = 0 or place <= 20 or place = places
      or place * ${mostSteps}::bigint / places <> (place - 1) * ${mostSteps}::bigint / places
    order by name collate "C", attempt, step`.execute(db);
  return result.rows;
}

/** Two common table expressions, materialized so that they are not computed again for every point: the first step of every attempt of a run, and the step from which later ones hide it. */
function hiddenFrom(runKey: string): RawBuilder<unknown> {
  return sql`
    starts as materialized (
      select a.attempt, coalesce(a.first_step, case
        when not exists (select 1 from metrics m where m.run_key = a.run_key and m.attempt = a.attempt) then null
        when a.resume_from is null then 0
        else (select min(m.step) from metrics m where m.run_key = a.run_key and m.attempt = a.attempt) end) as first_step
      from attempts a where a.run_key = ${runKey}),
    limits as materialized (
      select a.attempt, (select min(later.first_step) from starts later where later.attempt > a.attempt) as hidden_from from starts a)`;
}
