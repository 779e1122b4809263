import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scheduleFactor } from "../../../analysis/numerics/schedule-factor.ts";
import type { PlannedTrial } from "../../../analysis/study/trial.ts";
import { claimAttempt } from "../../../infra/postgres/attempts.ts";
import { ingestMetrics } from "../../../infra/postgres/metrics.ts";
import { applyRecommendation } from "../../../operations/apply-recommendation.ts";
import { describeReport } from "../../../operations/report-content.ts";
import { exportStudy } from "../../../operations/export-study.ts";
import { planStudy } from "../../../operations/plan-study.ts";
import { recommendForStudy } from "../../../operations/recommend-value.ts";
import { createTestDatabase, startTestPostgres, type TestDatabase, type TestPostgres } from "../postgres/server.ts";
import { finishRuns, prepareMeasured, writeMeasured } from "./measured-study.ts";

let postgres: TestPostgres;
let database: TestDatabase;
let folder = "";

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await createTestDatabase(postgres.url);
  folder = await mkdtemp(join(tmpdir(), "ladder-used-"));
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Logs the rates of every group of every run, `times` what was resolved for it, before the run ends. */
async function logRates(trials: readonly PlannedTrial[], times: (trial: PlannedTrial, group: string) => number): Promise<void> {
  const seen = new Set<string>();
  for (const trial of trials)
    for (const { runKey, resolved } of trial.runs) {
      if (seen.has(runKey)) continue;
      seen.add(runKey);
      const { attempt } = await claimAttempt(database.db, {
        ...{ runKey, executor: "local", codeCommit: null, dirtyDigest: null, folderRoot: "/nowhere" },
      });
      const rates = new Map(resolved.tensors.map(({ group, learningRate }) => [group, learningRate * times(trial, group)]));
      const rows = [1, 5, 10].flatMap((step) =>
        [...rates].map(([group, peak]) => ({
          name: `learningRate/${group}`,
          step,
          value: peak * scheduleFactor(resolved.schedule, step - 1),
        })),
      );
      await ingestMetrics(database.db, { runKey, attempt, rows });
    }
}

describe("a study whose trainer dropped the width multiplier at one width", () => {
  const prepared = prepareMeasured({ study: "dropped" });

  beforeAll(async () => {
    await writeMeasured(database.db, prepared);
    await logRates(prepared.trials, (trial, group) =>
      trial.parametrization === "mup" && trial.scale.width === 64 && group === "hidden" ? 4 : 1,
    );
    await finishRuns(database.db, prepared.trials);
  });

  it("gets its value with a failed check that names run, tensors and factor", async () => {
    const report = await recommendForStudy(database, "dropped");
    if (report.outcome !== "recommended") throw new Error(report.result.words);
    const check = report.content.checks.find(({ id }) => id === "used-as-resolved");
    expect(check?.passed).toBe(false);
    expect(check?.words).toMatch(
      /^the trainer of 18 of 72 runs did not use what was resolved; run [0-9a-f]{12}: learning rate of blocks\./,
    );
    expect(report.content.checks.find(({ id }) => id === "head-layout")).toMatchObject({ passed: true });
  });

  it("is told so in its report, with a table of tensors, resolved and used", async () => {
    const content = describeReport(await exportStudy(database, "dropped"));
    const finding = content.findings.find(({ label }) => label === "Used against resolved");
    expect(finding).toMatchObject({ tone: "no", text: expect.stringContaining("18 of 126 runs") as string });
    const table = content.tables.find(({ title }) => title === "Used against resolved");
    expect(table?.rows).toHaveLength(18);
    expect(table?.rows[0]?.join(" ")).toMatch(/blocks\..* learningRate 1 .*\(the factor 1\/4 is gone\)/);
  });

  it("is warned, when its value is carried into a config, of what the config trains otherwise", async () => {
    const report = await recommendForStudy(database, "dropped");
    if (report.outcome !== "recommended") throw new Error(report.result.words);
    const config = join(folder, "train.py");
    await writeFile(
      config,
      "n_layer = 1\nn_head = 32\nn_embd = 256\nlearning_rate = 6e-4\nmin_lr = 0.0\nmax_iters = 100\nwarmup_iters = 2\nlr_decay_iters = 100\nweight_decay = 0.1\nmup_enabled = False\n",
    );
    // The decay of 0 that was held is written into the config, so its kind no longer matters.
    const { differences, notes } = await applyRecommendation(database, { recommendation: report.id, config, write: { to: "nowhere" } });
    expect(differences.map(({ aspect, proxy, target }) => [aspect, proxy, target])).toEqual([
      ["schedule", "linear, 10 % warm-up, down to 0 % of the peak", "cosine, 2 % warm-up, down to 0 % of the peak"],
    ]);
    expect(notes.join("\n")).toContain("a check failed: the trainer of 18 of 72 runs");
  });
});

describe("a target whose heads were never trained", () => {
  it("is flagged by the plan and by the recommendation, with both layouts", async () => {
    const prepared = prepareMeasured({
      study: "heads",
      target: { width: 256, headDimension: 64 },
      evaluation: { batches: 3, logEverySteps: 10 },
    });
    const words = "the head layout of the proxy is head dimension 8 at every width, of the target head dimension 64 (4 heads at width 256)";
    expect((await planStudy(null, prepared)).plan.targetDifferences.map((difference) => difference.words)).toEqual([words]);
    await writeMeasured(database.db, prepared);
    await finishRuns(database.db, prepared.trials);
    const report = await recommendForStudy(database, "heads");
    if (report.outcome !== "recommended") throw new Error(report.result.words);
    expect(report.content.checks.find(({ id }) => id === "head-layout")).toMatchObject({ passed: false, words });
    // Nothing was logged: that is said, and is no pass.
    expect(report.content.checks.find(({ id }) => id === "used-as-resolved")).toMatchObject({
      passed: false,
      words: expect.stringContaining("it is not known") as string,
    });
  });
});
