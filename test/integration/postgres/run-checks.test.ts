import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { finishAttempt } from "../../../infra/postgres/attempt-ends.ts";
import { claimAttempt, recordSubmission } from "../../../infra/postgres/attempts.ts";
import type { LadderDatabase } from "../../../infra/postgres/connect.ts";
import { ingestMetrics, type MetricRow, recordFirstStep, sampleMetrics } from "../../../infra/postgres/metrics.ts";
import { checkRun, countFailedChecks, readRunChecks } from "../../../infra/postgres/run-checks.ts";
import { exampleRequest, exampleTrial, insertExampleSweep } from "./example-study.ts";
import { createTestDatabase, startTestPostgres, type TestDatabase, type TestPostgres } from "./server.ts";

let server: TestPostgres;
let database: TestDatabase;
let db: LadderDatabase;
let width = 5000;

beforeAll(async () => {
  server = await startTestPostgres();
  database = await createTestDatabase(server.url);
  db = database.db;
});
afterAll(async () => {
  await database.close();
  await server.stop();
});

/** A run of one tensor, `hidden.weight`, resolved to a constant rate of 0.05 and a deviation of 0.1; its first attempt runs. */
async function runningRun(): Promise<{ readonly runKey: string; readonly sweepId: string }> {
  const trial = exampleTrial({ parametrization: "sp", width: (width += 1), learningRate: 0.05, seeds: [1] });
  const { runKeys, sweep } = await insertExampleSweep(db, [trial]);
  const [runKey = ""] = runKeys;
  await nextAttempt(runKey);
  return { runKey, sweepId: sweep.id };
}

async function nextAttempt(runKey: string, resumeFrom: string | null = null): Promise<number> {
  const { attempt, attemptKey } = await claimAttempt(db, { ...exampleRequest, runKey });
  await recordSubmission(db, attemptKey, { jobId: String(attempt), resumeFrom });
  return attempt;
}

const rates = (used: number, steps: readonly number[] = [1, 2, 3]): MetricRow[] =>
  steps.map((step) => ({ name: "learningRate/hidden", step, value: used }));
const finish = (runKey: string, attempt = 1) =>
  finishAttempt(db, { runKey, attempt, attemptState: "finished", runState: "finished", loss: 1 });
const preempt = (runKey: string, attempt: number) =>
  finishAttempt(db, { runKey, attempt, attemptState: "preempted", runState: "preempted" });
const rows = (runKey: string) => db.selectFrom("runChecks").selectAll().where("runKey", "=", runKey).execute();

describe("the check of a run", () => {
  it("is kept once, however often it is made", async () => {
    const { runKey, sweepId } = await runningRun();
    await ingestMetrics(db, { runKey, attempt: 1, rows: rates(0.1) });
    await finish(runKey);
    const first = await checkRun(db, runKey, 1);
    expect(first).toMatchObject({ status: "failed", findings: [{ kind: "peak", tensors: ["hidden.weight"], expected: 0.05, used: 0.1 }] });
    expect(await checkRun(db, runKey, 1)).toEqual(first);
    expect(await rows(runKey)).toMatchObject([{ attempt: 1, status: "failed", version: 1 }]);
    expect((await readRunChecks(db, [runKey])).get(runKey)).toEqual(first);
    expect(await countFailedChecks(db, [sweepId])).toBe(1);
  });

  it("is made and kept when it is asked for, of runs that ended before there was one", async () => {
    const { runKey, sweepId } = await runningRun();
    await ingestMetrics(db, { runKey, attempt: 1, rows: rates(0.05) });
    await finish(runKey);
    expect(await rows(runKey)).toEqual([]);
    expect((await readRunChecks(db, [runKey])).get(runKey)).toMatchObject({ status: "passed" });
    expect(await rows(runKey)).toMatchObject([{ status: "passed" }]);
    expect(await countFailedChecks(db, [sweepId])).toBe(0);
  });

  it("that cannot be read is an error, not a pass", async () => {
    const { runKey } = await runningRun();
    await finish(runKey);
    const check = await checkRun(db, runKey, 1);
    expect(check.status).toBe("not-logged");
    await db
      .updateTable("runChecks")
      .set({ content: JSON.stringify({ status: "passed" }) })
      .where("runKey", "=", runKey)
      .execute();
    await expect(readRunChecks(db, [runKey])).rejects.toMatchObject({ code: "STORED_VALUE_INVALID" });
    await db.deleteFrom("runChecks").where("runKey", "=", runKey).execute();
    expect((await readRunChecks(db, [runKey])).get(runKey)).toEqual(check);
  });

  it("is refused for an attempt that was replaced", async () => {
    const { runKey } = await runningRun();
    await preempt(runKey, 1);
    await nextAttempt(runKey);
    await expect(checkRun(db, runKey, 1)).rejects.toMatchObject({ kind: "conflict", code: "ATTEMPT_FENCED" });
    expect(await rows(runKey)).toEqual([]);
  });

  it("is not made before a run has a result", async () => {
    const { runKey } = await runningRun();
    await ingestMetrics(db, { runKey, attempt: 1, rows: rates(0.1) });
    expect(await readRunChecks(db, [runKey])).toEqual(new Map());
  });

  it("looks at what is visible: a resumed attempt hides what it trained again", async () => {
    const { runKey } = await runningRun();
    await ingestMetrics(db, { runKey, attempt: 1, rows: [...rates(0.05, [1, 2]), ...rates(0.9, [3, 4])] });
    await preempt(runKey, 1);
    const attempt = await nextAttempt(runKey, "/checkpoints/2");
    await recordFirstStep(db, runKey, attempt, 3);
    await ingestMetrics(db, { runKey, attempt, rows: rates(0.05, [3, 4, 5]) });
    await finish(runKey, attempt);
    expect(await checkRun(db, runKey, attempt)).toMatchObject({ status: "passed", compared: { learningRate: { points: 5 } } });
  });

  it("names the attempt that went wrong", async () => {
    const { runKey } = await runningRun();
    await ingestMetrics(db, { runKey, attempt: 1, rows: rates(0.05, [1, 2]) });
    await preempt(runKey, 1);
    const attempt = await nextAttempt(runKey, "/checkpoints/2");
    await recordFirstStep(db, runKey, attempt, 3);
    await ingestMetrics(db, { runKey, attempt, rows: rates(0.2, [3, 4]) });
    await finish(runKey, attempt);
    expect(await checkRun(db, runKey, attempt)).toMatchObject({ status: "failed", findings: [{ attempt: 2, step: 3, ratio: 4 }] });
  });
});

describe("a long curve", () => {
  it("is thinned to about as many steps as asked, with its beginning, its end and step 0", async () => {
    const { runKey } = await runningRun();
    await ingestMetrics(db, {
      runKey,
      attempt: 1,
      rows: Array.from({ length: 10_001 }, (_, step) => [
        { name: "learningRate/hidden", step, value: 0.05 },
        { name: "loss", step, value: 1 },
      ]).flat(),
    });
    const sample = await sampleMetrics(db, runKey, ["learningRate/"], 100);
    expect(sample.every(({ name }) => name === "learningRate/hidden")).toBe(true);
    expect(sample.slice(0, 20).map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, step) => step));
    expect(sample.at(-1)?.step).toBe(10_000);
    expect(sample.length).toBeGreaterThan(100);
    expect(sample.length).toBeLessThan(125);
    expect(await sampleMetrics(db, runKey, ["learningRate/"], 100)).toEqual(sample);
    expect(await sampleMetrics(db, runKey, ["learningRate/", "loss"], 1e6)).toHaveLength(20_002);
  });
});
