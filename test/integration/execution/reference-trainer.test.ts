import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { StudySpecInput } from "../../../analysis/study/study-spec.ts";
import { listAttempts } from "../../../infra/postgres/attempts.ts";
import { readMetrics } from "../../../infra/postgres/metrics.ts";
import { sweepHandle } from "../../../infra/temporal/client.ts";
import { createInstallation, type Installation, startTestServers, type TestServers, until } from "./installation.ts";

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

/** A character model on real text, small enough for seconds. */
function study(tokenHorizon: number, widths: number[], parametrizations: string[]): Partial<StudySpecInput> {
  return {
    trainer: "reference",
    model: { architecture: "transformer", sequenceLength: 16, feedForwardRatio: 4, vocabularySize: 96 },
    data: { kind: "package", id: "moby-dick", heldOutFraction: 0.05 },
    optimizer: { name: "adam", beta1: 0.9, beta2: 0.95 },
    evaluation: { batches: 4, logEverySteps: 5 },
    base: { width: 16 },
    scales: { width: widths, depth: 1, headDimension: 8, batchSizeTokens: 64, tokenHorizon },
    parametrizations,
    space: { learningRate: { values: [0.01] } },
    strategy: { name: "grid" },
  };
}

describe("the reference trainer in a sweep", () => {
  it("trains for real; both parametrizations share their cell at the base width", async () => {
    installation.startWorker();
    const sweep = await installation.insertAndStart("reference", [], study(64 * 40, [16, 32], ["sp", "mup"]));
    expect(await sweepHandle(installation.client, sweep.id).result()).toMatchObject({ state: "finished", finished: 3 });
    const runs = await installation.runsOf(sweep);
    expect(new Set(runs.map((run) => run.runKey)).size).toBe(3);
    for (const run of runs) {
      expect(run.loss).toBeGreaterThan(1);
      // Better than chance among 96 characters.
      expect(run.loss).toBeLessThan(Math.log(96));
      const names = new Set((await readMetrics(installation.db, run.runKey)).map((point) => point.name));
      expect(names).toContain("loss");
      expect([...names].some((name) => name.startsWith("learningRate/"))).toBe(true);
    }
  });

  it("paused with a checkpoint and resumed, it comes to the same loss, bit for bit", async () => {
    installation.startWorker();
    const straight = await installation.insertAndStart("straight", [], study(64 * 15_000, [16], ["sp"]));
    await sweepHandle(installation.client, straight.id).result();
    const [expected] = await installation.runsOf(straight);

    const other = await createInstallation(servers);
    other.startWorker();
    try {
      const sweep = await other.insertAndStart("paused", [], study(64 * 15_000, [16], ["sp"]));
      const handle = sweepHandle(other.client, sweep.id);
      const [run] = await other.runsOf(sweep);
      const runKey = run?.runKey ?? "";
      await until(
        () => readMetrics(other.db, runKey, { name: "loss" }),
        (points) => points.length > 0,
      );
      await handle.executeUpdate<unknown, [unknown]>("pause", { args: [{ reason: "test", now: true }] });
      await until(
        () => other.runsOf(sweep),
        ([now]) => now?.state === "paused",
      );
      await handle.executeUpdate<unknown, [unknown]>("resume", { args: [{ reason: "test" }] });
      await handle.result();
      expect((await listAttempts(other.db, runKey)).map((attempt) => attempt.state)).toEqual(["preempted", "finished"]);
      expect(runKey).toBe(expected?.runKey);
      expect((await other.runsOf(sweep))[0]?.loss).toBe(expected?.loss);
    } finally {
      await other.close();
    }
  });
});
