import pg from "pg";
import { describeServer, parseDatabaseUrl } from "./connect.ts";
import { toLadderError } from "./errors.ts";

/**
 * Makes the database `name` on the server of `url` unless it is there, and returns its URL. Two callers at once are fine.
 *
 * @throws LadderError as `toLadderError`.
 */
export async function createDatabaseIfMissing(url: string, name: string): Promise<string> {
  await withClient(url, async (client) => {
    const found = await client.query("select 1 from pg_database where datname = $1", [name]);
    if (found.rowCount !== 0) return;
    try {
      await client.query(`create database ${client.escapeIdentifier(name)}`);
    } catch (error) {
      // 42P04, or 23505 when both looked at the same moment: the other one has made it.
      if (!(error instanceof pg.DatabaseError) || (error.code !== "42P04" && error.code !== "23505")) throw error;
    }
  });
  const target = parseDatabaseUrl(url);
  target.pathname = `/${encodeURIComponent(name)}`;
  return target.href;
}

/** Whether a server answers on this URL and lets us in, within five seconds. */
export async function pingServer(url: string): Promise<boolean> {
  try {
    await withClient(url, (client) => client.query("select 1"));
    return true;
  } catch {
    return false;
  }
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000, application_name: "ladder" });
  // A connection that breaks also rejects the query in flight, which is where it is reported.
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await use(client);
  } catch (error) {
    throw toLadderError(error, describeServer(url));
  } finally {
    await client.end().catch(() => undefined);
  }
}
