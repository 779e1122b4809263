import {
  CamelCasePlugin,
  Kysely,
  PostgresDialect,
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  type QueryResult,
  type TransactionSettings,
} from "kysely";
import pg from "pg";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { toLadderError } from "./errors.ts";
import type { Schema } from "./schema.ts";

/** The one handle that every repository takes first: a pool, or a transaction over it. */
export type LadderDatabase = Kysely<Schema>;

export interface DatabaseOptions {
  /** Connections at most; default 8, which was enough for 32 concurrent writers. */
  readonly poolSize?: number;
}

/**
 * Opens a pool on a Postgres URL (15 or newer). Nothing is sent before the first query. Close it with `db.destroy()`.
 * Every error of the driver arrives as a LadderError (see `toLadderError`).
 *
 * @throws LadderError `input` DATABASE_URL_INVALID when the text is no postgres URL.
 */
export function openDatabase(url: string, options: DatabaseOptions = {}): LadderDatabase {
  const server = describeServer(url);
  const pool = new pg.Pool({
    connectionString: url,
    max: options.poolSize ?? 8,
    application_name: "ladder",
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    // A finished command line must not wait for idle connections.
    allowExitOnIdle: true,
    types: typeParsers(),
  });
  // `pg` emits an error on the client besides rejecting its query, and on the pool for idle clients. Without a listener
  // either ends the process. Nothing is lost: the query in flight rejects, and the pool drops the client.
  pool.on("error", dropClient);
  pool.on("connect", (client) => client.on("error", dropClient));
  const dialect = new PostgresDialect({ pool });
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => dialect.createAdapter(),
      createIntrospector: (db) => dialect.createIntrospector(db),
      createQueryCompiler: () => dialect.createQueryCompiler(),
      createDriver: () => new ErrorMappingDriver(dialect.createDriver(), server),
    },
    // Keys inside jsonb are data: only column names are translated.
    plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
  });
}

/** `host:port/database` of a URL, without user and password, for messages. */
export function describeServer(url: string): string {
  return parseDatabaseUrl(url).host + parseDatabaseUrl(url).pathname;
}

/** @throws LadderError `input` DATABASE_URL_INVALID. */
export function parseDatabaseUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^postgres(ql)?:$/.test(parsed.protocol))
    throw new LadderError(
      "input",
      "DATABASE_URL_INVALID",
      "DATABASE_URL is not a URL of the form postgresql://user:password@host:port/database",
      { hint: "set DATABASE_URL, or unset it to use the embedded Postgres" },
    );
  return parsed;
}

function dropClient(): void {
  // See openDatabase: the pool has already dropped the client, and its query has been rejected.
}

/** bigint columns hold steps, tokens and counts, all far below 2^53. */
function typeParsers(): pg.TypeOverrides {
  const parsers = new pg.TypeOverrides();
  parsers.setTypeParser(pg.types.builtins.INT8, parseSafeInteger);
  return parsers;
}

function parseSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new LadderError("defect", "INTEGER_TOO_LARGE", `${text} is beyond 2^53`);
  return value;
}

class ErrorMappingConnection implements DatabaseConnection {
  readonly inner: DatabaseConnection;
  readonly #server: string;

  constructor(inner: DatabaseConnection, server: string) {
    this.inner = inner;
    this.#server = server;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    try {
      return await this.inner.executeQuery<R>(query);
    } catch (error) {
      throw toLadderError(error, this.#server);
    }
  }

  streamQuery<R>(query: CompiledQuery, chunkSize?: number): AsyncIterableIterator<QueryResult<R>> {
    return this.inner.streamQuery<R>(query, chunkSize ?? 1000);
  }
}

/** Kysely's Postgres driver with every error translated where it enters Ladder. */
class ErrorMappingDriver implements Driver {
  readonly #inner: Driver;
  readonly #server: string;

  constructor(inner: Driver, server: string) {
    this.#inner = inner;
    this.#server = server;
  }

  init(): Promise<void> {
    return this.#inner.init();
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    try {
      return new ErrorMappingConnection(await this.#inner.acquireConnection(), this.#server);
    } catch (error) {
      throw toLadderError(error, this.#server);
    }
  }

  beginTransaction(connection: DatabaseConnection, settings: TransactionSettings): Promise<void> {
    return this.#inner.beginTransaction(connection, settings);
  }

  commitTransaction(connection: DatabaseConnection): Promise<void> {
    return this.#inner.commitTransaction(connection);
  }

  rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    return this.#inner.rollbackTransaction(connection);
  }

  releaseConnection(connection: DatabaseConnection): Promise<void> {
    return this.#inner.releaseConnection(connection instanceof ErrorMappingConnection ? connection.inner : connection);
  }

  destroy(): Promise<void> {
    return this.#inner.destroy();
  }
}
