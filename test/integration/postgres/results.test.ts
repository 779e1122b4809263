import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cancelRun, finishAttempt } from "../../../infra/postgres/attempt-ends.ts";
import { claimAttempt, recordSubmission } from "../../../infra/postgres/attempts.ts";
import type { LadderDatabase } from "../../../infra/postgres/connect.ts";
import { getFit, insertFit, listFits } from "../../../infra/postgres/fits.ts";
import { getRecommendation, insertRecommendation, listRecommendations } from "../../../infra/postgres/recommendations.ts";
import { studyResults } from "../../../infra/postgres/results.ts";
import { sweepProgress } from "../../../infra/postgres/sweep-progress.ts";
import { createSweepOrGet } from "../../../infra/postgres/sweeps.ts";
import { insertTrials } from "../../../infra/postgres/trials.ts";
import {
  exampleData,
  exampleRequest,
  exampleSpec,
  exampleTrainer,
  exampleTrial,
  exampleTrials,
  insertExampleSweep,
} from "./example-study.ts";
import { createTestDatabase, startTestPostgres, type TestDatabase, type TestPostgres } from "./server.ts";

let server: TestPostgres;
let database: TestDatabase;
let db: LadderDatabase;

beforeAll(async () => {
  server = await startTestPostgres();
  database = await createTestDatabase(server.url);
  db = database.db;
});
afterAll(async () => {
  await database.close();
  await server.stop();
});

async function endRun(runKey: string, end: { readonly loss: number } | "diverged" | "failed", on = db): Promise<void> {
  const { attempt, attemptKey } = await claimAttempt(on, { ...exampleRequest, runKey });
  await recordSubmission(on, attemptKey, { jobId: runKey });
  const what =
    typeof end === "string" ? { attemptState: end, runState: end } : ({ attemptState: "finished", runState: "finished", ...end } as const);
  await finishAttempt(on, { runKey, attempt, ...what, cpuSeconds: 2, tokens: end === "diverged" ? 1600 : 3200 });
}

const sweepOf = (studyId: string, study: string, specHash: string, trainer = exampleTrainer) =>
  createSweepOrGet(db, { studyId, spec: exampleSpec(study), specHash, data: exampleData, trainer, concurrency: 1 });

describe("results of a study", () => {
  it("are one row per trial and seed; a shared run appears once per trial; runs without an end do not appear", async () => {
    const fresh = await createTestDatabase(server.url);
    const { sweep, runKeys } = await insertExampleSweep(fresh.db);
    expect(runKeys).toHaveLength(12);
    expect(await studyResults(fresh.db, sweep.studyId)).toEqual([]);
    for (const [index, runKey] of runKeys.entries()) await endRun(runKey, index === 0 ? "diverged" : { loss: 1 + index / 10 }, fresh.db);
    const results = await studyResults(fresh.db, sweep.studyId);
    expect(results).toHaveLength(16);
    expect(
      results.map(({ parametrization, scale, hyperparameters, seed }) => [
        parametrization,
        scale.width,
        hyperparameters["learningRate"],
        seed,
      ]),
    ).toEqual(
      ["mup", "sp"].flatMap((parametrization) =>
        [16, 32].flatMap((width) =>
          [0.01, 0.1].flatMap((learningRate) => [1, 2].map((seed) => [parametrization, width, learningRate, seed])),
        ),
      ),
    );
    const [first] = results;
    expect(first).toEqual({
      runKey: runKeys[0],
      parametrization: "mup",
      hyperparameters: { learningRate: 0.01 },
      scale: exampleTrials[0]?.scale,
      seed: 1,
      state: "diverged",
      loss: null,
      cluster: runKeys[0],
    });
    expect(results.find((result) => result.parametrization === "sp" && result.runKey === runKeys[1])?.loss).toBe(1.1);
    await fresh.close();
  });

  it("of a narrow and a wide sweep are joined without doubles; those of another trainer are left out", async () => {
    const cells = [0.41, 0.42, 0.43].map((learningRate) => exampleTrial({ parametrization: "sp", width: 64, learningRate, seeds: [1] }));
    const { sweep, runKeys } = await insertExampleSweep(db, cells.slice(0, 2), "widened");
    for (const runKey of runKeys) await endRun(runKey, { loss: 2 });
    const { sweep: wide } = await sweepOf(sweep.studyId, "widened", "wider");
    const inserted = await insertTrials(db, wide.id, cells);
    expect([inserted.createdRunKeys.length, inserted.reusedRunKeys.length]).toEqual([1, 2]);
    for (const runKey of inserted.createdRunKeys) await endRun(runKey, { loss: 3 });
    expect((await studyResults(db, sweep.studyId)).map((result) => result.loss)).toEqual([2, 2, 3]);
    expect((await studyResults(db, sweep.studyId, { sweepIds: [sweep.id] })).map((result) => result.loss)).toEqual([2, 2]);

    const { sweep: changed } = await sweepOf(sweep.studyId, "widened", "wider", { ...exampleTrainer, programDigest: "c".repeat(64) });
    expect(changed.number).toBe(3);
    expect(await studyResults(db, sweep.studyId)).toEqual([]);
  });

  it("leave cancelled runs out and keep failed ones, without a loss", async () => {
    const cells = [0.51, 0.52].map((learningRate) => exampleTrial({ parametrization: "sp", width: 64, learningRate, seeds: [1] }));
    const { sweep, runKeys } = await insertExampleSweep(db, cells);
    await endRun(runKeys[0] ?? "", "failed");
    await cancelRun(db, runKeys[1] ?? "");
    expect((await studyResults(db, sweep.studyId)).map(({ state, loss }) => [state, loss])).toEqual([["failed", null]]);
  });
});

describe("progress of a sweep", () => {
  it("counts each state, shared and reused runs, the best value and what was spent", async () => {
    const fresh = await createTestDatabase(server.url);
    const { runKeys: before } = await insertExampleSweep(fresh.db, [
      exampleTrial({ parametrization: "sp", width: 32, learningRate: 0.01 }),
    ]);
    for (const runKey of before) await endRun(runKey, { loss: 4 }, fresh.db);
    const { sweep } = await insertExampleSweep(fresh.db);
    const key = (parametrization: string, width: number, learningRate: number, seed: number) =>
      exampleTrials
        .find(
          (trial) =>
            trial.parametrization === parametrization &&
            trial.scale.width === width &&
            trial.hyperparameters["learningRate"] === learningRate,
        )
        ?.runs.find((run) => run.seed === seed)?.runKey ?? "";
    await endRun(key("mup", 16, 0.1, 1), { loss: 3 }, fresh.db);
    await endRun(key("mup", 16, 0.1, 2), { loss: 2.5 }, fresh.db);
    await endRun(key("mup", 32, 0.1, 1), "diverged", fresh.db);
    await endRun(key("mup", 32, 0.1, 2), "failed", fresh.db);
    await claimAttempt(fresh.db, { ...exampleRequest, runKey: key("mup", 32, 0.01, 1) });
    await cancelRun(fresh.db, key("mup", 32, 0.01, 2));

    const progress = await sweepProgress(fresh.db, sweep.id);
    const none = { total: 4, finished: 0, running: 0, queued: 0, failed: 0, diverged: 0, cancelled: 0, reused: 0, shared: 0 };
    expect(progress.cells.map(({ parametrization, scale, ...cell }) => [parametrization, scale.width, cell])).toEqual([
      ["mup", 16, { ...none, finished: 2, queued: 2, shared: 4, bestLoss: 2.5, bestHyperparameters: { learningRate: 0.1 } }],
      ["mup", 32, { ...none, diverged: 1, failed: 1, running: 1, cancelled: 1, bestLoss: null, bestHyperparameters: null }],
      ["sp", 16, { ...none, finished: 2, queued: 2, shared: 4, bestLoss: 2.5, bestHyperparameters: { learningRate: 0.1 } }],
      ["sp", 32, { ...none, finished: 2, queued: 2, reused: 2, bestLoss: 4, bestHyperparameters: { learningRate: 0.01 } }],
    ]);
    expect(progress.runs).toEqual({
      total: 12,
      finished: 4,
      running: 1,
      queued: 4,
      failed: 1,
      diverged: 1,
      cancelled: 1,
      reused: 2,
      shared: 4,
    });
    const flops = (width: number) => 6 * 12 * width * 3200;
    expect(progress.spent).toEqual({ cpuSeconds: 8, trainingFlops: 2 * flops(16) + 0.5 * flops(32) + flops(32) });
    expect(progress.remainingTrainingFlops).toBe(2 * flops(16) + 3 * flops(32));
    expect(progress.recentRuns.map((run) => run.runKey).sort()).toEqual([key("mup", 16, 0.1, 1), key("mup", 16, 0.1, 2)].sort());
    expect(progress.recentRuns.every((run) => run.seconds >= 0 && run.seconds < 60)).toBe(true);
    await fresh.close();
  });

  it("of a sweep without trials is empty; of one that does not exist is missing", async () => {
    const { sweep } = await insertExampleSweep(db, []);
    const progress = await sweepProgress(db, sweep.id);
    expect([progress.cells, progress.runs.total, progress.recentRuns, progress.remainingTrainingFlops]).toEqual([[], 0, [], 0]);
    await expect(sweepProgress(db, "nope")).rejects.toMatchObject({ kind: "missing", code: "SWEEP_NOT_FOUND" });
  });
});

describe("fits and recommendations", () => {
  it("are stored once by content, link to what they rest on, and refuse what does not exist", async () => {
    const { sweep, runKeys } = await insertExampleSweep(db);
    const fit = {
      study: "by-name",
      studyId: sweep.studyId,
      law: "optimum-drift",
      rowsHash: "rows",
      content: { slope: -0.98, interval: [-1.1, -0.9], ["constructor"]: 1 },
      codeVersion: "0.1.0",
      runKeys,
    };
    const fitId = await insertFit(db, fit);
    expect(fitId).toMatch(/^fit-[0-9a-f]{10}$/);
    expect(await insertFit(db, { ...fit, runKeys: [...runKeys].reverse() })).toBe(fitId);
    expect(await insertFit(db, { ...fit, content: { slope: -0.97 } })).not.toBe(fitId);
    expect(await getFit(db, fitId)).toMatchObject({ ...fit, id: fitId, runKeys: [...runKeys].sort() });
    expect(await listFits(db, "by-name")).toHaveLength(2);

    const recommendation = {
      studyId: sweep.studyId,
      content: { value: 0.015625, regret: null },
      codeVersion: "0.1.0",
      fitIds: [fitId],
      runKeys: runKeys.slice(0, 2),
    };
    const ids = await Promise.all(Array.from({ length: 8 }, () => insertRecommendation(db, recommendation)));
    expect(new Set(ids).size).toBe(1);
    const id = ids[0] ?? "";
    expect(await getRecommendation(db, id)).toMatchObject({
      id,
      content: recommendation.content,
      fitIds: [fitId],
      runKeys: [...recommendation.runKeys].sort(),
    });
    expect((await listRecommendations(db, sweep.studyId)).map((row) => row.id)).toEqual([id]);
    await expect(getRecommendation(db, `${id.slice(0, -1)}x`)).rejects.toMatchObject({
      kind: "missing",
      code: "RECOMMENDATION_NOT_FOUND",
      hint: `did you mean ${id}?`,
    });
    await expect(insertRecommendation(db, { ...recommendation, fitIds: ["fit-0000000000"] })).rejects.toMatchObject({
      code: "FIT_NOT_FOUND",
    });
    await expect(insertFit(db, { ...fit, runKeys: ["0".repeat(32)] })).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    await expect(insertFit(db, { ...fit, studyId: "nope" })).rejects.toMatchObject({ code: "STUDY_NOT_FOUND" });
    await expect(insertFit(db, { ...fit, content: { slope: Number.NaN } })).rejects.toMatchObject({ kind: "defect" });
    await expect(insertFit(db, { ...fit, content: [1] })).rejects.toMatchObject({ code: "CONTENT_NOT_AN_OBJECT" });
  });
});
