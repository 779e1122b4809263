import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type StudySpecInput, studySpecSchema } from "../../../analysis/study/study-spec.ts";
import { exitCodeOfStudy } from "../../../cli/live-view.ts";
import { readSettings } from "../../../infra/settings.ts";
import { controlStudy } from "../../../operations/control-study.ts";
import { extendStudy } from "../../../operations/extend-study.ts";
import { type FollowEnd, followProgress } from "../../../operations/follow-study.ts";
import { listStudyProgress } from "../../../operations/list-studies.ts";
import { prepareSpec, type PreparedStudy } from "../../../operations/prepare-study.ts";
import { findLog, readLog } from "../../../operations/read-logs.ts";
import { readStudyProgress } from "../../../operations/read-study-progress.ts";
import { retryStudy } from "../../../operations/retry-study.ts";
import type { Session } from "../../../operations/session.ts";
import { showStudy } from "../../../operations/show-study.ts";
import type { StudyProgress } from "../../../operations/study-progress.ts";
import { submitStudy } from "../../../operations/submit-study.ts";
import {
  createInstallation,
  fastTrainer,
  type Installation,
  startTestServers,
  type TestServers,
  until,
} from "../execution/installation.ts";

let servers: TestServers;
let installation: Installation;
let session: Session;
const never = new AbortController().signal;

beforeAll(async () => {
  servers = await startTestServers();
  installation = await createInstallation(servers);
  installation.startWorker();
  const { client, db } = installation;
  session = {
    settings: readSettings({ PATH: process.env["PATH"] }, "/nowhere"),
    db,
    temporal: () => Promise.resolve({ client, close: () => Promise.resolve() }),
  };
});
afterAll(async () => {
  await installation.close();
  await servers.stop();
});

function prepare(study: string, changes: Partial<StudySpecInput> = {}): Promise<PreparedStudy> {
  const spec = studySpecSchema.parse({
    study,
    trainer: { command: [process.execPath, fastTrainer] },
    model: { architecture: "custom", tensors: [{ name: "hidden", role: "hidden", shape: ["width", "width"] }] },
    data: { kind: "external", id: study },
    optimizer: { name: "sgd", momentum: 0 },
    base: { width: 8 },
    scales: { width: [8, 16], depth: 1, headDimension: 1, batchSizeTokens: 32, tokenHorizon: 3200 },
    parametrizations: ["sp"],
    space: { learningRate: { log2: { from: -8, to: -6, step: 1 } } },
    seeds: [1],
    executor: { name: "local", slots: 2 },
    ...changes,
  });
  return prepareSpec(session.settings, spec, "/nowhere");
}

function follow(study: string): Promise<{ readonly progress: StudyProgress; readonly end: FollowEnd }> {
  return followProgress({
    read: () => readStudyProgress(session, study),
    onProgress: () => undefined,
    interrupted: never,
    timeoutSeconds: 60,
    intervalMilliseconds: 50,
  });
}

async function startsOf(study: string): Promise<number> {
  const progress = await showStudy(session, study);
  const journal = await installation.journal();
  const keys = new Set((await listRunKeys(progress.progress.study)).map((key) => key));
  return journal.filter((line) => line.event === "start" && keys.has(line.runKey)).length;
}

async function listRunKeys(study: string): Promise<readonly string[]> {
  const rows = await installation.db
    .selectFrom("trialRuns")
    .innerJoin("trials", "trials.id", "trialRuns.trialId")
    .innerJoin("sweeps", "sweeps.id", "trials.sweepId")
    .innerJoin("studies", "studies.id", "sweeps.studyId")
    .select("trialRuns.runKey")
    .where("studies.name", "=", study)
    .execute();
  return rows.map((row) => row.runKey);
}

describe("a submitted study", () => {
  it("runs to its end; submitted again it trains nothing; a wider grid trains only what is new", async () => {
    const first = await submitStudy(session, await prepare("grid"));
    expect(first).toMatchObject({ sweepNumber: 1, unchanged: false, plan: { totals: { runs: 6, new: 6, reused: 0 } } });
    const { progress, end } = await follow("grid");
    expect([end, exitCodeOfStudy(progress, end, never)]).toEqual(["settled", 0]);
    expect(progress).toMatchObject({ state: "finished", totals: { finished: 6 }, eta: { seconds: 0 } });
    expect(await startsOf("grid")).toBe(6);

    expect(await submitStudy(session, await prepare("grid"))).toMatchObject({
      unchanged: true,
      sweepId: first.sweepId,
      state: "finished",
      plan: { totals: { reused: 6, toTrain: 0 } },
    });

    const wider = await submitStudy(session, await prepare("grid", { space: { learningRate: { log2: { from: -9, to: -6, step: 1 } } } }));
    expect(wider).toMatchObject({ sweepNumber: 2, unchanged: false, plan: { totals: { runs: 8, new: 2, reused: 6 } } });
    expect((await follow("grid")).progress).toMatchObject({ state: "finished", totals: { total: 8, finished: 8, reused: 6 } });
    expect(await startsOf("grid")).toBe(8);
    expect((await listStudyProgress(session, 1))[0]?.study).toBe("grid");
  });

  it("is not written at all when its user says no", async () => {
    const refusal = new Error("no");
    await expect(submitStudy(session, await prepare("refused"), { confirm: () => Promise.reject(refusal) })).rejects.toBe(refusal);
    await expect(readStudyProgress(session, "refused")).rejects.toMatchObject({ code: "STUDY_NOT_FOUND" });
  });

  it("pauses with its reason while running runs finish, and goes on", async () => {
    await submitStudy(session, await prepare("pausing", { hyperparameters: { steps: 20, stepMs: 25 } }));
    await until(
      () => readStudyProgress(session, "pausing"),
      ({ totals }) => totals.running > 0,
    );
    expect(await controlStudy(session, "pausing", "pause", { reason: "the machine is needed" })).toMatchObject({
      changed: true,
      sweeps: [{ after: "paused" }],
    });
    expect(await controlStudy(session, "pausing", "pause", { reason: "again" })).toMatchObject({ changed: false });
    const { progress, end } = await follow("pausing");
    expect([end, exitCodeOfStudy(progress, end, never)]).toEqual(["idle", 12]);
    expect(progress.why).toContain("the machine is needed");
    expect(progress.totals.queued).toBeGreaterThan(0);
    await controlStudy(session, "pausing", "resume", { reason: "it is free" });
    expect((await follow("pausing")).progress).toMatchObject({ state: "finished", totals: { finished: 6 } });
    expect(await startsOf("pausing")).toBe(6);
  });

  it("is cancelled with its results kept, and a retry runs only what has no result", async () => {
    await submitStudy(session, await prepare("cancelling", { hyperparameters: { steps: 20, stepMs: 25 } }));
    const { totals } = await until(
      () => readStudyProgress(session, "cancelling"),
      (progress) => progress.totals.finished > 0,
    );
    await controlStudy(session, "cancelling", "cancel", { reason: "wrong data" });
    const cancelled = await follow("cancelling");
    expect(exitCodeOfStudy(cancelled.progress, cancelled.end, never)).toBe(13);
    expect(cancelled.progress.totals.finished).toBeGreaterThanOrEqual(totals.finished);
    expect(await controlStudy(session, "cancelling", "cancel", { reason: "again" })).toMatchObject({ changed: false });
    await expect(controlStudy(session, "cancelling", "pause", { reason: "too late" })).rejects.toMatchObject({
      kind: "conflict",
      code: "STUDY_ENDED",
    });
    const retried = await retryStudy(session, "cancelling", "right data after all");
    // The study ends as cancelled while its last runs are still being stopped; the retry has waited for those.
    expect(retried.runs).toBeGreaterThanOrEqual(cancelled.progress.totals.cancelled);
    expect(retried.runs).toBeLessThanOrEqual(6 - cancelled.progress.totals.finished);
    expect((await follow("cancelling")).progress).toMatchObject({ state: "finished", totals: { finished: 6, cancelled: 0 } });
    const finishedTwice = (await installation.journal()).filter((line) => line.event === "end").map((line) => line.runKey);
    expect(new Set(finishedTwice).size).toBe(finishedTwice.length);
  });

  it("that failed says so with 13, names the failure, shows its log, and is retried on request only", async () => {
    await submitStudy(
      session,
      await prepare("failing", {
        scales: { width: 8, depth: 1, headDimension: 1, batchSizeTokens: 32, tokenHorizon: 3200 },
        space: { learningRate: { values: [0.01] }, crashAtStep: { values: [1, 9] } },
      }),
    );
    const { progress, end } = await follow("failing");
    expect(exitCodeOfStudy(progress, end, never)).toBe(13);
    expect(progress).toMatchObject({ totals: { finished: 1, failed: 1 }, why: expect.stringContaining("1 failed") as unknown });
    const [failure] = (await showStudy(session, "failing")).failures;
    expect(failure).toMatchObject({ errorClass: "trainer-bug" });
    const log = await findLog(session, failure?.runKey.slice(0, 12) ?? "", "stderr");
    let text = "";
    for await (const part of readLog(session, log, true, never)) text += part;
    expect(text).toContain("RuntimeError: shapes do not match at step 1");
    expect(
      await submitStudy(
        session,
        await prepare("failing", {
          scales: { width: 8, depth: 1, headDimension: 1, batchSizeTokens: 32, tokenHorizon: 3200 },
          space: { learningRate: { values: [0.01] }, crashAtStep: { values: [1, 9] } },
        }),
      ),
    ).toMatchObject({ unchanged: true, toRetry: 1 });
    expect((await retryStudy(session, "failing", "once more")).runs).toBe(1);
    expect((await follow("failing")).progress.totals).toMatchObject({ finished: 1, failed: 1 });
    await expect(findLog(session, "ffffffffff", "stdout")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  });

  it("is extended by seeds, widths and grid values after its end, and keeps what it has", async () => {
    await submitStudy(session, await prepare("extending"));
    await follow("extending");
    const result = await extendStudy(session, "extending", {
      seeds: [2],
      widths: [32],
      widen: { hyperparameter: "learningRate", from: -9 },
      concurrency: 3,
      reason: "undecided",
    });
    expect(result).toMatchObject({ concurrency: 3, plan: { totals: { runs: 24, reused: 6, new: 18 } } });
    expect((await follow("extending")).progress).toMatchObject({ state: "finished", totals: { total: 24, finished: 24 }, slots: 3 });
    expect(await startsOf("extending")).toBe(24);
    await expect(extendStudy(session, "extending", { reason: "nothing" })).rejects.toMatchObject({ code: "EXTENSION_EMPTY" });
    await expect(
      extendStudy(session, "extending", { reason: "off the grid", widen: { hyperparameter: "learningRate", from: -8.5 } }),
    ).rejects.toMatchObject({ code: "EXTENSION_INVALID" });
  });

  it("pauses at its budget and goes on when the budget is raised", async () => {
    await submitStudy(session, await prepare("budget", { budget: { runs: 4 } }));
    const { progress, end } = await follow("budget");
    expect(end).toBe("idle");
    expect(progress.why).toMatch(/budget/);
    expect(progress.totals.finished).toBe(4);
    await extendStudy(session, "budget", { budget: { runs: 6 }, reason: "approved" });
    expect((await follow("budget")).progress).toMatchObject({ state: "finished", totals: { finished: 6 } });
  });
});
