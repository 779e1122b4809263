import { afterAll, beforeAll, expect, it } from "vitest";
import { finishAttempt } from "../../../infra/postgres/attempt-ends.ts";
import { claimAttempt } from "../../../infra/postgres/attempts.ts";
import type { LadderDatabase } from "../../../infra/postgres/connect.ts";
import { clusterRuns, listParents, listStages, recordStage } from "../../../infra/postgres/lineage.ts";
import { studyResults } from "../../../infra/postgres/results.ts";
import { exampleRequest, exampleTrial, insertExampleRun, insertExampleSweep } from "./example-study.ts";
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

it("runs of one trunk share a cluster, which analysis sees; a run has one trunk", async () => {
  const { sweep, runKeys } = await insertExampleSweep(db, [
    exampleTrial({ parametrization: "sp", width: 64, learningRate: 0.1, seeds: [1, 2, 3] }),
  ]);
  const [trunk = "", branch = "", alone = ""] = runKeys;
  expect(await clusterRuns(db, trunk, [branch])).toBe(trunk);
  expect(await clusterRuns(db, trunk, [branch])).toBe(trunk);
  for (const runKey of runKeys) {
    await claimAttempt(db, { ...exampleRequest, runKey });
    await finishAttempt(db, { runKey, attempt: 1, attemptState: "diverged", runState: "diverged" });
  }
  expect((await studyResults(db, sweep.studyId)).map((result) => result.cluster)).toEqual([trunk, trunk, alone]);
  await expect(clusterRuns(db, alone, [branch])).rejects.toMatchObject({ kind: "conflict", code: "RUN_IN_OTHER_CLUSTER" });
  await expect(clusterRuns(db, "0".repeat(32), [])).rejects.toMatchObject({ kind: "missing", code: "RUN_NOT_FOUND" });
});

it("parents and stages of a run are read back", async () => {
  const parent = await insertExampleRun(db, 5001);
  const child = exampleTrial({
    parametrization: "sp",
    width: 5002,
    learningRate: 0.1,
    seeds: [1],
    changes: { parents: [{ relation: "checkpoint", runKey: parent, path: "/c/9" }] },
  });
  const { runKeys } = await insertExampleSweep(db, [child]);
  const runKey = runKeys[0] ?? "";
  expect(await listParents(db, runKey)).toEqual([{ relation: "checkpoint", parentRunKey: parent, path: "/c/9" }]);
  const cooldown = { kind: "cooldown", number: 1, fromStep: 80, toStep: 100, details: { shape: "linear" } } as const;
  await recordStage(db, runKey, cooldown);
  await recordStage(db, runKey, { ...cooldown, toStep: 110 });
  await recordStage(db, runKey, { kind: "evaluation", number: 1, fromStep: 50, toStep: null, details: {} });
  expect((await listStages(db, runKey)).map(({ kind, fromStep, toStep }) => [kind, fromStep, toStep])).toEqual([
    ["evaluation", 50, null],
    ["cooldown", 80, 110],
  ]);
  await expect(recordStage(db, "0".repeat(32), cooldown)).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
});
