import { sql } from "kysely";
import { z } from "zod";
import type { LadderDatabase } from "./connect.ts";

/**
 * The version that a Postgres server says it is, for example `18.4`.
 *
 * @throws LadderError unavailable POSTGRES_UNAVAILABLE when it does not answer
 */
export async function serverVersion(db: LadderDatabase): Promise<string> {
  const { rows } = await sql`select current_setting('server_version') as version`.execute(db);
  return z.tuple([z.object({ version: z.string() })]).parse(rows)[0].version;
}
