import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createNextRuns } from "../../../activities/next-runs.ts";
import type { StudySpecInput } from "../../../analysis/study/study-spec.ts";
import { finishAttempt } from "../../../infra/postgres/attempt-ends.ts";
import { claimAttempt, recordSubmission } from "../../../infra/postgres/attempts.ts";
import { getRun } from "../../../infra/postgres/runs.ts";
import { listSuggestions, suggestionsOfRun } from "../../../infra/postgres/suggestions.ts";
import { listTrials } from "../../../infra/postgres/trials.ts";
import { sweepHandle } from "../../../infra/temporal/client.ts";
import { createInstallation, type Installation, startTestServers, type TestServers, until } from "./installation.ts";

let servers: TestServers;
const installations: Installation[] = [];
beforeAll(async () => {
  servers = await startTestServers();
});
afterAll(() => servers.stop());
beforeEach(() => {
  installations.length = 0;
});
afterEach(() => Promise.all(installations.map((installation) => installation.close())));

async function install(): Promise<Installation> {
  const installation = await createInstallation(servers);
  installations.push(installation);
  return installation;
}

/** A search over learning rate and width; the fast trainer's loss is lowest at a rate of 2^-6. */
const search = (name: string, runs: number): Partial<StudySpecInput> => ({
  space: {
    learningRate: { log: { from: 2 ** -10, to: 2 ** -2, center: 2 ** -8 } },
    width: { log: { from: 8, to: 64, multipleOf: 8 } },
  },
  scales: { width: 8, depth: 1, headDimension: 1, batchSizeTokens: 32, tokenHorizon: 3200 },
  strategy: { name, runs, seed: 5 },
});

const sequence = async ({ db }: Installation, sweepId: string) =>
  (await listSuggestions(db, sweepId)).map(({ suggestionId, values, kind, runKey }) => ({ suggestionId, values, kind, runKey }));

describe("a sweep of a strategy that searches", () => {
  it("asks for runs as results come in, as many at a time as it may, and ends when it has had them all", async () => {
    const installation = await install();
    installation.startWorker();
    const sweep = await installation.insertAndStart("searched", [], search("random", 9), 3);
    expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ state: "finished", finished: 9, failed: 0 });
    const suggestions = await listSuggestions(installation.db, sweep.id);
    expect(suggestions.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(suggestions.every(({ state, loss }) => state === "finished" && loss !== null)).toBe(true);
    expect((await installation.journal()).filter(({ event }) => event === "start")).toHaveLength(9);
    const [why] = await suggestionsOfRun(installation.db, suggestions[0]?.runKey ?? "");
    expect(why).toMatchObject({ sweepId: sweep.id, number: 1, explanation: { words: expect.any(String) as unknown } });
  });

  it("asks for the same after its worker was killed", async () => {
    const [calm, killed] = [await install(), await install()];
    // Long enough that the worker dies while a run is at work.
    const slow = { ...search("carbs", 8), hyperparameters: { stepMs: 150 } };
    calm.startWorker();
    const reference = await calm.insertAndStart("reference", [], slow, 1);
    await sweepHandle(calm.client, reference.id).result();
    const sweep = await killed.insertAndStart("killed", [], slow, 1);
    for (const enough of [2, 5]) {
      const worker = await killed.spawnWorker();
      await until(
        () => killed.journal(),
        (lines) => lines.filter(({ event }) => event === "start").length >= enough,
      );
      await worker.kill("SIGKILL");
    }
    killed.startWorker();
    expect(await sweepHandle(killed.client, sweep.id).result()).toMatchObject({ state: "finished", finished: 8 });
    expect(await sequence(killed, sweep.id)).toEqual(await sequence(calm, reference.id));
  });

  it("pauses when its budget is spent, and says so", async () => {
    const installation = await install();
    installation.startWorker();
    const sweep = await installation.insertAndStart("bounded", [], { ...search("random", 9), budget: { runs: 4 } }, 2);
    await until(
      () => installation.runsOf(sweep),
      (runs) => runs.length === 4 && runs.every(({ state }) => state === "finished"),
    );
    const { state, reason } = await until(
      () => sweepHandle(installation.client, sweep.id).query<{ state: string; reason: string | null }>("progress"),
      (status) => status.state === "paused",
    );
    expect([state, reason]).toEqual(["paused", "the budget is spent: 4 of 4 runs"]);
  });
});

describe("the steps of a search of 40 trials", () => {
  /** Ends a run as the local executor would, with a loss that depends on its values alone. */
  async function finish({ db }: Installation, runKey: string): Promise<void> {
    const { resolved } = await getRun(db, runKey);
    const { attempt, attemptKey } = await claimAttempt(db, {
      runKey,
      executor: "local",
      codeCommit: null,
      dirtyDigest: null,
      folderRoot: "/nowhere",
    });
    await recordSubmission(db, attemptKey, { jobId: `job-${runKey}`, startedAt: new Date() });
    const offset = Math.log2(resolved.hyperparameters["learningRate"] ?? 1) + 6;
    const diverged = offset > 3;
    await finishAttempt(db, {
      runKey,
      attempt,
      attemptState: diverged ? "diverged" : "finished",
      runState: diverged ? "diverged" : "finished",
      cpuSeconds: 1,
      ...(diverged ? {} : { loss: 2 + 12 / resolved.scale.width ** 0.45 + (offset * offset) / 50 }),
    });
  }

  it("are the same however often whoever asks is a new one", async () => {
    const [once, anew] = [await install(), await install()];
    const walk = async (installation: Installation, isNew: boolean): Promise<string> => {
      const sweep = await installation.insertSweep("forty", [], search("carbs", 40), 1);
      let ask = createNextRuns(installation.db);
      for (;;) {
        const { runKeys } = await ask({ sweepId: sweep.id, exclude: [] });
        if (runKeys.length === 0) return sweep.id;
        for (const runKey of runKeys) await finish(installation, runKey);
        if (isNew) ask = createNextRuns(installation.db);
      }
    };
    const [left, right] = [await walk(once, false), await walk(anew, true)];
    expect(await sequence(anew, right)).toEqual(await sequence(once, left));
    expect(await listSuggestions(once.db, left)).toHaveLength(40);
    // Replicates are further seeds of the same trial.
    const trials = await listTrials(once.db, left);
    expect(trials.reduce((count, { runs }) => count + runs.length, 0)).toBe(40);
  });

  it("are written once when two workers ask at the same time", async () => {
    const installation = await install();
    const sweep = await installation.insertSweep("raced", [], search("random", 12), 4);
    const answers = await Promise.all([1, 2, 3].map(() => createNextRuns(installation.db)({ sweepId: sweep.id, exclude: [] })));
    expect(new Set(answers.flatMap(({ runKeys }) => runKeys)).size).toBe(4);
    expect(await listSuggestions(installation.db, sweep.id)).toHaveLength(4);
  });
});
