import { sql, type Selectable } from "kysely";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { isTerminal, type AttemptState, type RunState } from "../../analysis/study/states.ts";
import type { LadderDatabase } from "./connect.ts";
import { installationId } from "./installation.ts";
import { runNotFound } from "./runs.ts";
import type { Schema } from "./schema.ts";
import { liveAttemptStates } from "./state-constraints.ts";
import { databaseTime, storableText } from "./stored-json.ts";

/** One submission of a run to an executor. Times are the database's but `startedAt`, which is the executor's. */
export type Attempt = Readonly<Selectable<Schema["attempts"]>>;

export interface AttemptRequest {
  readonly runKey: string;
  readonly executor: string;
  /** Commit of the trainer's code, when it lies in a git checkout. */
  readonly codeCommit: string | null;
  /** Digest of what differs from that commit; null for a clean tree. */
  readonly dirtyDigest: string | null;
  /** Folder under which the attempt's folder is made. */
  readonly folderRoot: string;
}

export interface ClaimedAttempt {
  /** Fencing number: 1, 2, … within the run. 0 when the run ended before its first attempt. */
  readonly attempt: number;
  /** Unique over all databases; the job carries it. Empty when `attempt` is 0. */
  readonly attemptKey: string;
  /** True when another process made this attempt: its job may run already. */
  readonly adopted: boolean;
  /** Newest checkpoint of the run, or null to start at step 0. */
  readonly resumeFrom: string | null;
  /** State of the run. When it is terminal nothing was claimed and there is nothing to do. */
  readonly state: RunState;
  readonly attemptState: AttemptState | null;
  /** What `recordSubmission` wrote; null when the attempt was never submitted, or nobody knows. */
  readonly jobId: string | null;
  readonly startedAt: Date | null;
  readonly folderRoot: string;
}

/**
 * Takes a run for execution. The row of the run is locked, so any number of callers get one attempt: the first makes it
 * (`fence + 1`, state `submitting`, written before any submit), the others adopt it. A run at an end is left alone.
 *
 * @throws LadderError `missing` RUN_NOT_FOUND.
 */
export async function claimAttempt(db: LadderDatabase, request: AttemptRequest): Promise<ClaimedAttempt> {
  const installation = await installationId(db);
  return db.transaction().execute(async (transaction) => {
    const run = await transaction
      .selectFrom("runs")
      .select(["state", "fence", "startedAt"])
      .where("runKey", "=", request.runKey)
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (run === undefined) throw runNotFound(request.runKey);
    const newest = await transaction
      .selectFrom("attempts")
      .selectAll()
      .where("runKey", "=", request.runKey)
      .where("attempt", "=", run.fence)
      .executeTakeFirst();
    const live = newest !== undefined && isLive(newest.state);
    if (isTerminal(run.state) || live) return claimOf(request, run.state, newest, live);
    const attempt = run.fence + 1;
    const attemptKey = `${installation.slice(0, 8)}-${request.runKey}-${String(attempt)}`;
    const checkpoint = await transaction
      .selectFrom("checkpoints")
      .select("path")
      .where("runKey", "=", request.runKey)
      .orderBy("attempt", "desc")
      .orderBy("step", "desc")
      .limit(1)
      .executeTakeFirst();
    await transaction
      .updateTable("runs")
      .set({ fence: attempt, state: "running", startedAt: run.startedAt ?? databaseTime() })
      .where("runKey", "=", request.runKey)
      .execute();
    const row = await transaction
      .insertInto("attempts")
      .values({
        ...nothingReported,
        runKey: request.runKey,
        attempt,
        attemptKey,
        state: "submitting",
        executor: request.executor,
        codeCommit: request.codeCommit,
        dirtyDigest: request.dirtyDigest,
        folderRoot: request.folderRoot,
        resumeFrom: checkpoint?.path ?? null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return claimOf(request, "running", row, false);
  });
}

const nothingReported = {
  jobId: null,
  host: null,
  firstStep: null,
  step: null,
  tokens: null,
  loss: null,
  cpuSeconds: null,
  exitCode: null,
  errorClass: null,
  message: null,
};

function isLive(state: AttemptState): boolean {
  return liveAttemptStates.some((live) => live === state);
}

function claimOf(request: AttemptRequest, state: RunState, attempt: Attempt | undefined, adopted: boolean): ClaimedAttempt {
  return {
    attempt: attempt?.attempt ?? 0,
    attemptKey: attempt?.attemptKey ?? "",
    adopted,
    resumeFrom: attempt?.resumeFrom ?? null,
    state,
    attemptState: attempt?.state ?? null,
    jobId: attempt?.jobId ?? null,
    startedAt: attempt?.startedAt ?? null,
    folderRoot: attempt?.folderRoot ?? request.folderRoot,
  };
}

export interface Submission {
  readonly jobId: string;
  /** When the job started, by the executor's clock: a Date, an ISO 8601 text or milliseconds since 1970; null while it waits. */
  readonly startedAt?: Date | string | number | null;
  readonly host?: string;
  /** What the job really resumes from, when it is not what the claim said (a checkpoint file may be gone). */
  readonly resumeFrom?: string | null;
}

/**
 * Writes the job of an attempt: it is `running` from now on. Repeating it with the same job is harmless.
 *
 * @throws LadderError `missing` ATTEMPT_NOT_FOUND; `conflict` ATTEMPT_FENCED when the attempt has ended or was replaced;
 * `conflict` ATTEMPT_HAS_JOB when it has another job already (the new job is the one to cancel); `defect`
 * START_TIME_INVALID.
 */
export async function recordSubmission(db: LadderDatabase, attemptKey: string, submission: Submission): Promise<void> {
  const startedAt = submission.startedAt == null ? null : new Date(submission.startedAt);
  if (startedAt !== null && Number.isNaN(startedAt.getTime()))
    throw new LadderError(
      "defect",
      "START_TIME_INVALID",
      `the executor gave ${JSON.stringify(submission.startedAt)} as the start of job ${submission.jobId}`,
    );
  await db.transaction().execute(async (transaction) => {
    const attempt = await lockLiveAttempt(transaction, attemptKey);
    if (attempt.jobId !== null && attempt.jobId !== submission.jobId)
      throw new LadderError(
        "conflict",
        "ATTEMPT_HAS_JOB",
        `attempt ${attemptKey} runs as job ${attempt.jobId}, not as ${submission.jobId}`,
        { fields: { attemptKey, jobId: attempt.jobId, newJobId: submission.jobId } },
      );
    await transaction
      .updateTable("attempts")
      .set({
        state: "running",
        jobId: submission.jobId,
        submittedAt: attempt.submittedAt ?? databaseTime(),
        startedAt: startedAt ?? attempt.startedAt,
        heartbeatAt: databaseTime(),
        ...(submission.host === undefined ? {} : { host: storableText(submission.host) }),
        ...(submission.resumeFrom === undefined ? {} : { resumeFrom: submission.resumeFrom }),
      })
      .where("attemptKey", "=", attemptKey)
      .execute();
  });
}

/** How far a live attempt is; members left out stay as they are. */
export interface AttemptProgress {
  readonly step?: number;
  readonly tokens?: number;
  /** Latest training or held-out loss, nats per token. */
  readonly loss?: number;
}

/**
 * Says that the job of an attempt was seen alive; a run that was `lost` is `running` again. Returns false, and writes
 * nothing, when the attempt has ended or was replaced: the caller's job is an orphan.
 */
export async function recordHeartbeat(db: LadderDatabase, attemptKey: string, progress: AttemptProgress = {}): Promise<boolean> {
  const beat = await sql<{ runKey: string; lost: boolean }>`
    update attempts a set heartbeat_at = clock_timestamp(), step = coalesce(${progress.step ?? null}::bigint, a.step),
      tokens = coalesce(${progress.tokens ?? null}::float8, a.tokens), loss = coalesce(${progress.loss ?? null}::float8, a.loss)
    from runs r where a.attempt_key = ${attemptKey} and a.ended_at is null and r.run_key = a.run_key
    returning a.run_key, r.state = 'lost' as lost`.execute(db);
  const [found] = beat.rows;
  // A statement of its own: whoever ends the attempt locks the run first, and this must not hold the attempt meanwhile.
  if (found?.lost === true)
    await sql`
    update runs set state = 'running', message = null where state = 'lost'
      and (run_key, fence) in (select run_key, attempt from attempts where attempt_key = ${attemptKey} and ended_at is null)`.execute(db);
  return found !== undefined;
}

/** Shows a run as `lost` while nobody knows whether its job lives; the attempt stays live and a heartbeat brings it back. */
export async function markLost(db: LadderDatabase, attemptKey: string, message: string): Promise<boolean> {
  const result = await sql`
    update runs set state = 'lost', message = ${storableText(message)}
    where state = 'running' and (run_key, fence) in (select run_key, attempt from attempts where attempt_key = ${attemptKey} and ended_at is null)`.execute(
    db,
  );
  return (result.numAffectedRows ?? 0n) > 0n;
}

/**
 * Locks the run, then its attempt (always in this order).
 *
 * @throws LadderError `missing` ATTEMPT_NOT_FOUND; `conflict` ATTEMPT_FENCED.
 */
async function lockLiveAttempt(db: LadderDatabase, attemptKey: string): Promise<Attempt> {
  const owner = await db.selectFrom("attempts").select("runKey").where("attemptKey", "=", attemptKey).executeTakeFirst();
  if (owner === undefined)
    throw new LadderError("missing", "ATTEMPT_NOT_FOUND", `there is no attempt ${attemptKey}`, { fields: { attemptKey } });
  await db.selectFrom("runs").select("fence").where("runKey", "=", owner.runKey).forNoKeyUpdate().executeTakeFirstOrThrow();
  const attempt = await db
    .selectFrom("attempts")
    .selectAll()
    .where("attemptKey", "=", attemptKey)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  if (!isLive(attempt.state)) throw attemptFenced(attempt.runKey, attempt.attempt, `it ended as ${attempt.state}`);
  return attempt;
}

export function attemptFenced(runKey: string, attempt: number, why: string): LadderError {
  return new LadderError("conflict", "ATTEMPT_FENCED", `attempt ${String(attempt)} of run ${runKey} may not write any more: ${why}`, {
    fields: { runKey, attempt },
  });
}

/** All attempts of a run, the oldest first. */
export async function listAttempts(db: LadderDatabase, runKey: string): Promise<readonly Attempt[]> {
  return db.selectFrom("attempts").selectAll().where("runKey", "=", runKey).orderBy("attempt").execute();
}

/** Every attempt that may hold a job, of one executor or of all: what a restarted worker looks after. */
export async function listLiveAttempts(db: LadderDatabase, executor?: string): Promise<readonly Attempt[]> {
  const query = db
    .selectFrom("attempts")
    .selectAll()
    .where("state", "in", [...liveAttemptStates])
    .orderBy("claimedAt")
    .orderBy("attemptKey");
  return executor === undefined ? query.execute() : query.where("executor", "=", executor).execute();
}
