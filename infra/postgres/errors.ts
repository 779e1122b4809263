import { LadderError } from "../../analysis/study/ladder-error.ts";

/** SQLSTATE that Ladder's own triggers raise when a statement would break a rule of states or fencing. */
export const guardSqlState = "LA001";

const connectionCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "EAI_AGAIN",
  "ETIMEDOUT",
  "EPIPE",
  "EHOSTUNREACH",
  "ENETUNREACH",
]);
/** Classes 08 (connection), 53 (out of disk, memory, connections), 57P (shutdown), 58 (I/O): the server cannot work now. */
const unavailableStates = /^(08|53|57P|58)/;
/** Messages of `pg` that carry no code. */
const connectionMessages =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not queryable|connection ended|server closed the connection/i;

/**
 * Turns any error of `pg` into a LadderError; LadderErrors pass through. Nothing is swallowed: the original is the cause.
 *
 * - `unavailable` POSTGRES_UNAVAILABLE: no connection, shutting down, disk full, too many connections.
 * - `unavailable` POSTGRES_RETRY: deadlock or serialization failure; the statement may be tried again.
 * - `rejected` POSTGRES_REFUSED: wrong password or missing rights. `missing` DATABASE_MISSING.
 * - `unavailable` SCHEMA_MISSING: tables are not there yet.
 * - `conflict` STATE_CONFLICT: a guard of Ladder's schema refused the change. `input` TEXT_NOT_STORABLE: a NUL character in JSON.
 * - `defect` CONSTRAINT_BROKEN, POSTGRES_ERROR: everything else.
 *
 * @param server where the database is, without its password; only used in messages.
 */
export function toLadderError(error: unknown, server: string): LadderError {
  if (error instanceof LadderError) return error;
  const { code, message, constraint, detail } = readPgError(error);
  const fields = {
    server,
    sqlState: code,
    ...(constraint === undefined ? {} : { constraint }),
    ...(detail === undefined ? {} : { detail }),
  };
  const options = { cause: error, fields };
  if (code === "28P01" || code === "28000" || code === "42501")
    return new LadderError("rejected", "POSTGRES_REFUSED", `Postgres at ${server} refused access: ${message}`, {
      ...options,
      hint: "check user, password and rights in DATABASE_URL",
    });
  if (code === "3D000")
    return new LadderError("missing", "DATABASE_MISSING", `${message} (Postgres at ${server})`, {
      ...options,
      hint: "create the database, or correct its name in DATABASE_URL",
    });
  if (code === "42P01" || code === "3F000")
    return new LadderError("unavailable", "SCHEMA_MISSING", `the database at ${server} lacks Ladder's tables: ${message}`, {
      ...options,
      hint: "run: ladder up",
    });
  if (code === "40001" || code === "40P01" || code === "55P03")
    return new LadderError("unavailable", "POSTGRES_RETRY", `Postgres gave up a transaction that met another one: ${message}`, options);
  if (code === guardSqlState) return new LadderError("conflict", "STATE_CONFLICT", message, options);
  if (code === "22P05") return new LadderError("input", "TEXT_NOT_STORABLE", `Postgres cannot store this text: ${message}`, options);
  if ((code !== undefined && (connectionCodes.has(code) || unavailableStates.test(code))) || connectionMessages.test(message))
    return new LadderError(
      "unavailable",
      "POSTGRES_UNAVAILABLE",
      `Postgres at ${server} does not answer: ${message === "" ? (code ?? "no reason given") : message}`,
      { ...options, hint: "run: ladder status; start it with: ladder up" },
    );
  if (code?.startsWith("23") === true)
    return new LadderError(
      "defect",
      "CONSTRAINT_BROKEN",
      `a rule of the database was broken${constraint === undefined ? "" : ` (${constraint})`}: ${message}`,
      options,
    );
  return new LadderError("defect", "POSTGRES_ERROR", `Postgres at ${server}: ${message}`, options);
}

interface PgErrorParts {
  readonly code: string | undefined;
  readonly message: string;
  readonly constraint: string | undefined;
  readonly detail: string | undefined;
}

function readPgError(error: unknown): PgErrorParts {
  if (typeof error !== "object" || error === null)
    return { code: undefined, message: String(error), constraint: undefined, detail: undefined };
  // Node's happy-eyeballs connect fails with an AggregateError whose own message is empty.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
  const source: object = typeof first === "object" && first !== null ? first : error;
  const member = (name: string): string | undefined => {
    const value: unknown = Reflect.get(source, name);
    return typeof value === "string" ? value : undefined;
  };
  return {
    code: member("code"),
    message: member("message") ?? "an error without a message",
    constraint: member("constraint"),
    detail: member("detail"),
  };
}
