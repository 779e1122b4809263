import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { StudySpecInput } from "../../../analysis/study/study-spec.ts";
import { readRunChecks } from "../../../infra/postgres/run-checks.ts";
import { sweepHandle } from "../../../infra/temporal/client.ts";
import { readStudyProgress } from "../../../operations/read-study-progress.ts";
import { showAny } from "../../../operations/show-run.ts";
import { showStudy } from "../../../operations/show-study.ts";
import { createInstallation, type Installation, startTestServers, type TestServers } from "./installation.ts";

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

/** muP at four times its base width: the rates of two groups are those of the base, hidden ones a quarter. */
const wide: Partial<StudySpecInput> = {
  model: {
    architecture: "custom",
    tensors: [
      { name: "table", role: "input", shape: ["width", 4] },
      { name: "square", role: "hidden", shape: ["width", "width"] },
      { name: "readout", role: "output", shape: [4, "width"] },
      { name: "gain", role: "normGain", shape: ["width"] },
    ],
  },
  optimizer: { name: "adam", beta1: 0.9, beta2: 0.95 },
  schedule: { shape: "constant", warmupFraction: 0 },
  parametrizations: ["mup"],
  scales: { width: [8, 32], depth: 1, headDimension: 1, batchSizeTokens: 32, tokenHorizon: 3200 },
};

/** Runs the fast trainer at width 32 with these wishes, one run each, and gives the checks in the order of the wishes. */
async function train(study: string, wishes: readonly Readonly<Record<string, number>>[], changes: Partial<StudySpecInput> = {}) {
  const trials = wishes.map((hyperparameters) => ({ parametrization: "mup", hyperparameters, scale: { width: 32 } }));
  const sweep = await installation.insertAndStart(study, [], { ...wide, ...changes, strategy: { name: "list", trials } });
  const end: unknown = await sweepHandle(installation.client, sweep.id).result();
  const runs = await installation.runsOf(sweep);
  // Only what the activity has kept: nothing is compared here.
  const stored = await installation.db.selectFrom("runChecks").select(["runKey", "status", "content"]).execute();
  return { sweep, end, runs, checks: runs.map(({ runKey }) => stored.find((row) => row.runKey === runKey)) };
}

describe("a trainer that mis-sets its rates", () => {
  it("finishes, and its check fails and names the tensors; one that does not passes", async () => {
    installation.startWorker();
    const { end, runs, checks } = await train("rates", [
      { learningRate: 0.01, logsRates: 1 },
      { learningRate: 0.01, logsRates: 2 },
      { learningRate: 0.02, logsRates: 3 },
      { learningRate: 0.03, logsRates: 1, divergeAtStep: 3 },
    ]);
    expect(end).toMatchObject({ state: "finished", finished: 3, diverged: 1, failed: 0 });
    expect(checks.map((check) => check?.status)).toEqual(["passed", "failed", "failed", "passed"]);
    expect(checks[1]?.content).toMatchObject({
      findings: [{ kind: "one-rate-for-all", tensors: ["square"], expected: 0.0025, used: 0.01, ratio: 4 }],
    });

    const study = await showStudy(installation, "rates");
    expect(study.usedAgainstResolved).toMatchObject({ passed: 2, failed: 2, notLogged: 0 });
    expect(study.usedAgainstResolved.mismatches.map(({ runKey }) => runKey).sort()).toEqual([runs[1]?.runKey, runs[2]?.runKey].sort());
    expect(study.usedAgainstResolved.mismatches[0]?.words).toContain("learning rate of square at step 0");
    expect((await readStudyProgress(installation, "rates")).why).toContain("2 did not use what was resolved");

    const run = await showAny(installation, runs[1]?.runKey.slice(0, 12) ?? "");
    expect(run).toMatchObject({ kind: "run", details: { state: "finished", usedAgainstResolved: { status: "failed" } } });
  });

  it("is told when it says nothing that could be compared: that is no pass", async () => {
    installation.startWorker();
    const silent = { architecture: "custom" as const, tensors: [{ name: "w", role: "output" as const, shape: [4, "width" as const] }] };
    // The fast trainer logs the rate of a group `hidden`, which this model does not have.
    const { checks } = await train("silent", [{ learningRate: 0.01 }], { model: silent });
    expect(checks).toMatchObject([{ status: "not-logged", content: { compared: { unknownNames: ["learningRate/hidden"] } } }]);
    expect((await showStudy(installation, "silent")).usedAgainstResolved).toMatchObject({ passed: 0, failed: 0, notLogged: 1 });
  });

  it("is compared attempt by attempt: a resumed one that lost its place in the schedule is named", async () => {
    installation.startWorker();
    const schedule: StudySpecInput["schedule"] = { shape: "constant", warmupFraction: 0.1 };
    const wishes = { learningRate: 0.01, steps: 8, preemptAtStep: 4 };
    const { runs, checks } = await train(
      "resumed",
      [
        { ...wishes, logsRates: 1 },
        { ...wishes, logsRates: 4 },
      ],
      { schedule },
    );
    expect(runs.map(({ fence }) => fence)).toEqual([2, 2]);
    expect(checks.map((check) => check?.status)).toEqual(["passed", "failed"]);
    expect(checks[1]?.content).toMatchObject({ findings: [{ kind: "schedule-restarted", attempt: 2, step: 5 }] });
  });

  it("keeps one check a run, also when a sweep finds the run at its end", async () => {
    installation.startWorker();
    const { runs } = await train("first", [{ learningRate: 0.01, logsRates: 2 }]);
    await installation.db.deleteFrom("runChecks").execute();
    const again = await readRunChecks(
      installation.db,
      runs.map(({ runKey }) => runKey),
    );
    expect([...again.values()]).toMatchObject([{ status: "failed" }]);
    expect(await installation.db.selectFrom("runChecks").select("attempt").execute()).toEqual([{ attempt: 1 }]);
  });
});

describe("the reference trainer", () => {
  it("used what was resolved for it, under both rule sets and at every width, with all of it logged", async () => {
    installation.startWorker();
    const sweep = await installation.insertAndStart("reference", [], {
      trainer: "reference",
      model: { architecture: "transformer", sequenceLength: 16, feedForwardRatio: 4, vocabularySize: 96 },
      data: { kind: "package", id: "moby-dick", heldOutFraction: 0.05 },
      optimizer: { name: "adam", beta1: 0.9, beta2: 0.95 },
      evaluation: { batches: 4, logEverySteps: 5 },
      base: { width: 16 },
      scales: { width: [16, 32], depth: 1, headDimension: 8, batchSizeTokens: 64, tokenHorizon: 64 * 40 },
      parametrizations: ["sp", "mup"],
      space: { learningRate: { values: [0.01] } },
      strategy: { name: "grid" },
    });
    expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ finished: 3 });
    const rows = await installation.db.selectFrom("runChecks").select(["status", "content"]).execute();
    expect(rows.map(({ status }) => status)).toEqual(["passed", "passed", "passed"]);
    for (const { content } of rows)
      expect(content).toMatchObject({
        compared: { tensors: 9, learningRate: { tensors: 9 }, initialRms: { tensors: 9 }, movement: { tensors: 9 } },
      });
  });
});
