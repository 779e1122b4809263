import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planTrials } from "../../../analysis/search/plan.ts";
import type { StudySpecInput } from "../../../analysis/study/study-spec.ts";
import { applyRecommendation } from "../../../operations/apply-recommendation.ts";
import { exportStudy } from "../../../operations/export-study.ts";
import { proofSpec, readProof } from "../../../operations/prove-recommendation.ts";
import { readStudyProgress } from "../../../operations/read-study-progress.ts";
import { recommendForStudy } from "../../../operations/recommend-value.ts";
import { testStudyTransfer } from "../../../operations/test-transfer.ts";
import { writeReport } from "../../../operations/write-report.ts";
import { createTestDatabase, startTestPostgres, type TestDatabase, type TestPostgres } from "../postgres/server.ts";
import { finishRuns, measuredTrainer, prepareMeasured, writeMeasured } from "./measured-study.ts";

const published = { outcome: "does-not-transfer", source: "a paper, table 1" } as const;
const changes: Partial<StudySpecInput> = {
  study: "variants",
  base: { width: 16, depth: 1, headDimension: 8 },
  parametrizations: ["sp", "baseline", "large-batch", "gains"],
  variants: {
    baseline: { parametrization: "mup:attention=inverse" },
    "large-batch": { parametrization: "mup:attention=inverse", batchSizeFactor: 2 },
    gains: {
      parametrization: "mup:attention=inverse,weight-decay=constant",
      model: { normGains: "vector" },
      schedule: { shape: "cosine" },
      hyperparameters: { weightDecay: 0.1 },
      published,
    },
  },
  hyperparameters: {},
};
const prepared = prepareMeasured(changes);
let postgres: TestPostgres;
let database: TestDatabase;
let folder = "";

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await createTestDatabase(postgres.url);
  folder = await mkdtemp(join(tmpdir(), "ladder-variants-"));
  await writeMeasured(database.db, prepared);
  await finishRuns(database.db, prepared.trials);
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

async function recommended(parametrization: string) {
  const report = await recommendForStudy(database, "variants", { parametrization });
  if (report.outcome !== "recommended") throw new Error(report.result.words);
  return report;
}

describe("a study with variants", () => {
  it("shows its cells under the variants' names", async () => {
    const { cells } = await readStudyProgress(database, "variants");
    expect([...new Set(cells.map(({ parametrization }) => parametrization))]).toEqual(["sp", "baseline", "large-batch", "gains"]);
  });

  it("is tested whole as a matrix, or one variant by its name", async () => {
    const { matrix } = await testStudyTransfer(database, "variants");
    expect(matrix?.rows.map(({ name, answer, isAsPublished }) => [name, answer, isAsPublished])).toEqual([
      ["sp", "no", null],
      ["baseline", "yes", null],
      ["large-batch", "yes", null],
      ["gains", "yes", false],
    ]);
    const one = await testStudyTransfer(database, "variants", { parametrization: "gains" });
    expect(one.tests.map(({ parametrization }) => parametrization)).toEqual(["gains"]);
    expect(one.matrix).toBeNull();
    await expect(testStudyTransfer(database, "variants", { parametrization: "gain" })).rejects.toMatchObject({
      code: "PARAMETRIZATION_UNKNOWN",
    });
  });

  it("is exported and reported with the matrix", async () => {
    const document = await exportStudy(database, "variants");
    expect(document.transfer?.matrix?.rows).toHaveLength(4);
    const page = await readFile(await writeReport(document, folder), "utf8");
    expect(page).toContain("Variants over width");
    expect(page).toContain("normGains vector, schedule cosine, weightDecay 0.1");
    expect(page).toContain("a paper, table 1");
  });

  it("recommends under a variant: its schedule, decay, rule set and changes, and its own batch at the target", async () => {
    const { content } = await recommended("gains");
    expect(content).toMatchObject({
      parametrization: "gains",
      variant: {
        ruleSet: "mup:attention=inverse,weight-decay=constant",
        changes: ["normGains vector", "schedule cosine", "weightDecay 0.1"],
      },
      schedule: { shape: "cosine" },
      held: { weightDecay: 0.1 },
      proxy: { weightDecayKind: "decoupled" },
    });
    const large = (await recommended("large-batch")).content;
    expect(large.target.batchSizeTokens).toBe(128);
    expect(large.checks.find(({ id }) => id === "same-setting")?.passed).toBe(true);
    expect(large.alternative).toMatchObject({ parametrization: "sp", target: { batchSizeTokens: 64 } });
  });

  it("recommends under the first variant that transfers, not under the one that happens to drift least", async () => {
    expect(await recommendForStudy(database, "variants")).toMatchObject({
      outcome: "recommended",
      content: { parametrization: "baseline" },
    });
  });

  it("proves a value at the batch that its variant trains, against an alternative at its own", async () => {
    const report = await recommended("large-batch");
    const spec = proofSpec(prepared.spec, report.content, [1, 2]);
    const proof = { ...prepared, spec, specHash: "proof", trials: planTrials(spec, prepared.data, measuredTrainer) };
    expect(proof.trials.map(({ parametrization, scale }) => [parametrization, scale.width, scale.batchSizeTokens])).toEqual([
      ["large-batch", 256, 128],
      ["sp", 256, 64],
    ]);
    await writeMeasured(database.db, proof);
    await finishRuns(database.db, proof.trials);
    expect((await readProof(database, report))?.comparison.referenceWinsEverySeed).toBe(true);
  });

  it("carries a variant's value into a config by its rule set, and says what the config must do besides", async () => {
    const report = await recommended("gains");
    const config = join(folder, "train.py");
    await writeFile(config, "n_layer = 1\nn_head = 32\nn_embd = 256\nlearning_rate = 6e-4\nweight_decay = 0.0\nmup_enabled = False\n");
    const applied = await applyRecommendation(database, { recommendation: report.id, config, write: { to: "config" } });
    const patched = await readFile(config, "utf8");
    expect(patched).toContain("mup_enabled = True");
    expect(patched).toContain("mup_disable_attention_scaling = False");
    expect(patched).toContain("weight_decay = 0.1");
    expect(patched).toContain("under gains (mup:attention=inverse,weight-decay=constant)");
    expect(applied.notes).toContain(
      "the study trained the variant gains (normGains vector, schedule cosine, weightDecay 0.1): the config must train like that too",
    );
  });
});
