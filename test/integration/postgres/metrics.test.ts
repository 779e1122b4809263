import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { finishAttempt } from "../../../infra/postgres/attempt-ends.ts";
import { claimAttempt, recordSubmission } from "../../../infra/postgres/attempts.ts";
import type { LadderDatabase } from "../../../infra/postgres/connect.ts";
import {
  ingestMetrics,
  listBadLines,
  readMetrics,
  recordBadLines,
  recordFirstStep,
  type MetricRow,
} from "../../../infra/postgres/metrics.ts";
import { exampleRequest, insertExampleRun } from "./example-study.ts";
import { createTestDatabase, startTestPostgres, type TestDatabase, type TestPostgres } from "./server.ts";

let server: TestPostgres;
let database: TestDatabase;
let db: LadderDatabase;
let width = 3000;

beforeAll(async () => {
  server = await startTestPostgres();
  database = await createTestDatabase(server.url);
  db = database.db;
});
afterAll(async () => {
  await database.close();
  await server.stop();
});

/** A run with its first attempt running. */
async function runningRun(): Promise<string> {
  const runKey = await insertExampleRun(db, (width += 1));
  await nextAttempt(runKey);
  return runKey;
}

async function nextAttempt(runKey: string, resumeFrom: string | null = null): Promise<number> {
  const { attempt, attemptKey } = await claimAttempt(db, { ...exampleRequest, runKey });
  await recordSubmission(db, attemptKey, { jobId: String(attempt), resumeFrom });
  return attempt;
}

const preempt = (runKey: string, attempt: number) =>
  finishAttempt(db, { runKey, attempt, attemptState: "preempted", runState: "preempted" });
const points = async (runKey: string, options?: { readonly name?: string; readonly includeShadowed?: boolean }) =>
  (await readMetrics(db, runKey, options)).map(({ attempt, step, value, shadowed }) => [attempt, step, value, shadowed]);

describe("ingesting metrics", () => {
  it("20,000 rows twice are the same 20,000 rows", async () => {
    const runKey = await runningRun();
    const rows: MetricRow[] = Array.from({ length: 20_000 }, (_, index) => ({
      name: index % 2 === 0 ? "loss" : "learningRate/hidden",
      step: Math.floor(index / 2),
      value: 1 / (index + 1),
      tokens: index * 32,
    }));
    expect(await ingestMetrics(db, { runKey, attempt: 1, rows })).toBe(20_000);
    const first = await readMetrics(db, runKey);
    expect(await ingestMetrics(db, { runKey, attempt: 1, rows })).toBe(20_000);
    const second = await readMetrics(db, runKey);
    expect(second).toHaveLength(20_000);
    expect(second).toEqual(first);
    expect(second.filter((point) => point.name === "loss").map((point) => point.value)).toEqual(
      rows.filter((row) => row.name === "loss").map((row) => row.value),
    );
  });

  it("keeps NaN, infinities and the smallest numbers as they are; the last write wins, within a batch too", async () => {
    const runKey = await runningRun();
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 0.1 + 0.2, -1e308];
    await ingestMetrics(db, { runKey, attempt: 1, rows: values.map((value, step) => ({ name: "loss", step, value })) });
    expect((await readMetrics(db, runKey)).map((point) => point.value)).toEqual(values);
    await ingestMetrics(db, {
      runKey,
      attempt: 1,
      rows: [
        { name: "loss", step: 0, value: 7 },
        { name: "loss", step: 0, value: 8, tokens: 32 },
      ],
    });
    expect((await readMetrics(db, runKey))[0]).toEqual({ attempt: 1, name: "loss", step: 0, value: 8, tokens: 32, shadowed: false });
  });

  it("takes going back in step, and nothing at all", async () => {
    const runKey = await runningRun();
    expect(await ingestMetrics(db, { runKey, attempt: 1, rows: [] })).toBe(0);
    await ingestMetrics(db, { runKey, attempt: 1, rows: [{ name: "loss", step: 9, value: 9 }] });
    await ingestMetrics(db, { runKey, attempt: 1, rows: [{ name: "loss", step: 3, value: 3 }] });
    expect(await points(runKey)).toEqual([
      [1, 3, 3, false],
      [1, 9, 9, false],
    ]);
  });

  it("refuses everything from an attempt that was replaced, and writes no row of it", async () => {
    const runKey = await runningRun();
    await preempt(runKey, 1);
    await nextAttempt(runKey);
    const refused = { kind: "conflict", code: "ATTEMPT_FENCED" };
    await expect(ingestMetrics(db, { runKey, attempt: 1, rows: [{ name: "loss", step: 1, value: 1 }] })).rejects.toMatchObject(refused);
    await expect(
      recordBadLines(db, { runKey, attempt: 1, lines: [{ lineNumber: 1, text: "?", reason: "no JSON" }] }),
    ).rejects.toMatchObject(refused);
    await expect(recordFirstStep(db, runKey, 1, 3)).rejects.toMatchObject(refused);
    await expect(ingestMetrics(db, { runKey, attempt: 3, rows: [{ name: "loss", step: 1, value: 1 }] })).rejects.toMatchObject({
      kind: "missing",
      code: "ATTEMPT_NOT_FOUND",
    });
    expect(await points(runKey, { includeShadowed: true })).toEqual([]);
  });

  it("a claim that comes while an old attempt writes waits: every row is before the fence or refused", async () => {
    const runKey = await runningRun();
    const writing = Array.from({ length: 40 }, (_, step) =>
      ingestMetrics(db, { runKey, attempt: 1, rows: [{ name: "loss", step, value: step }] }).then(
        () => "written",
        (error: unknown) => (error instanceof Error && "code" in error ? error.code : error),
      ),
    );
    const taken = preempt(runKey, 1).then(() => nextAttempt(runKey));
    const outcomes = await Promise.all(writing);
    await taken;
    expect(outcomes.every((outcome) => outcome === "written" || outcome === "ATTEMPT_FENCED")).toBe(true);
    expect(await points(runKey, { includeShadowed: true })).toHaveLength(outcomes.filter((outcome) => outcome === "written").length);
  });

  it("is all or nothing: one bad row leaves none of its batch", async () => {
    const runKey = await runningRun();
    const rows = Array.from({ length: 3000 }, (_, step) => ({ name: "loss", step: step === 2999 ? -1 : step, value: 1 }));
    await expect(ingestMetrics(db, { runKey, attempt: 1, rows })).rejects.toMatchObject({ kind: "defect", code: "CONSTRAINT_BROKEN" });
    expect(await points(runKey)).toEqual([]);
  });
});

describe("reading the curve of a resumed run", () => {
  const curve = (attempt: number, from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => ({ name: "loss", step: from + index, value: attempt }));

  it("hides what was trained again and keeps it", async () => {
    const runKey = await runningRun();
    await ingestMetrics(db, { runKey, attempt: 1, rows: curve(1, 0, 5) });
    await preempt(runKey, 1);
    await nextAttempt(runKey, "/c/3");
    await recordFirstStep(db, runKey, 2, 3);
    expect(await points(runKey)).toEqual([
      [1, 0, 1, false],
      [1, 1, 1, false],
      [1, 2, 1, false],
    ]);
    await ingestMetrics(db, { runKey, attempt: 2, rows: curve(2, 3, 4) });
    expect(await points(runKey)).toEqual([
      [1, 0, 1, false],
      [1, 1, 1, false],
      [1, 2, 1, false],
      [2, 3, 2, false],
      [2, 4, 2, false],
    ]);
    expect((await points(runKey, { includeShadowed: true })).filter(([, , , shadowed]) => shadowed)).toEqual([
      [1, 3, 1, true],
      [1, 4, 1, true],
      [1, 5, 1, true],
    ]);
    await preempt(runKey, 2);
    await nextAttempt(runKey, "/c/1");
    await recordFirstStep(db, runKey, 3, 1);
    await ingestMetrics(db, { runKey, attempt: 3, rows: curve(3, 1, 1) });
    expect(await points(runKey)).toEqual([
      [1, 0, 1, false],
      [3, 1, 3, false],
    ]);
  });

  it("an attempt that started afresh hides all older ones, but only once it has a point", async () => {
    const runKey = await runningRun();
    await ingestMetrics(db, { runKey, attempt: 1, rows: curve(1, 0, 1) });
    await preempt(runKey, 1);
    await nextAttempt(runKey);
    expect(await points(runKey)).toHaveLength(2);
    await ingestMetrics(db, { runKey, attempt: 2, rows: curve(2, 1, 1) });
    expect(await points(runKey)).toEqual([[2, 1, 2, false]]);
  });

  it("an attempt that resumed without saying so hides from its first point on", async () => {
    const runKey = await runningRun();
    await ingestMetrics(db, { runKey, attempt: 1, rows: curve(1, 0, 3) });
    await preempt(runKey, 1);
    await nextAttempt(runKey, "/c/2");
    await ingestMetrics(db, { runKey, attempt: 2, rows: curve(2, 2, 2) });
    expect(await points(runKey)).toEqual([
      [1, 0, 1, false],
      [1, 1, 1, false],
      [2, 2, 2, false],
    ]);
  });

  it("one name at a time, when asked", async () => {
    const runKey = await runningRun();
    await ingestMetrics(db, {
      runKey,
      attempt: 1,
      rows: [
        { name: "loss", step: 0, value: 1 },
        { name: "rms/embedding", step: 0, value: 2 },
      ],
    });
    expect(await points(runKey, { name: "rms/embedding" })).toEqual([[1, 0, 2, false]]);
  });
});

it("bad lines are kept once, cut at 2,000 characters and without NUL", async () => {
  const runKey = await runningRun();
  const lines = [
    { lineNumber: 4, text: `\u0000${"x".repeat(5000)}`, reason: "no JSON" },
    { lineNumber: 2, text: '{"step":', reason: "cut off" },
  ];
  await recordBadLines(db, { runKey, attempt: 1, lines });
  await recordBadLines(db, { runKey, attempt: 1, lines });
  expect(await listBadLines(db, runKey)).toEqual([
    { attempt: 1, lineNumber: 2, text: '{"step":', reason: "cut off" },
    { attempt: 1, lineNumber: 4, text: `\uFFFD${"x".repeat(1999)}`, reason: "no JSON" },
  ]);
});
