import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { planTrials } from "../../../analysis/search/plan.ts";
import { getFit } from "../../../infra/postgres/fits.ts";
import { applyRecommendation } from "../../../operations/apply-recommendation.ts";
import { exportStudy } from "../../../operations/export-study.ts";
import { planStudy } from "../../../operations/plan-study.ts";
import { planSpec } from "../../../operations/prepare-study.ts";
import { proofSpec, readProof } from "../../../operations/prove-recommendation.ts";
import { readStudyProgress } from "../../../operations/read-study-progress.ts";
import { recommendForStudy } from "../../../operations/recommend-value.ts";
import { showStudy } from "../../../operations/show-study.ts";
import { studyDocumentSchema } from "../../../operations/study-document.ts";
import { testStudyTransfer } from "../../../operations/test-transfer.ts";
import { writeReport } from "../../../operations/write-report.ts";
import { createTestDatabase, startTestPostgres, type TestDatabase, type TestPostgres } from "../postgres/server.ts";
import { finishRuns, lossOf, measuredTrainer, prepareMeasured, writeMeasured } from "./measured-study.ts";

let postgres: TestPostgres;
let database: TestDatabase;
let folder = "";
const prepared = prepareMeasured();

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await createTestDatabase(postgres.url);
  folder = await mkdtemp(join(tmpdir(), "ladder-analysis-"));
  await writeMeasured(database.db, prepared);
  await finishRuns(database.db, prepared.trials, (trial) =>
    trial.parametrization === "sp" && trial.scale.width === 128 && (trial.hyperparameters["learningRate"] ?? 0) > 2 ** -4
      ? "diverged"
      : "finished",
  );
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

describe("a plan with a database", () => {
  it("reuses every run with a result and has nothing to train", async () => {
    const { plan } = await planStudy(database.db, prepared);
    expect(plan.reuseChecked).toBe(true);
    expect(plan.totals).toMatchObject({ runs: 126, new: 0, reused: 126, shared: 18, toTrain: 0 });
    expect(plan.estimate.seconds).toBe(0);
  });

  it("says of a wider grid which runs are new, why, and how long they take", async () => {
    const wider = prepareMeasured({ space: { learningRate: { log2: { from: -12, to: -3, step: 1 } } }, seeds: [1, 2, 3] });
    const { plan } = await planStudy(database.db, wider);
    expect(plan.totals).toMatchObject({ reused: 126, new: 210 - 126 });
    expect(plan.reasons.map(({ fields, runs }) => [fields.join(), runs])).toEqual(
      expect.arrayContaining([
        ["seed", 63],
        ["hyperparameters.learningRate", 14],
      ]),
    );
    expect(plan.estimate.seconds).toBeGreaterThan(0);
    expect(plan.estimate.basis).toContain("124 measured runs");
  });

  it("says that the trainer has changed, and reuses its runs only on purpose", async () => {
    const changed = planSpec({ ...prepared, trainer: { ...measuredTrainer, programDigest: "d".repeat(64) } });
    const { plan } = await planStudy(database.db, changed);
    expect(plan).toMatchObject({ trainerChanged: true, totals: { new: 126, reused: 0 } });
    expect(plan.reasons).toEqual([{ fields: ["trainer.programDigest"], runs: 126 }]);
    const wider = prepareMeasured({ seeds: [1, 2, 3] });
    const { plan: allowed, prepared: mixed } = await planStudy(database.db, planSpec({ ...wider, trainer: changed.trainer }), true);
    expect(allowed).toMatchObject({ trainerChanged: true, takenOver: 126, totals: { new: 63, reused: 126 } });
    // Results stand for the program that gave them; what is still to run is a run of the program as it is now.
    const digests = mixed.trials.flatMap((trial) =>
      trial.runs.map((run) =>
        [run.seed, (run.identity["trainer"] as { readonly programDigest: string }).programDigest.slice(0, 1)].join(""),
      ),
    );
    expect(new Set(digests)).toEqual(new Set(["1c", "2c", "3d"]));
  });
});

describe("a study with results", () => {
  it("shows its runs once, with what diverged and where the best loss was", async () => {
    const progress = await readStudyProgress(database, "measured");
    expect(progress.totals).toMatchObject({ total: 126, finished: 124, diverged: 2, shared: 18 });
    expect(progress.cells).toHaveLength(8);
    expect(progress.cells.at(-1)).toMatchObject({ parametrization: "mup", bestHyperparameters: { learningRate: 2 ** -6 } });
    expect(progress.spent.cpuSeconds).toBe(126);
  });

  it("tests transfer: SP falls an octave a doubling, muP stays, and the tests are stored once", async () => {
    const report = await testStudyTransfer(database, "measured");
    expect(report.tests.map(({ parametrization, verdict }) => [parametrization, verdict])).toEqual([
      ["sp", "does-not-transfer"],
      ["mup", "transfers"],
    ]);
    expect(report.tests[0]?.drift?.slope).toBeCloseTo(-1, 1);
    expect((await testStudyTransfer(database, "measured")).fits).toEqual(report.fits);
    expect(await getFit(database.db, report.fits[0] ?? "")).toMatchObject({
      law: "optimum-drift",
      runKeys: [...(report.tests[0]?.runKeys ?? [])].sort(),
    });
  });

  it("recommends under the parametrization that transfers, with the same id every time", async () => {
    const report = await recommendForStudy(database, "measured");
    if (report.outcome !== "recommended") throw new Error(report.result.words);
    expect(report.content).toMatchObject({
      parametrization: "mup",
      hyperparameter: "learningRate",
      target: { width: 256 },
      held: { weightDecay: 0 },
      base: { width: 16, depth: 1, headDimension: 8 },
    });
    expect(report.content.log2Value).toBeCloseTo(-6, 0);
    expect(report.content.alternative).toMatchObject({ parametrization: "sp", fromAxisValue: 16 });
    expect(
      (await recommendForStudy(database, "measured")).outcome === "recommended" && (await recommendForStudy(database, "measured")),
    ).toMatchObject({ id: report.id });
    expect((await showStudy(database, "measured")).recommendations).toEqual([{ id: report.id, words: report.content.words }]);
  });

  it("says which parametrizations and axes there are when asked for another", async () => {
    await expect(testStudyTransfer(database, "measured", { parametrization: "ntk" })).rejects.toMatchObject({
      code: "PARAMETRIZATION_UNKNOWN",
    });
    await expect(testStudyTransfer(database, "measured", { hyperparameter: "momentum" })).rejects.toMatchObject({
      code: "HYPERPARAMETER_NOT_SWEPT",
      hint: "swept: learningRate",
    });
    await expect(testStudyTransfer(database, "mesured")).rejects.toMatchObject({
      code: "STUDY_NOT_FOUND",
      hint: expect.stringContaining("measured") as unknown,
    });
  });
});

describe("a recommendation that was tried", () => {
  it("has no proof before the target was trained, then compares what was measured with what was predicted", async () => {
    const report = await recommendForStudy(database, "measured");
    if (report.outcome !== "recommended") throw new Error(report.result.words);
    expect(await readProof(database, report)).toBeNull();
    const spec = proofSpec(prepared.spec, report.content, [1, 2, 3]);
    const proof = { ...prepared, spec, specHash: "proof", trials: planTrials(spec, prepared.data, measuredTrainer) };
    await writeMeasured(database.db, proof);
    await finishRuns(database.db, proof.trials);
    const measured = await readProof(database, report);
    expect(measured?.comparison).toMatchObject({ referenceWinsEverySeed: true, unpairedSeeds: [] });
    expect(measured?.recommended.map(({ seed }) => seed)).toEqual([1, 2, 3]);
    const [first] = proof.trials;
    if (first === undefined) throw new Error("the proof has trials");
    expect(measured?.recommended[0]?.loss).toBeCloseTo(lossOf(first, 1), 12);
    // The proof's runs are no sweep: they leave the recommendation as it was.
    expect(await recommendForStudy(database, "measured")).toMatchObject({ id: report.id });
  });

  it("is exported with everything, twice the same", async () => {
    const document = await exportStudy(database, "measured");
    expect(studyDocumentSchema.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
    expect(await exportStudy(database, "measured")).toEqual(document);
    expect(document.sweeps).toHaveLength(2);
    expect(document.runs).toHaveLength(126 + 6);
    expect(document.runs[0]?.attempts[0]).toMatchObject({ attempt: 1, codeCommit: "0123456789abcdef" });
    expect(document.figures.map(({ id }) => id)).toEqual(["loss-basins", "transfer", `proof-${document.recommendations[0]?.id ?? ""}`]);
    for (const figure of document.figures) for (const theme of [figure.light, figure.dark]) expect(theme.data.length).toBeGreaterThan(0);
  });

  it("is written as one HTML file that asks nothing of a network", async () => {
    const path = await writeReport(await exportStudy(database, "measured"), folder);
    expect(path).toBe(join(folder, "reports", "measured.html"));
    const page = await readFile(path, "utf8");
    expect(page).toContain("Does the learning rate transfer over width?");
    expect(page).toContain("does not transfer");
    expect(page).not.toMatch(/<(script|link|img)[^>]+(src|href)=/);
  });

  it("is carried into a config: shown first, then written, comments kept, once", async () => {
    const report = await recommendForStudy(database, "measured");
    if (report.outcome !== "recommended") throw new Error(report.result.words);
    const config = join(folder, "train.py");
    const text =
      "# my run\nn_layer = 1\nn_head = 32\nn_embd = 256  # wide\nlearning_rate = 6e-4  # untuned\nmup_enabled = False\nmup_width_multiplier = 1.0\n";
    await writeFile(config, text);
    const shown = await applyRecommendation(database, { recommendation: report.id, config, write: { to: "nowhere" } });
    expect(shown.written).toBeNull();
    expect(await readFile(config, "utf8")).toBe(text);
    expect(shown.diff).toContain(`-learning_rate = 6e-4  # untuned`);
    const copy = join(folder, "tuned.py");
    const input = { recommendation: report.id, config, write: { to: "copy", path: copy, overwrite: false } } as const;
    expect((await applyRecommendation(database, input)).written).toBe(copy);
    const patched = await readFile(copy, "utf8");
    expect(patched).toContain(`learning_rate = ${String(report.content.value)}  # untuned`);
    expect(patched).toContain("mup_width_multiplier = 16.0");
    expect(patched).toContain(report.id);
    expect(await readFile(config, "utf8")).toBe(text);
    // The same again is no conflict; another text in its place is.
    await applyRecommendation(database, input);
    await writeFile(copy, "precious = True\n");
    await expect(applyRecommendation(database, input)).rejects.toMatchObject({ code: "FILE_EXISTS" });
    expect(await readFile(copy, "utf8")).toBe("precious = True\n");
    await applyRecommendation(database, { recommendation: report.id, config, write: { to: "config" } });
    expect(await readFile(config, "utf8")).toBe(patched);
  });

  it("is refused for a config of another scale", async () => {
    const report = await recommendForStudy(database, "measured");
    if (report.outcome !== "recommended") throw new Error(report.result.words);
    const config = join(folder, "small.py");
    await writeFile(config, "n_layer = 1\nn_head = 8\nn_embd = 64\nlearning_rate = 6e-4\nmup_enabled = False\n");
    await expect(applyRecommendation(database, { recommendation: report.id, config, write: { to: "config" } })).rejects.toMatchObject({
      kind: "conflict",
      code: "CONFIG_SCALE_DIFFERS",
    });
  });
});

describe("a study without results", () => {
  it("says so, and is exported all the same", async () => {
    await writeMeasured(database.db, prepareMeasured({ study: "empty", evaluation: { batches: 3, logEverySteps: 10 } }));
    await expect(testStudyTransfer(database, "empty")).rejects.toMatchObject({ kind: "conflict", code: "NO_RESULTS" });
    expect(await exportStudy(database, "empty")).toMatchObject({ transfer: null, figures: [], totals: { queued: 126 } });
  });

  it("of listed trials alone is exported too", async () => {
    const trials = [{ parametrization: "sp", hyperparameters: { learningRate: 0.01 }, scale: { width: 16 } }];
    const listed = prepareMeasured({
      study: "listed",
      space: {},
      strategy: { name: "list", trials },
      evaluation: { batches: 4, logEverySteps: 10 },
    });
    await writeMeasured(database.db, listed);
    await finishRuns(database.db, listed.trials);
    expect(await exportStudy(database, "listed")).toMatchObject({ transfer: null, totals: { finished: 2 } });
    await expect(testStudyTransfer(database, "listed")).rejects.toMatchObject({ kind: "conflict", code: "NOT_SWEPT" });
  });

  it("withholds a recommendation when the optimum lies on the grid's edge, and says which way to widen", async () => {
    const narrow = prepareMeasured({
      study: "narrow",
      space: { learningRate: { log2: { from: -5, to: -1, step: 1 } } },
      evaluation: { batches: 5, logEverySteps: 10 },
    });
    await writeMeasured(database.db, narrow);
    await finishRuns(database.db, narrow.trials);
    const report = await recommendForStudy(database, "narrow", { parametrization: "sp" });
    expect(report).toMatchObject({ outcome: "withheld", result: { words: expect.stringContaining("widen the grid") as unknown } });
  });
});
