import { sql, type RawBuilder } from "kysely";
import type { z } from "zod";
import { LadderError } from "../../analysis/study/ladder-error.ts";

/**
 * Parses a jsonb value with the schema of its column.
 *
 * @throws LadderError `defect` STORED_VALUE_INVALID naming the column and the first paths that do not fit.
 */
export function parseStored<T>(schema: z.ZodType<T>, value: unknown, column: string): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
  throw new LadderError(
    "defect",
    "STORED_VALUE_INVALID",
    `${column} holds a value that this version of Ladder cannot read: ${problems[0]?.path ?? ""}: ${problems[0]?.message ?? ""}`,
    { problems, cause: parsed.error },
  );
}

/** Text from outside (log lines, messages of trainers) as Postgres can store it: it has no NUL character. */
export function storableText(text: string): string {
  return text.replaceAll("\u0000", "\uFFFD");
}

/** Splits into chunks of at most `size`, in order: one statement each. */
export function chunksOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
}

/** The database's clock: times that are compared with each other come from one clock, whichever machine writes them. */
export function databaseTime(): RawBuilder<Date> {
  return sql<Date>`clock_timestamp()`;
}
