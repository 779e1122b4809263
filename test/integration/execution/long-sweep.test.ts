import { NativeConnection, Worker } from "@temporalio/worker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Activities, RunReport } from "../../../activities/index.ts";
import { startSweep, sweepHandle } from "../../../infra/temporal/client.ts";
import { createInstallation, type Installation, startTestServers, type TestServers } from "./installation.ts";

let servers: TestServers;
let installation: Installation;
beforeAll(async () => {
  servers = await startTestServers();
  installation = await createInstallation(servers);
});
afterAll(async () => {
  await installation.close();
  await servers.stop();
});

describe("a sweep of thousands of runs", () => {
  it("goes on as a new execution before its history is too long, and runs every run once", async () => {
    const count = 1400;
    const executed = new Map<string, number>();
    const all = Array.from({ length: count }, (_, index) => `run-${String(index)}`);
    const activities: Activities = {
      openSweep: () => Promise.resolve({ state: "running", reason: null, concurrency: 50 }),
      nextRuns: ({ exclude }) => {
        const left = all.filter((runKey) => !executed.has(runKey) && !exclude.includes(runKey));
        return Promise.resolve({ runKeys: left.slice(0, 400), more: left.length > 400, budgetReached: null });
      },
      executeRun: ({ runKey }): Promise<RunReport> => {
        executed.set(runKey, (executed.get(runKey) ?? 0) + 1);
        return Promise.resolve({ runKey, state: "finished", held: false, failures: [], message: null });
      },
      recordSweepState: () => Promise.resolve(),
      recordConcurrency: () => Promise.resolve(),
      recordBudget: () => Promise.resolve(),
      cancelWaitingRuns: () => Promise.resolve(0),
      finishSweep: () =>
        Promise.resolve({
          state: "finished",
          finished: executed.size,
          failed: 0,
          diverged: 0,
          cancelled: 0,
          unfinished: count - executed.size,
        }),
    };
    const connection = await NativeConnection.connect(installation.endpoints.temporal.connection);
    const worker = await Worker.create({
      connection,
      taskQueue: installation.taskQueue,
      activities,
      workflowBundle: servers.workflowBundle,
    });
    await worker.runUntil(async () => {
      await startSweep(installation.client, { sweepId: "long", taskQueue: installation.taskQueue });
      const first = (await sweepHandle(installation.client, "long").describe()).runId;
      expect(await sweepHandle(installation.client, "long").result()).toMatchObject({ state: "finished", finished: count });
      const last = await sweepHandle(installation.client, "long").describe();
      expect(last.runId).not.toBe(first);
      expect(last.historyLength).toBeLessThan(10_000);
    });
    await connection.close();
    expect([...executed.values()].every((times) => times === 1)).toBe(true);
    expect(executed.size).toBe(count);
  });
});
