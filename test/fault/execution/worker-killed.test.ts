import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { listLocalJobs } from "../../../infra/executors/local-job.ts";
import { listAttempts } from "../../../infra/postgres/attempts.ts";
import { readMetrics } from "../../../infra/postgres/metrics.ts";
import { startSweep, sweepHandle } from "../../../infra/temporal/client.ts";
import {
  createInstallation,
  type Installation,
  startTestServers,
  type TestServers,
  until,
} from "../../integration/execution/installation.ts";

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

const journalHas = (event: "start" | "end", count: number) =>
  until(
    () => installation.journal(),
    (lines) => lines.filter((line) => line.event === event).length >= count,
  );

describe("a worker that is killed in the middle of a sweep", () => {
  it("loses nothing: what finished is not trained again, what runs is adopted, the rest is carried out", async () => {
    const worker = await installation.spawnWorker();
    const trials = Array.from({ length: 10 }, (_, index) => ({ learningRate: 0.001 * (index + 1), steps: 30, stepMs: 50 }));
    const sweep = await installation.insertAndStart("killed", trials, {}, 2);
    await journalHas("end", 3);
    await journalHas("start", 5);
    await worker.kill("SIGKILL");
    const orphans = await listLocalJobs(installation.home);
    expect(orphans.length).toBeGreaterThan(0);
    await installation.spawnWorker();
    expect(await sweepHandle(installation.client, sweep.id).result()).toEqual({
      state: "finished",
      finished: 10,
      failed: 0,
      diverged: 0,
      cancelled: 0,
    });
    const starts = (await installation.journal()).filter((line) => line.event === "start");
    expect(new Set(starts.map((line) => line.runKey)).size).toBe(10);
    expect(starts).toHaveLength(10);
    // The very processes that ran when the worker died are those whose results stand.
    for (const orphan of orphans) expect(starts.filter((line) => line.pid === orphan.trainer?.pid)).toHaveLength(1);
    for (const run of await installation.runsOf(sweep)) {
      expect((await listAttempts(installation.db, run.runKey)).map((attempt) => attempt.state)).toEqual(["finished"]);
      expect((await readMetrics(installation.db, run.runKey, { name: "loss" })).map((point) => point.step)).toEqual(
        Array.from({ length: 30 }, (_, step) => step),
      );
    }
  });

  it("three times in one sweep: still every run once", async () => {
    const trials = Array.from({ length: 6 }, (_, index) => ({ learningRate: 0.001 * (index + 1), steps: 60, stepMs: 50 }));
    const sweep = await installation.insertAndStart("killed-often", trials, {}, 2);
    for (let round = 1; round <= 3; round++) {
      const worker = await installation.spawnWorker();
      await journalHas("start", Math.min(round, 6));
      await worker.kill("SIGKILL");
    }
    await installation.spawnWorker();
    expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ finished: 6 });
    expect((await installation.journal()).filter((line) => line.event === "start")).toHaveLength(6);
  });
});

describe("a worker that is asked to stop", () => {
  it("leaves its jobs running, and the next worker takes them over at once", async () => {
    const first = installation.startWorker();
    const sweep = await installation.insertAndStart("restarted", [{ learningRate: 0.01, steps: 80, stepMs: 50 }], {}, 1);
    await journalHas("start", 1);
    await first.stop();
    expect(await listLocalJobs(installation.home)).toHaveLength(1);
    installation.startWorker();
    expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ finished: 1 });
    expect((await installation.journal()).filter((line) => line.event === "start")).toHaveLength(1);
  });
});

describe("a job that ends while no worker is there", () => {
  it("is written down by the next one", async () => {
    const worker = await installation.spawnWorker();
    const sweep = await installation.insertAndStart("unwatched", [{ learningRate: 0.01, steps: 30, stepMs: 50 }], {}, 1);
    await journalHas("start", 1);
    await worker.kill("SIGKILL");
    await journalHas("end", 1);
    installation.startWorker();
    expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ finished: 1 });
    expect((await installation.journal()).filter((line) => line.event === "start")).toHaveLength(1);
  });
});

describe("Temporal that has forgotten everything", () => {
  it("is told by the worker: the sweep goes on from Postgres", async () => {
    const sweep = await installation.insertAndStart("forgotten", [{ learningRate: 0.01 }, { learningRate: 0.02 }], {}, 1);
    // Nothing has taken the workflow up yet: ending it leaves a sweep in Postgres that Temporal does not carry out.
    await sweepHandle(installation.client, sweep.id).terminate("wiped");
    installation.startWorker();
    await until(
      () => installation.runsOf(sweep),
      (runs) => runs.every((run) => run.state === "finished"),
    );
  });
});

describe("the launcher and the trainer killed together", () => {
  it("is a lost attempt, and the run is carried out again", async () => {
    installation.startWorker();
    const sweep = await installation.insertSweep("lost", [{ learningRate: 0.01, steps: 40, stepMs: 50 }], {}, 1);
    await startSweep(installation.client, { sweepId: sweep.id, taskQueue: installation.taskQueue });
    await journalHas("start", 1);
    const [job] = await listLocalJobs(installation.home);
    if (job?.trainer == null) throw new Error("no job is running");
    process.kill(job.launcher.pid, "SIGKILL");
    process.kill(job.trainer.pid, "SIGKILL");
    expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ finished: 1 });
    const [run] = await installation.runsOf(sweep);
    expect((await listAttempts(installation.db, run?.runKey ?? "")).map((attempt) => [attempt.state, attempt.errorClass])).toEqual([
      ["lost", "lost"],
      ["finished", null],
    ]);
  });
});

describe("a Postgres that breaks every connection again and again", () => {
  it("costs nothing: the sweep goes on, and every run is trained once", async () => {
    installation.startWorker();
    const trials = Array.from({ length: 4 }, (_, index) => ({ learningRate: 0.001 * (index + 1), steps: 40, stepMs: 50 }));
    const sweep = await installation.insertAndStart("cut-off", trials, {}, 2);
    for (let round = 1; round <= 3; round++) {
      await journalHas("start", round);
      const cut = sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`;
      await until(
        () => cut.execute(installation.db),
        ({ rows }) => rows.length > 0,
      );
    }
    expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ finished: 4 });
    expect((await installation.journal()).filter((line) => line.event === "start")).toHaveLength(4);
  });
});

describe("a job on another machine", () => {
  it("is not started a second time here while that machine is heard of, and is once it is silent", async () => {
    const first = installation.startWorker();
    const sweep = await installation.insertAndStart("elsewhere", [{ learningRate: 0.01, steps: 60, stepMs: 50 }], {}, 1);
    await journalHas("start", 1);
    await first.stop();
    const [run] = await installation.runsOf(sweep);
    const runKey = run?.runKey ?? "";
    // As this machine would see an attempt that another one made: its job is not to be found here.
    await installation.db
      .updateTable("attempts")
      .set({ host: "another-machine", jobId: "runs/elsewhere/attempt-1", folderRoot: join(installation.home, "runs", "elsewhere") })
      .where("runKey", "=", runKey)
      .execute();
    installation.startWorker();
    const elsewhere = async () => JSON.stringify((await sweepHandle(installation.client, sweep.id).describe()).raw.pendingActivities ?? []);
    await until(elsewhere, (text) => text.includes("runs on another-machine"));
    expect((await installation.journal()).filter((line) => line.event === "start")).toHaveLength(1);
    await installation.db
      .updateTable("attempts")
      .set({ heartbeatAt: new Date(Date.now() - 600_000) })
      .where("runKey", "=", runKey)
      .execute();
    expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ finished: 1 });
    expect((await listAttempts(installation.db, runKey)).map((attempt) => attempt.state)).toEqual(["lost", "finished"]);
  });
});
