import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runKey } from "../../../analysis/study/run-key.ts";
import { cancelRun } from "../../../infra/postgres/attempt-ends.ts";
import { openDatabase, type LadderDatabase } from "../../../infra/postgres/connect.ts";
import { installationId } from "../../../infra/postgres/installation.ts";
import { findRuns, findRunsByPrefix, getRun, pendingRuns, priorRuns } from "../../../infra/postgres/runs.ts";
import { createStudyOrGet, getStudy, listStudies, setStudySpec } from "../../../infra/postgres/studies.ts";
import { listSweepEvents, setSweepBudget, setSweepConcurrency, setSweepState } from "../../../infra/postgres/sweep-changes.ts";
import { cancelPendingRuns, retryRunsOfSweep, sweepsWanting } from "../../../infra/postgres/sweep-runs.ts";
import { createSweepOrGet, getSweep, listOpenSweeps, listSweeps } from "../../../infra/postgres/sweeps.ts";
import { insertTrials, listTrials, trialHash } from "../../../infra/postgres/trials.ts";
import { exampleData, exampleSpec, exampleTrainer, exampleTrial, exampleTrials, insertExampleSweep } from "./example-study.ts";
import { createTestDatabase, startTestPostgres, type TestDatabase, type TestPostgres } from "./server.ts";

let server: TestPostgres;
let database: TestDatabase;
let db: LadderDatabase;

beforeAll(async () => {
  server = await startTestPostgres();
  database = await createTestDatabase(server.url, { poolSize: 24 });
  db = database.db;
});
afterAll(async () => {
  await database.close();
  await server.stop();
});

const newSweep = (studyId: string, name: string, specHash: string) => ({
  studyId,
  spec: exampleSpec(name),
  specHash,
  data: exampleData,
  trainer: exampleTrainer,
  concurrency: 2,
});

describe("studies", () => {
  it("are made once, however many submit them at once, and read back as they were written", async () => {
    const spec = exampleSpec("once");
    const studies = await Promise.all(Array.from({ length: 20 }, () => createStudyOrGet(db, { name: "once", spec })));
    expect(new Set(studies.map((study) => study.id)).size).toBe(1);
    expect((await getStudy(db, "once")).spec).toEqual(spec);
    expect((await listStudies(db)).map((study) => study.name)).toContain("once");
  });

  it("keep their spec until another one is set", async () => {
    const study = await createStudyOrGet(db, { name: "respecified", spec: exampleSpec("respecified") });
    const wider = exampleSpec("respecified", { target: { width: 4096 } });
    expect((await createStudyOrGet(db, { name: "respecified", spec: wider })).spec.target).toEqual({});
    await setStudySpec(db, study.id, wider);
    expect((await getStudy(db, "respecified")).spec.target).toEqual({ width: 4096 });
  });

  it("that do not exist are answered with the nearest names", async () => {
    await createStudyOrGet(db, { name: "width-transfer", spec: exampleSpec("width-transfer") });
    await expect(getStudy(db, "widht-transfer")).rejects.toMatchObject({
      kind: "missing",
      code: "STUDY_NOT_FOUND",
      hint: "did you mean width-transfer?",
    });
    await expect(getStudy(db, "qqqqqqqqqqqq")).rejects.toMatchObject({ fields: { near: [] } });
  });
});

describe("sweeps", () => {
  it("of one spec and trainer are one, however many submit it at once; others are numbered without gaps", async () => {
    const study = await createStudyOrGet(db, { name: "racing", spec: exampleSpec("racing") });
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, index) => createSweepOrGet(db, newSweep(study.id, "racing", `spec-${String(index % 3)}`))),
    );
    expect(results.filter((result) => result.created)).toHaveLength(3);
    const sweeps = await listSweeps(db, study.id);
    expect(sweeps.map((sweep) => sweep.number)).toEqual([1, 2, 3]);
    expect(sweeps[0]).toMatchObject({ state: "queued", trainer: exampleTrainer, data: exampleData, concurrency: 2, finishedAt: null });
    expect(sweeps[0]?.workflowId).toBe(`sweep-${String(sweeps[0]?.id)}`);
  });

  it("change state by compare-and-set, and every change is an event with its reason", async () => {
    const { sweep } = await insertExampleSweep(db);
    await setSweepState(db, sweep.id, { from: ["queued"], to: "running" });
    expect(await setSweepState(db, sweep.id, { from: ["running"], to: "paused", reason: "budget is spent" })).toMatchObject({
      state: "paused",
      reason: "budget is spent",
    });
    const refused = setSweepState(db, sweep.id, { from: ["running"], to: "finished" });
    await expect(refused).rejects.toMatchObject({ kind: "conflict", code: "SWEEP_STATE" });
    await expect(refused).rejects.toThrow("budget is spent");
    await setSweepState(db, sweep.id, { from: ["running"], to: "paused" });
    await setSweepConcurrency(db, sweep.id, 8, "more GPUs");
    await setSweepBudget(db, sweep.id, { runs: 5 });
    await expect(setSweepConcurrency(db, sweep.id, 0)).rejects.toMatchObject({ kind: "input", code: "CONCURRENCY_INVALID" });
    const finished = await setSweepState(db, sweep.id, { to: "finished" });
    expect(finished.finishedAt).toBeInstanceOf(Date);
    expect(finished).toMatchObject({ concurrency: 8, budget: { runs: 5 } });
    expect(await setSweepState(db, sweep.id, { to: "running", reason: "extended" })).toMatchObject({ finishedAt: null });
    expect((await listSweepEvents(db, sweep.id)).map(({ kind, toState, reason }) => [kind, toState, reason])).toEqual([
      ["created", null, null],
      ["trials", null, null],
      ["state", "running", null],
      ["state", "paused", "budget is spent"],
      ["concurrency", null, "more GPUs"],
      ["budget", null, null],
      ["state", "finished", null],
      ["state", "running", "extended"],
    ]);
  });

  it("that do not exist are missing", async () => {
    await expect(getSweep(db, "nope")).rejects.toMatchObject({ kind: "missing", code: "SWEEP_NOT_FOUND" });
    await expect(setSweepState(db, "nope", { to: "running" })).rejects.toMatchObject({ code: "SWEEP_NOT_FOUND" });
    await expect(insertTrials(db, "nope", exampleTrials)).rejects.toMatchObject({ code: "SWEEP_NOT_FOUND" });
  });

  it("that are open are found by a worker that knows none", async () => {
    const { sweep } = await insertExampleSweep(db);
    expect((await listOpenSweeps(db)).map((open) => open.id)).toContain(sweep.id);
    await setSweepState(db, sweep.id, { to: "cancelled" });
    expect((await listOpenSweeps(db)).map((open) => open.id)).not.toContain(sweep.id);
  });
});

describe("trials", () => {
  it("share the runs that are equal, and inserting them again changes nothing", async () => {
    const other = await createTestDatabase(server.url);
    const { sweep } = await insertExampleSweep(other.db, []);
    const first = await insertTrials(other.db, sweep.id, exampleTrials);
    expect([first.createdRunKeys.length, first.reusedRunKeys.length]).toEqual([12, 0]);
    const again = await insertTrials(other.db, sweep.id, exampleTrials);
    expect([again.createdRunKeys.length, again.reusedRunKeys.length]).toEqual([0, 12]);
    const trials = await listTrials(other.db, sweep.id);
    expect(trials.map(({ parametrization, hyperparameters, scale, runs }) => ({ parametrization, hyperparameters, scale, runs }))).toEqual(
      exampleTrials.map(({ parametrization, hyperparameters, scale, runs }) => ({
        parametrization,
        hyperparameters,
        scale,
        runs: runs.map(({ seed, runKey: key }) => ({ seed, runKey: key })),
      })),
    );
    expect(trials.map((trial) => trial.number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await pendingRuns(other.db, sweep.id)).toEqual([
      ...new Set(exampleTrials.flatMap((trial) => trial.runs.map((run) => run.runKey))),
    ]);
    await other.close();
  });

  it("read back bit for bit: the key is still the hash of the stored identity", async () => {
    const awkward = [0.1 + 0.2, 1e-7, 2 ** -40, 5e-324, 1.7976931348623157e308].map((learningRate) =>
      exampleTrial({ parametrization: "sp", width: 48, learningRate, seeds: [3] }),
    );
    const { sweep } = await insertExampleSweep(db, awkward);
    for (const trial of await listTrials(db, sweep.id)) {
      const run = await getRun(db, trial.runs[0]?.runKey ?? "");
      expect(runKey(run.identity)).toBe(run.runKey);
      expect(run.resolved.hyperparameters).toEqual(trial.hyperparameters);
      expect(run.resolved).toEqual(awkward.flatMap((planned) => planned.runs).find((planned) => planned.runKey === run.runKey)?.resolved);
    }
    expect((await listTrials(db, sweep.id)).map((trial) => trial.hyperparameters["learningRate"])).toEqual(
      awkward.map((trial) => trial.hyperparameters["learningRate"]),
    );
  });

  it("that share runs are inserted by many sweeps at once without a deadlock", async () => {
    const sweeps = await Promise.all(Array.from({ length: 16 }, () => insertExampleSweep(db, [])));
    const cells = Array.from({ length: 60 }, (_, index) => exampleTrial({ parametrization: "sp", width: 64, learningRate: 1 + index / 8 }));
    const results = await Promise.all(
      sweeps.map(({ sweep }, index) => insertTrials(db, sweep.id, index % 2 === 0 ? cells : [...cells].reverse())),
    );
    expect(results.reduce((sum, result) => sum + result.createdRunKeys.length, 0)).toBe(120);
  });

  it("take over where the data lie now, for runs that are still to do", async () => {
    const text = (path: string) => ({ kind: "text" as const, id: "book", path, sha256: "b".repeat(64), heldOutFraction: 0.1 });
    const before = exampleTrial({
      parametrization: "sp",
      width: 80,
      learningRate: 0.1,
      seeds: [1],
      changes: { data: text("/old/book.txt") },
    });
    const after = exampleTrial({
      parametrization: "sp",
      width: 80,
      learningRate: 0.1,
      seeds: [1],
      changes: { data: text("/new/book.txt") },
    });
    const { runKeys } = await insertExampleSweep(db, [before]);
    await insertExampleSweep(db, [after]);
    expect((await getRun(db, runKeys[0] ?? "")).resolved.data).toEqual(text("/new/book.txt"));
  });

  it("refuse a parent run that does not exist, and nothing of the plan is written", async () => {
    const orphan = exampleTrial({
      parametrization: "sp",
      width: 90,
      learningRate: 0.1,
      seeds: [1],
      changes: { parents: [{ relation: "checkpoint", runKey: "f".repeat(32) }] },
    });
    const { sweep } = await insertExampleSweep(db, []);
    await expect(
      insertTrials(db, sweep.id, [exampleTrial({ parametrization: "sp", width: 91, learningRate: 0.1 }), orphan]),
    ).rejects.toMatchObject({ kind: "missing", code: "PARENT_RUN_NOT_FOUND" });
    expect(await listTrials(db, sweep.id)).toEqual([]);
    const [parent] = (await insertExampleSweep(db)).runKeys;
    const child = exampleTrial({
      parametrization: "sp",
      width: 90,
      learningRate: 0.1,
      seeds: [1],
      changes: { parents: [{ relation: "checkpoint", runKey: parent ?? "" }] },
    });
    expect((await insertTrials(db, sweep.id, [child])).createdRunKeys).toHaveLength(1);
    expect(
      await db
        .selectFrom("runParents")
        .selectAll()
        .where("runKey", "=", child.runs[0]?.runKey ?? "")
        .execute(),
    ).toEqual([{ runKey: child.runs[0]?.runKey, relation: "checkpoint", parentRunKey: parent, path: null }]);
  });

  it("refuse another run for a cell that has one", async () => {
    const { sweep } = await insertExampleSweep(db, [exampleTrial({ parametrization: "sp", width: 95, learningRate: 0.1, seeds: [1] })]);
    const other = exampleTrial({ parametrization: "sp", width: 95, learningRate: 0.1, seeds: [1], resolvedLearningRate: 0.2 });
    await expect(insertTrials(db, sweep.id, [other])).rejects.toMatchObject({ kind: "conflict", code: "TRIAL_RUN_DIFFERS" });
  });

  it("of a wider grid only add what is new, and a cancelled run is queued again when a sweep newly asks for it", async () => {
    const narrow = [exampleTrial({ parametrization: "sp", width: 96, learningRate: 0.1, seeds: [1] })];
    const { runKeys } = await insertExampleSweep(db, narrow);
    await cancelRun(db, runKeys[0] ?? "", "not now");
    const wide = [...narrow, exampleTrial({ parametrization: "sp", width: 96, learningRate: 0.2, seeds: [1] })];
    const { sweep } = await insertExampleSweep(db, []);
    const result = await insertTrials(db, sweep.id, wide);
    expect([result.createdRunKeys.length, result.reusedRunKeys]).toEqual([1, runKeys]);
    expect((await findRuns(db, runKeys))[0]).toMatchObject({ state: "queued", message: null });
  });

  it("of thousands of runs go in within one transaction, and a lost connection leaves nothing half done", async () => {
    const many = Array.from({ length: 2000 }, (_, index) => exampleTrial({ parametrization: "sp", width: 128, learningRate: index + 0.5 }));
    const { sweep } = await insertExampleSweep(db, []);
    const crashing = openDatabase(database.url, { poolSize: 1 });
    const { pid } = await crashing
      .selectNoFrom((expression) => expression.fn<number>("pg_backend_pid").as("pid"))
      .executeTakeFirstOrThrow();
    const inserting = insertTrials(crashing, sweep.id, many);
    const killing = (async () => {
      // Only once it really writes: the lock on runs shows it.
      for (;;) {
        const locks = await db
          .withTables<{ pgLocks: { pid: number; relation: number; mode: string } }>()
          .selectFrom("pgLocks")
          .select("pid")
          .where("pid", "=", pid)
          .where("mode", "=", "RowExclusiveLock")
          .execute();
        if (locks.length > 0) break;
      }
      await db.selectNoFrom((expression) => expression.fn<boolean>("pg_terminate_backend", [expression.val(pid)]).as("done")).execute();
    })();
    await expect(inserting).rejects.toMatchObject({ kind: "unavailable", code: "POSTGRES_UNAVAILABLE" });
    await killing;
    await crashing.destroy();
    expect(await listTrials(db, sweep.id)).toEqual([]);
    expect((await insertTrials(db, sweep.id, many)).createdRunKeys).toHaveLength(4000);
    expect(await pendingRuns(db, sweep.id)).toHaveLength(4000);
  });

  it("are found again by content, to say which field makes a new key", async () => {
    const planned = exampleTrial({ parametrization: "sp", width: 200, learningRate: 0.1, seeds: [7] });
    const { sweep } = await insertExampleSweep(db, [planned]);
    const [prior] = await priorRuns(db, sweep.studyId, trialHash(planned), 7);
    expect(prior).toMatchObject({ runKey: planned.runs[0]?.runKey, state: "queued", identity: { seed: 7 } });
    expect((await findRunsByPrefix(db, planned.runs[0]?.runKey.slice(0, 12) ?? "")).map((run) => run.runKey)).toEqual([
      planned.runs[0]?.runKey,
    ]);
    await expect(findRunsByPrefix(db, "%")).rejects.toMatchObject({ code: "RUN_KEY_INVALID" });
  });
});

describe("cancelling a sweep", () => {
  it("leaves the runs that another open sweep wants, and a retry brings the others back", async () => {
    const cells = [0.31, 0.32].map((learningRate) => exampleTrial({ parametrization: "sp", width: 300, learningRate, seeds: [1] }));
    const { sweep, runKeys } = await insertExampleSweep(db, cells);
    const { sweep: other } = await insertExampleSweep(db, cells.slice(0, 1));
    expect(await sweepsWanting(db, runKeys[0] ?? "")).toEqual([sweep.id, other.id].sort());
    expect(await cancelPendingRuns(db, sweep.id, "wrong data")).toEqual([runKeys[1]]);
    expect((await findRuns(db, runKeys)).map((run) => [run.state, run.message])).toEqual([
      ["queued", null],
      ["cancelled", "wrong data"],
    ]);
    expect(await retryRunsOfSweep(db, sweep.id)).toEqual([runKeys[1]]);
    expect((await findRuns(db, runKeys)).map((run) => run.state)).toEqual(["queued", "queued"]);
  });
});

it("a database knows one installation, however many ask first", async () => {
  const fresh = await createTestDatabase(server.url, { poolSize: 16 });
  const ids = await Promise.all(Array.from({ length: 16 }, () => installationId(fresh.db)));
  expect(new Set(ids).size).toBe(1);
  await fresh.close();
});
