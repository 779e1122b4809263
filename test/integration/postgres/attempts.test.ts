import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { errorClasses, restartLimits } from "../../../analysis/study/states.ts";
import { cancelRun, finishAttempt, retryRun } from "../../../infra/postgres/attempt-ends.ts";
import {
  claimAttempt,
  listAttempts,
  listLiveAttempts,
  markLost,
  recordHeartbeat,
  recordSubmission,
} from "../../../infra/postgres/attempts.ts";
import { listCheckpoints, recordCheckpoint } from "../../../infra/postgres/checkpoints.ts";
import { openDatabase, type LadderDatabase } from "../../../infra/postgres/connect.ts";
import { findRuns, getRun } from "../../../infra/postgres/runs.ts";
import { exampleRequest, insertExampleRun } from "./example-study.ts";
import { createTestDatabase, startTestPostgres, type TestDatabase, type TestPostgres } from "./server.ts";

let server: TestPostgres;
let database: TestDatabase;
let db: LadderDatabase;
let width = 2000;

beforeAll(async () => {
  server = await startTestPostgres();
  database = await createTestDatabase(server.url);
  db = database.db;
});
afterAll(async () => {
  await database.close();
  await server.stop();
});

const freshRun = () => insertExampleRun(db, (width += 1));
const claim = (runKey: string, on: LadderDatabase = db) => claimAttempt(on, { ...exampleRequest, runKey });
const stateOf = async (runKey: string) => (await findRuns(db, [runKey]))[0]?.state;

async function submitted(runKey: string) {
  const attempt = await claim(runKey);
  await recordSubmission(db, attempt.attemptKey, { jobId: `job-${String(attempt.attempt)}`, startedAt: new Date() });
  return attempt;
}

describe("claiming a run", () => {
  it("64 callers at once, over many connections, get one attempt", async () => {
    const runKey = await freshRun();
    const pools = Array.from({ length: 4 }, () => openDatabase(database.url, { poolSize: 16 }));
    const claims = await Promise.all(Array.from({ length: 64 }, (_, index) => claim(runKey, pools[index % 4])));
    await Promise.all(pools.map((pool) => pool.destroy()));
    expect(claims.filter((one) => !one.adopted)).toHaveLength(1);
    expect(new Set(claims.map((one) => one.attemptKey)).size).toBe(1);
    expect(await listAttempts(db, runKey)).toHaveLength(1);
  });

  it("is in the database before anything is submitted, and a restarted worker adopts the job by its key", async () => {
    const runKey = await freshRun();
    const first = await claim(runKey);
    expect(first).toMatchObject({
      attempt: 1,
      adopted: false,
      resumeFrom: null,
      state: "running",
      attemptState: "submitting",
      jobId: null,
    });
    expect(first.attemptKey).toMatch(new RegExp(`^[0-9a-f]{8}-${runKey}-1$`));
    expect(await claim(runKey)).toEqual({ ...first, adopted: true });
    const startedAt = new Date("2026-01-02T03:04:05.678Z");
    await recordSubmission(db, first.attemptKey, { jobId: "4711", startedAt: startedAt.toISOString(), host: "node-7" });
    await recordSubmission(db, first.attemptKey, { jobId: "4711", startedAt });
    expect(await claim(runKey)).toMatchObject({ attempt: 1, adopted: true, attemptState: "running", jobId: "4711", startedAt });
    expect((await listLiveAttempts(db, "local")).map((attempt) => attempt.attemptKey)).toContain(first.attemptKey);
    await expect(recordSubmission(db, first.attemptKey, { jobId: "4712" })).rejects.toMatchObject({
      kind: "conflict",
      code: "ATTEMPT_HAS_JOB",
    });
  });

  it("leaves a run at its end alone", async () => {
    const runKey = await freshRun();
    await submitted(runKey);
    await finishAttempt(db, { runKey, attempt: 1, attemptState: "finished", runState: "finished", loss: 2.5 });
    expect(await claim(runKey)).toMatchObject({ attempt: 1, adopted: false, state: "finished" });
    const cancelled = await freshRun();
    await cancelRun(db, cancelled);
    expect(await claim(cancelled)).toMatchObject({ attempt: 0, attemptKey: "", state: "cancelled" });
    await expect(claim("0".repeat(32))).rejects.toMatchObject({ kind: "missing", code: "RUN_NOT_FOUND" });
  });

  it("resumes from the newest checkpoint", async () => {
    const runKey = await freshRun();
    await submitted(runKey);
    await recordCheckpoint(db, { runKey, attempt: 1, step: 10, path: "/c/10" });
    await recordCheckpoint(db, { runKey, attempt: 1, step: 20, path: "/c/20" });
    await recordCheckpoint(db, { runKey, attempt: 1, step: 20, path: "/c/20" });
    await finishAttempt(db, { runKey, attempt: 1, attemptState: "preempted", runState: "preempted" });
    const second = await claim(runKey);
    expect(second).toMatchObject({ attempt: 2, adopted: false, resumeFrom: "/c/20" });
    await recordCheckpoint(db, { runKey, attempt: 2, step: 15, path: "/c/15" });
    expect((await listCheckpoints(db, runKey)).map((checkpoint) => checkpoint.path)).toEqual(["/c/15", "/c/20", "/c/10"]);
    await expect(recordCheckpoint(db, { runKey, attempt: 1, step: 30, path: "/c/30" })).rejects.toMatchObject({ code: "ATTEMPT_FENCED" });
    await recordSubmission(db, second.attemptKey, { jobId: "2", resumeFrom: null });
    expect((await listAttempts(db, runKey)).map((attempt) => attempt.resumeFrom)).toEqual([null, null]);
  });
});

describe("ending an attempt", () => {
  it("writes result, end and time once, and a repeated call is accepted", async () => {
    const runKey = await freshRun();
    await submitted(runKey);
    const schedule = { shape: "constant", warmupSteps: 0, totalSteps: 100, finalFraction: 1, decaySteps: 0 } as const;
    const end = {
      runKey,
      attempt: 1,
      attemptState: "finished",
      runState: "finished",
      loss: 1.25,
      step: 100,
      tokens: 3200,
      cpuSeconds: 4.5,
      exitCode: 0,
      schedule,
    } as const;
    expect(await finishAttempt(db, end)).toEqual({ accepted: true, runState: "finished" });
    expect(await finishAttempt(db, end)).toEqual({ accepted: true, runState: "finished" });
    expect(await finishAttempt(db, { ...end, attemptState: "failed", runState: "failed" })).toEqual({
      accepted: false,
      runState: "finished",
    });
    expect(await getRun(db, runKey)).toMatchObject({ state: "finished", loss: 1.25, step: 100, tokens: 3200, schedule });
    expect((await listAttempts(db, runKey))[0]).toMatchObject({ state: "finished", cpuSeconds: 4.5, exitCode: 0, loss: 1.25 });
  });

  it("refuses a finish without a finite loss", async () => {
    const runKey = await freshRun();
    await submitted(runKey);
    for (const loss of [undefined, null, Number.NaN, Number.POSITIVE_INFINITY])
      await expect(
        finishAttempt(db, { runKey, attempt: 1, attemptState: "finished", runState: "finished", ...(loss === undefined ? {} : { loss }) }),
      ).rejects.toMatchObject({ kind: "defect", code: "FINISHED_WITHOUT_LOSS" });
    expect(await stateOf(runKey)).toBe("running");
    expect(await finishAttempt(db, { runKey, attempt: 1, attemptState: "diverged", runState: "diverged", step: 7 })).toEqual({
      accepted: true,
      runState: "diverged",
    });
    expect((await findRuns(db, [runKey]))[0]).toMatchObject({ state: "diverged", loss: null, step: 7 });
  });

  it.each(errorClasses)("gives %s exactly its limit of restarts, then the run is failed", async (errorClass) => {
    const runKey = await freshRun();
    for (let attempt = 1; attempt <= restartLimits[errorClass] + 1; attempt += 1) {
      expect((await submitted(runKey)).attempt).toBe(attempt);
      const last = attempt === restartLimits[errorClass] + 1;
      expect(
        await finishAttempt(db, {
          runKey,
          attempt,
          attemptState: "failed",
          runState: "failed",
          errorClass,
          message: `broke \u0000 at ${String(attempt)}`,
        }),
      ).toEqual({ accepted: true, runState: last ? "failed" : "queued" });
    }
    expect((await findRuns(db, [runKey]))[0]).toMatchObject({
      state: "failed",
      errorClass,
      message: `broke \uFFFD at ${String(restartLimits[errorClass] + 1)}`,
    });
    expect(await retryRun(db, runKey)).toBe("queued");
    await submitted(runKey);
    const after = await finishAttempt(db, {
      runKey,
      attempt: restartLimits[errorClass] + 2,
      attemptState: "failed",
      runState: "failed",
      errorClass,
    });
    expect(after.runState).toBe(restartLimits[errorClass] === 0 ? "failed" : "queued");
  });

  it("counts each class on its own, and a pause counts nothing", async () => {
    const runKey = await freshRun();
    const end = async (
      attempt: number,
      attemptState: "failed" | "preempted" | "lost",
      runState: "failed" | "preempted" | "lost" | "paused",
      errorClass?: "out-of-memory" | "stall",
    ) => {
      await submitted(runKey);
      return (await finishAttempt(db, { runKey, attempt, attemptState, runState, ...(errorClass === undefined ? {} : { errorClass }) }))
        .runState;
    };
    expect(await end(1, "failed", "failed", "out-of-memory")).toBe("queued");
    expect(await end(2, "failed", "failed", "stall")).toBe("queued");
    expect(await end(3, "preempted", "paused")).toBe("paused");
    expect(await end(4, "lost", "lost")).toBe("queued");
    expect((await listAttempts(db, runKey)).map((attempt) => attempt.errorClass)).toEqual(["out-of-memory", "stall", null, "lost"]);
    expect(await end(5, "failed", "failed", "out-of-memory")).toBe("failed");
  });

  it("refuses an attempt that was replaced, and its heartbeats and submissions too", async () => {
    const runKey = await freshRun();
    const old = await submitted(runKey);
    await finishAttempt(db, { runKey, attempt: 1, attemptState: "lost", runState: "lost" });
    await submitted(runKey);
    expect(await finishAttempt(db, { runKey, attempt: 1, attemptState: "finished", runState: "finished", loss: 1 })).toEqual({
      accepted: false,
      runState: "running",
    });
    expect(await recordHeartbeat(db, old.attemptKey)).toBe(false);
    await expect(recordSubmission(db, old.attemptKey, { jobId: "late" })).rejects.toMatchObject({
      kind: "conflict",
      code: "ATTEMPT_FENCED",
    });
    await expect(recordSubmission(db, "nobody", { jobId: "1" })).rejects.toMatchObject({ kind: "missing", code: "ATTEMPT_NOT_FOUND" });
  });

  it("one of two processes that end the same attempt at once wins", async () => {
    const runKey = await freshRun();
    await submitted(runKey);
    const ends = await Promise.all(
      Array.from({ length: 16 }, (_, index) =>
        finishAttempt(
          db,
          index % 2 === 0
            ? { runKey, attempt: 1, attemptState: "finished", runState: "finished", loss: 3 }
            : { runKey, attempt: 1, attemptState: "preempted", runState: "preempted" },
        ),
      ),
    );
    const run = (await findRuns(db, [runKey]))[0];
    expect(["finished", "queued"]).toContain(run?.state);
    expect(ends.filter((end) => end.accepted)).toHaveLength(8);
    expect(new Set(ends.map((end) => end.runState))).toEqual(new Set([run?.state]));
  });

  it("a crash between the end and its restart loses neither: both or none", async () => {
    const runKey = await freshRun();
    await submitted(runKey);
    // The run's own update fails inside the transaction, after the attempt's end has been written.
    await sql`create or replace function break_it() returns trigger language plpgsql as $$ begin raise exception 'the machine died'; end $$`.execute(
      db,
    );
    await sql
      .raw(`create trigger break_it before update on runs for each row when (new.run_key = '${runKey}') execute function break_it()`)
      .execute(db);
    await expect(finishAttempt(db, { runKey, attempt: 1, attemptState: "lost", runState: "lost" })).rejects.toThrow("the machine died");
    await sql`drop trigger break_it on runs`.execute(db);
    expect((await listAttempts(db, runKey))[0]).toMatchObject({ state: "running", endedAt: null });
    expect(await stateOf(runKey)).toBe("running");
    expect(await finishAttempt(db, { runKey, attempt: 1, attemptState: "lost", runState: "lost" })).toEqual({
      accepted: true,
      runState: "queued",
    });
  });
});

describe("heartbeats", () => {
  it("keep progress, and bring a lost run back", async () => {
    const runKey = await freshRun();
    const attempt = await submitted(runKey);
    expect(await recordHeartbeat(db, attempt.attemptKey, { step: 5, tokens: 160, loss: 2 })).toBe(true);
    expect(await recordHeartbeat(db, attempt.attemptKey)).toBe(true);
    expect((await listAttempts(db, runKey))[0]).toMatchObject({ step: 5, tokens: 160, loss: 2 });
    expect(await markLost(db, attempt.attemptKey, "no answer from node-7")).toBe(true);
    expect((await findRuns(db, [runKey]))[0]).toMatchObject({ state: "lost", message: "no answer from node-7" });
    expect(await claim(runKey)).toMatchObject({ adopted: true, state: "lost" });
    await recordHeartbeat(db, attempt.attemptKey);
    expect(await stateOf(runKey)).toBe("running");
    await markLost(db, attempt.attemptKey, "again");
    expect(await finishAttempt(db, { runKey, attempt: 1, attemptState: "preempted", runState: "paused" })).toEqual({
      accepted: true,
      runState: "paused",
    });
  });
});

describe("cancel and retry", () => {
  it("cancelling fences the live job off and says which one to kill", async () => {
    const runKey = await freshRun();
    const attempt = await submitted(runKey);
    expect(await cancelRun(db, runKey, "wrong data")).toEqual({
      runState: "cancelled",
      job: { attempt: 1, attemptKey: attempt.attemptKey, executor: "local", jobId: "job-1" },
    });
    expect(await finishAttempt(db, { runKey, attempt: 1, attemptState: "finished", runState: "finished", loss: 1 })).toEqual({
      accepted: false,
      runState: "cancelled",
    });
    expect(await cancelRun(db, runKey)).toEqual({ runState: "cancelled", job: null });
    expect(await retryRun(db, runKey)).toBe("queued");
    expect(await retryRun(db, runKey)).toBe("queued");
    expect((await claim(runKey)).attempt).toBe(2);
  });

  it("a result is never trained again", async () => {
    const runKey = await freshRun();
    await submitted(runKey);
    await finishAttempt(db, { runKey, attempt: 1, attemptState: "diverged", runState: "diverged" });
    await expect(retryRun(db, runKey)).rejects.toMatchObject({ kind: "conflict", code: "RUN_HAS_RESULT" });
    expect(await cancelRun(db, runKey)).toEqual({ runState: "diverged", job: null });
  });
});
