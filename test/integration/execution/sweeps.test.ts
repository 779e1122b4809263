import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { listAttempts } from "../../../infra/postgres/attempts.ts";
import { listBadLines, readMetrics } from "../../../infra/postgres/metrics.ts";
import { getRun } from "../../../infra/postgres/runs.ts";
import { listSweepEvents } from "../../../infra/postgres/sweep-changes.ts";
import { insertTrials } from "../../../infra/postgres/trials.ts";
import { extendSweep, startSweep, sweepHandle } from "../../../infra/temporal/client.ts";
import { startUnfinishedSweeps } from "../../../infra/temporal/unfinished-sweeps.ts";
import { createInstallation, type Installation, startTestServers, type TestServers, until, untilSweepIs } from "./installation.ts";

let servers: TestServers;
let installation: Installation;
beforeAll(async () => {
  servers = await startTestServers();
});
afterAll(() => servers.stop());
beforeEach(async () => {
  installation = await createInstallation(servers);
});
afterEach(() => installation.close());

const update = (sweepId: string, name: string, message?: unknown) =>
  sweepHandle(installation.client, sweepId).executeUpdate<unknown, [unknown]>(name, { args: [message] });
const learningRates = (count: number) => Array.from({ length: count }, (_, index) => 0.001 * (index + 1));
const untilStarts = (count: number) =>
  until(
    () => installation.journal(),
    (lines) => lines.filter((line) => line.event === "start").length >= count,
  );

describe("a sweep", () => {
  it("trains every run once, longest first, and keeps losses and curves", async () => {
    installation.startWorker();
    const trials = [8, 16].flatMap((width) => learningRates(6).map((learningRate) => ({ width, learningRate })));
    const sweep = await installation.insertAndStart("twelve", trials);
    expect(await sweepHandle(installation.client, sweep.id).result()).toEqual({
      state: "finished",
      finished: 12,
      failed: 0,
      diverged: 0,
      cancelled: 0,
    });
    const runs = await installation.runsOf(sweep);
    expect(runs.map((run) => run.state)).toEqual(Array(12).fill("finished"));
    expect(new Set(runs.map((run) => run.loss)).size).toBe(6);
    const starts = (await installation.journal()).filter((line) => line.event === "start");
    expect(starts).toHaveLength(12);
    const wide = new Set(runs.slice(6).map((run) => run.runKey));
    expect(starts.slice(0, 6).every((line) => wide.has(line.runKey))).toBe(true);
    const [first] = runs;
    const points = await readMetrics(installation.db, first?.runKey ?? "", { name: "loss" });
    expect(points.map((point) => [point.step, point.tokens])).toEqual([0, 1, 2, 3, 4].map((step) => [step, (step + 1) * 32]));
    const [attempt] = await listAttempts(installation.db, first?.runKey ?? "");
    expect(attempt).toMatchObject({ attempt: 1, state: "finished", exitCode: 0, executor: "local", cpuSeconds: 0.01 });
    expect((await untilSweepIs(installation, sweep, "finished")).reason).toBe("all 12 runs finished");
  });

  it("trains nothing when it is started again, and nothing that another sweep has trained", async () => {
    installation.startWorker();
    const trials = learningRates(3).map((learningRate) => ({ learningRate }));
    const sweep = await installation.insertAndStart("first", trials);
    await untilSweepIs(installation, sweep, "finished");
    await sweepHandle(installation.client, sweep.id).result();
    await startSweep(installation.client, { sweepId: sweep.id, taskQueue: installation.taskQueue });
    await sweepHandle(installation.client, sweep.id).result();
    const wider = await installation.insertAndStart("second", [...trials, { learningRate: 0.5 }]);
    expect(await sweepHandle(installation.client, wider.id).result()).toMatchObject({ finished: 4 });
    expect((await installation.journal()).filter((line) => line.event === "start")).toHaveLength(4);
  });

  it("shares runs with a sweep that runs at the same time: each is trained once and counts for both", async () => {
    installation.startWorker();
    const trials = learningRates(4).map((learningRate) => ({ learningRate, stepMs: 30 }));
    const sweeps = [await installation.insertSweep("left", trials), await installation.insertSweep("right", trials)];
    await Promise.all(sweeps.map((sweep) => startSweep(installation.client, { sweepId: sweep.id, taskQueue: installation.taskQueue })));
    for (const sweep of sweeps)
      expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ state: "finished", finished: 4 });
    expect((await installation.journal()).filter((line) => line.event === "start")).toHaveLength(4);
  });

  it("is extended while it runs and after it has ended", async () => {
    installation.startWorker();
    const sweep = await installation.insertAndStart("grows", [{ learningRate: 0.01, stepMs: 50 }]);
    const more = async (learningRate: number) => {
      const other = await installation.insertSweep(`source-${String(learningRate * 100)}`, [{ learningRate }]);
      const [planned] = await installation.runsOf(other);
      const { resolved, identity, runKey, seed } = await getRun(installation.db, planned?.runKey ?? "");
      await insertTrials(installation.db, sweep.id, [
        { parametrization: "sp", hyperparameters: { learningRate }, scale: resolved.scale, runs: [{ runKey, identity, resolved, seed }] },
      ]);
      await extendSweep(installation.client, { sweepId: sweep.id, taskQueue: installation.taskQueue });
    };
    await more(0.02);
    expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ finished: 2 });
    await more(0.03);
    expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ finished: 3 });
  });
});

describe("what a user does to a sweep", () => {
  it("pause starts no new runs, resume goes on, and both are kept with their reasons", async () => {
    installation.startWorker();
    const sweep = await installation.insertAndStart(
      "paused",
      learningRates(6).map((learningRate) => ({ learningRate, stepMs: 100 })),
    );
    await untilStarts(2);
    expect(await update(sweep.id, "pause", { reason: "lunch" })).toMatchObject({ state: "pausing", reason: "lunch" });
    await until(
      () => sweepHandle(installation.client, sweep.id).query("progress"),
      (status) => JSON.stringify(status).includes('"paused"'),
    );
    const begun = (await installation.journal()).filter((line) => line.event === "start").length;
    expect((await installation.runsOf(sweep)).map((run) => run.state).sort()).toEqual(
      Array.from({ length: 6 }, (_, index) => (index < begun ? "finished" : "queued")),
    );
    await expect(update(sweep.id, "pause", { reason: "again" })).rejects.toMatchObject({
      cause: { message: "the sweep is paused already: lunch" },
    });
    await update(sweep.id, "resume", { reason: "coffee" });
    expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ finished: 6 });
    expect((await installation.journal()).filter((line) => line.event === "start")).toHaveLength(6);
    expect(
      (await listSweepEvents(installation.db, sweep.id))
        .filter((event) => event.kind === "state")
        .map((event) => [event.toState, event.reason]),
    ).toEqual([
      ["running", null],
      ["paused", "lunch"],
      ["running", "coffee"],
      ["finished", "all 6 runs finished"],
    ]);
  });

  it("pause now writes checkpoints, and resume goes on from them", async () => {
    installation.startWorker();
    const sweep = await installation.insertAndStart(
      "stopped",
      learningRates(2).map((learningRate) => ({ learningRate, steps: 60, stepMs: 50 })),
    );
    await untilStarts(2);
    await update(sweep.id, "pause", { reason: "maintenance", now: true });
    await until(
      () => installation.runsOf(sweep),
      (runs) => runs.every((run) => run.state === "paused"),
    );
    await update(sweep.id, "resume", { reason: "done" });
    expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ finished: 2 });
    const lines = await installation.journal();
    expect(lines.filter((line) => line.event === "preempted")).toHaveLength(2);
    expect(lines.filter((line) => line.event === "start" && line.attempt === 2).every((line) => line.resumeFrom !== null)).toBe(true);
    for (const run of await installation.runsOf(sweep)) {
      const steps = (await readMetrics(installation.db, run.runKey, { name: "loss" })).map((point) => point.step);
      expect(steps).toEqual(Array.from({ length: 60 }, (_, step) => step));
    }
  });

  it("cancel kills what runs and keeps what has finished", async () => {
    installation.startWorker();
    const sweep = await installation.insertAndStart("cancelled", [
      { learningRate: 0.01, width: 16 },
      ...learningRates(4).map((learningRate) => ({ learningRate, steps: 10_000, stepMs: 50 })),
    ]);
    await untilStarts(3);
    await update(sweep.id, "cancel", { reason: "wrong data" });
    expect(await sweepHandle(installation.client, sweep.id).result()).toEqual({
      state: "cancelled",
      finished: 1,
      failed: 0,
      diverged: 0,
      cancelled: 4,
    });
    expect((await untilSweepIs(installation, sweep, "cancelled")).reason).toBe("wrong data");
    const alive = (await installation.journal())
      .filter((line) => line.event === "start")
      .filter(({ pid }) => {
        try {
          return process.kill(pid, 0);
        } catch {
          return false;
        }
      });
    expect(alive).toEqual([]);
  });

  it("cancelling one of two sweeps that share a run leaves the run to the other", async () => {
    installation.startWorker();
    const trials = [{ learningRate: 0.01, steps: 60, stepMs: 50 }];
    const [left, right] = [await installation.insertAndStart("leaving", trials), await installation.insertAndStart("staying", trials)];
    await untilStarts(1);
    await until(
      () => sweepHandle(installation.client, right.id).query("progress"),
      (status) => JSON.stringify(status).includes('"running":1'),
    );
    await update(left.id, "cancel", { reason: "not needed here" });
    expect(await sweepHandle(installation.client, right.id).result()).toMatchObject({ finished: 1 });
    expect((await installation.journal()).filter((line) => line.event === "start")).toHaveLength(1);
  });

  it("a cancellation of the workflow in Temporal is a cancel", async () => {
    installation.startWorker();
    const sweep = await installation.insertAndStart("from-temporal", [{ learningRate: 0.01, steps: 10_000, stepMs: 50 }]);
    await untilStarts(1);
    await sweepHandle(installation.client, sweep.id).cancel();
    expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ state: "cancelled", cancelled: 1 });
    await untilSweepIs(installation, sweep, "cancelled");
  });

  it("concurrency and budget change while it runs; a spent budget pauses and a raised one goes on", async () => {
    installation.startWorker();
    const sweep = await installation.insertAndStart(
      "budgeted",
      learningRates(5).map((learningRate) => ({ learningRate })),
      { budget: { runs: 2 } },
      1,
    );
    expect((await untilSweepIs(installation, sweep, "paused")).reason).toBe("the budget is spent: 2 of 2 runs; 3 runs are left");
    await update(sweep.id, "setConcurrency", 3);
    await update(sweep.id, "setBudget", { runs: 5 });
    expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ finished: 5 });
    expect((await untilSweepIs(installation, sweep, "finished")).concurrency).toBe(3);
  });

  it("refuses messages that make no sense, with the reason, and goes on", async () => {
    installation.startWorker();
    const sweep = await installation.insertAndStart("refusing", [{ learningRate: 0.01, steps: 60, stepMs: 50 }]);
    // Before it has looked at its studies a sweep cannot know whether it is paused.
    await untilStarts(1);
    const refusal = (message: string): unknown =>
      expect.objectContaining({ cause: expect.objectContaining({ message: expect.stringContaining(message) as string }) as unknown });
    await expect(update(sweep.id, "setConcurrency", 0)).rejects.toEqual(refusal("whole number from 1 to 1000"));
    await expect(update(sweep.id, "setBudget", { runs: -1 })).rejects.toEqual(refusal("budget.runs"));
    await expect(update(sweep.id, "setBudget", { money: 3 })).rejects.toEqual(refusal('a budget has no "money"'));
    await expect(update(sweep.id, "pause", {})).rejects.toEqual(refusal("a reason is needed"));
    await expect(update(sweep.id, "pause")).rejects.toEqual(refusal("a reason is needed"));
    await expect(update(sweep.id, "resume", { reason: "x" })).rejects.toEqual(refusal("not paused"));
    expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ finished: 1 });
  });
});

describe("what goes wrong in a run", () => {
  it("divergence is a result; a trainer's bug is a failure with its last words; neither is trained again", async () => {
    installation.startWorker();
    const sweep = await installation.insertAndStart("mixed", [
      { learningRate: 1, divergeAtStep: 2 },
      { learningRate: 2, nanAtStep: 1 },
      { learningRate: 3, crashAtStep: 1 },
      { learningRate: 4, silent: 1 },
      { learningRate: 5 },
    ]);
    expect(await sweepHandle(installation.client, sweep.id).result()).toEqual({
      state: "finished",
      finished: 1,
      failed: 2,
      diverged: 2,
      cancelled: 0,
    });
    const [diverged, nan, crashed, silent] = await installation.runsOf(sweep);
    expect(diverged).toMatchObject({ state: "diverged", loss: null, message: "diverged at step 2" });
    expect(nan).toMatchObject({ state: "diverged", message: "loss NaN at step 1" });
    expect(crashed).toMatchObject({
      state: "failed",
      errorClass: "trainer-bug",
      message: "exit 1: RuntimeError: shapes do not match at step 1",
    });
    expect(silent).toMatchObject({ state: "failed", errorClass: "no-done-line" });
    expect((await installation.journal()).filter((line) => line.event === "start")).toHaveLength(5);
    expect((await untilSweepIs(installation, sweep, "finished")).reason).toBe("2 failed, 2 diverged of 5 runs");
  });

  it("a preempted run goes on from its checkpoint", async () => {
    installation.startWorker();
    const sweep = await installation.insertAndStart("preempted", [{ learningRate: 0.01, steps: 10, preemptAtStep: 3 }]);
    expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ finished: 1 });
    const [run] = await installation.runsOf(sweep);
    const attempts = await listAttempts(installation.db, run?.runKey ?? "");
    expect(attempts.map((attempt) => [attempt.state, attempt.errorClass, attempt.exitCode])).toEqual([
      ["preempted", "preemption", 75],
      ["finished", null, 0],
    ]);
    expect(attempts[1]?.firstStep).toBe(4);
    expect((await readMetrics(installation.db, run?.runKey ?? "", { name: "loss" })).map((point) => point.step)).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ]);
  });

  it("a trainer that is killed from outside is trained again", async () => {
    installation.startWorker();
    const sweep = await installation.insertAndStart("killed", [{ learningRate: 0.01, steps: 40, stepMs: 30 }]);
    const [line] = await untilStarts(1);
    process.kill(line?.pid ?? 0, "SIGKILL");
    expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ finished: 1 });
    const [run] = await installation.runsOf(sweep);
    expect((await listAttempts(installation.db, run?.runKey ?? "")).map((attempt) => attempt.state)).toEqual(["lost", "finished"]);
  });

  it("a trainer that falls silent is stopped and goes on from its checkpoint", async () => {
    installation.startWorker();
    const sweep = await installation.insertAndStart("silent", [{ learningRate: 0.01, steps: 6, hangAtStep: 3 }], {
      executor: { name: "local", stallAfterSeconds: 2 },
    });
    expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ finished: 1 });
    const [run] = await installation.runsOf(sweep);
    const attempts = await listAttempts(installation.db, run?.runKey ?? "");
    expect(attempts.map((attempt) => [attempt.state, attempt.errorClass])).toEqual([
      ["failed", "stall"],
      ["finished", null],
    ]);
    expect(attempts[0]?.message).toBe("the trainer wrote nothing for 2 s and was stopped (executor.stallAfterSeconds)");
    expect(attempts[1]?.firstStep).toBe(3);
  });

  it("the same error three times in a row pauses the sweep with the reason", async () => {
    installation.startWorker();
    const sweep = await installation.insertAndStart(
      "broken",
      learningRates(20).map((learningRate) => ({ learningRate, crashAtStep: 1 })),
      {},
      1,
    );
    expect((await untilSweepIs(installation, sweep, "paused")).reason).toBe(
      "the same error 3 times in a row: exit 1: RuntimeError: shapes do not match at step 1",
    );
    expect((await installation.journal()).filter((line) => line.event === "start")).toHaveLength(3);
    await update(sweep.id, "cancel", { reason: "fix it first" });
    await sweepHandle(installation.client, sweep.id).result();
  });

  it("a trainer that is not there pauses the sweep before anything is submitted", async () => {
    installation.startWorker();
    const sweep = await installation.insertSweep("gone", [{ learningRate: 0.01 }]);
    await installation.db
      .updateTable("sweeps")
      .set({ trainerCommand: JSON.stringify(["/no/such/trainer"]) })
      .where("id", "=", sweep.id)
      .execute();
    await startSweep(installation.client, { sweepId: sweep.id, taskQueue: installation.taskQueue });
    expect((await untilSweepIs(installation, sweep, "paused")).reason).toContain('"/no/such/trainer" is not a program');
    expect((await installation.runsOf(sweep)).map((run) => run.state)).toEqual(["queued"]);
    await update(sweep.id, "cancel", { reason: "test" });
  });

  it("bad lines are kept and shown, and the run goes on", async () => {
    installation.startWorker();
    const sweep = await installation.insertAndStart("bad-lines", [{ learningRate: 0.01, badLineAtStep: 2 }]);
    expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ finished: 1 });
    const [run] = await installation.runsOf(sweep);
    expect(await listBadLines(installation.db, run?.runKey ?? "")).toEqual([
      { attempt: 1, lineNumber: 3, text: "epoch 1 done!", reason: "not a JSON object" },
    ]);
  });
});

describe("the workflow", () => {
  it("fails at bad input instead of hanging", async () => {
    installation.startWorker();
    for (const args of [[], [{}], [{ sweepId: "nobody" }]]) {
      const handle = await installation.client.workflow.start("sweepWorkflow", {
        workflowId: `bad-${JSON.stringify(args)}`,
        taskQueue: installation.taskQueue,
        args,
        workflowExecutionTimeout: "30 seconds",
      });
      await expect(handle.result()).rejects.toSatisfy((error: Error) => !JSON.stringify(error.cause).includes("TIMEOUT"));
    }
  });

  it("that failed pauses its sweep with the reason, and a resumed sweep goes on", async () => {
    const sweep = await installation.insertSweep("failed-workflow", [{ learningRate: 0.01 }]);
    installation.startWorker();
    const broken = await installation.client.workflow.start("sweepWorkflow", {
      workflowId: `sweep-${sweep.id}`,
      taskQueue: installation.taskQueue,
      args: [{ sweepId: "nobody" }],
    });
    await expect(broken.result()).rejects.toThrow();
    await startUnfinishedSweeps(installation.db, installation.client, installation.taskQueue);
    expect((await untilSweepIs(installation, sweep, "paused")).reason).toContain("the sweep's workflow failed");
    await startSweep(installation.client, { sweepId: sweep.id, taskQueue: installation.taskQueue });
    await update(sweep.id, "resume", { reason: "try again" });
    expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ finished: 1 });
  });

  it("keeps payloads small: ids and counts only", async () => {
    installation.startWorker();
    const sweep = await installation.insertAndStart(
      "payloads",
      learningRates(10).map((learningRate) => ({ learningRate })),
    );
    await sweepHandle(installation.client, sweep.id).result();
    const { events } = await sweepHandle(installation.client, sweep.id).fetchHistory();
    const largest = Math.max(...(events ?? []).map((event) => JSON.stringify(event).length));
    expect(largest).toBeLessThan(16_384);
    expect((events ?? []).length).toBeLessThan(20 + 10 * 8);
  });
});
