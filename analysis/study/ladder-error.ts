/**
 * The kinds of failure Ladder tells apart. Only the kind is ever interpreted, and in three places only: the activity
 * boundary (retry or not), the command line (exit code) and HTTP (status).
 *
 * - `input`: what the user wrote is wrong; never retried.
 * - `missing`: the named thing does not exist.
 * - `conflict`: the named thing exists and differs.
 * - `unavailable`: a foreign system does not answer; retried with backoff.
 * - `rejected`: a foreign system answered no.
 * - `defect`: Ladder broke its own promise; loud.
 */
export type LadderErrorKind = "input" | "missing" | "conflict" | "unavailable" | "rejected" | "defect";

/** One thing that is wrong with an input: where it stands, what was found there and what would mend it. */
export interface Problem {
  /** Path of the field, for example `scales.width[2]`. */
  readonly path: string;
  /** What is wrong, in one clause. */
  readonly message: string;
  /** The value found, as JSON text, when there is one. */
  readonly value?: string;
  /** What the user can write instead. */
  readonly fix?: string;
}

export interface LadderErrorOptions {
  /** Values that the message speaks of, for `--json` and logs. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** What the user can do about it. */
  readonly hint?: string;
  /** Every problem at once, for inputs with many fields. */
  readonly problems?: readonly Problem[];
  readonly cause?: unknown;
}

/** The only error class that Ladder throws on purpose. `code` is stable and upper case, for example `SPEC_INVALID`. */
export class LadderError extends Error {
  readonly kind: LadderErrorKind;
  readonly code: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly hint: string | undefined;
  readonly problems: readonly Problem[];

  constructor(kind: LadderErrorKind, code: string, message: string, options: LadderErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "LadderError";
    this.kind = kind;
    this.code = code;
    this.fields = options.fields ?? {};
    this.hint = options.hint;
    this.problems = options.problems ?? [];
  }
}

/** Throws a `defect` when a promise that the code makes to itself is broken; narrows the type otherwise. */
export function assertInvariant(condition: boolean, message: string, fields: Readonly<Record<string, unknown>> = {}): asserts condition {
  if (!condition) throw new LadderError("defect", "INVARIANT_BROKEN", message, { fields });
}
