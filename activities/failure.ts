import { ApplicationFailure, TemporalFailure } from "@temporalio/common";
import { LadderError } from "../analysis/study/ladder-error.ts";

/** Errors of the operating system that pass: a full disk is emptied, a limit is raised, a server comes back. */
const passingCodes: ReadonlySet<string> = new Set([
  "EAGAIN",
  "EBUSY",
  "ECONNREFUSED",
  "ECONNRESET",
  "EDQUOT",
  "EIO",
  "EMFILE",
  "ENFILE",
  "ENOMEM",
  "ENOSPC",
  "EPIPE",
  "ESTALE",
  "ETIMEDOUT",
  "EROFS",
]);

/**
 * An error as Temporal is told of it. Only the kind is interpreted: `unavailable` is retried with backoff, everything
 * else is not. The type of the failure is the kind.
 */
export function toFailure(error: unknown): Error {
  if (error instanceof TemporalFailure) return error;
  if (error instanceof LadderError) {
    const details = [{ code: error.code, ...(error.hint === undefined ? {} : { hint: error.hint }) }];
    const message = error.hint === undefined ? error.message : `${error.message} (${error.hint})`;
    return ApplicationFailure.create({
      message: message.slice(0, 2000),
      type: error.kind,
      nonRetryable: error.kind !== "unavailable",
      details,
      cause: error,
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  const passing = error instanceof Error && "code" in error && typeof error.code === "string" && passingCodes.has(error.code);
  return ApplicationFailure.create({
    message: message.slice(0, 2000),
    type: passing ? "unavailable" : "defect",
    nonRetryable: !passing,
    ...(error instanceof Error ? { cause: error } : {}),
  });
}

/** The activity with its errors turned into failures. */
export function failing<Arguments extends unknown[], Result>(
  activity: (...parameters: Arguments) => Promise<Result>,
): (...parameters: Arguments) => Promise<Result> {
  return async (...parameters) => {
    try {
      return await activity(...parameters);
    } catch (error) {
      throw toFailure(error);
    }
  };
}
