import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { planTrials } from "../../../analysis/search/plan.ts";
import { parseStudyFile } from "../../../infra/configs/study-file.ts";
import { resolveData } from "../../../infra/data-source.ts";
import { composeTrainerRun } from "../../../infra/trainer-contract/run-file.ts";
import { trainRun } from "../../../trainers/reference/training/train-run.ts";

const root = join(import.meta.dirname, "../../..");
const files = readdirSync(join(root, "examples")).filter((name) => name.endsWith(".yaml"));
const folder = mkdtempSync(join(tmpdir(), "ladder-examples-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Whole studies take minutes: docs/measured-transfer.md holds what they gave. Here each is planned, and one run of it trained. */
describe.each(files)("examples/%s", (file) => {
  const spec = parseStudyFile(readFileSync(join(root, "examples", file), "utf8"), file);

  it("plans runs under every rule set that it names, and the cheapest scale learns at the middle of its grid", async () => {
    const data = await resolveData(spec.data, root);
    const trials = planTrials(spec, data, { version: "1", programDigest: "0".repeat(64) });
    expect(new Set(trials.map(({ parametrization }) => parametrization))).toEqual(new Set(spec.parametrizations));
    const mine = trials.filter(({ parametrization }) => parametrization === spec.parametrizations[0]);
    const flops = Math.min(...mine.map(({ scale }) => scale.trainingFlops));
    const cheapest = mine.filter(({ scale }) => scale.trainingFlops === flops);
    const run = cheapest[Math.floor(cheapest.length / 2)]?.runs[0];
    if (run === undefined) throw new Error(`${file} plans no run`);
    const identity = { runKey: run.runKey, attempt: 1, checkpointFolder: folder, checkpointEverySteps: 0, resumeFrom: null };
    const outcome = await trainRun(composeTrainerRun(run.resolved, identity));
    expect(outcome).toMatchObject({ status: "finished", tokens: run.resolved.tokenHorizon });
    const { model } = run.resolved;
    const answers =
      model.architecture === "transformer" ? model.vocabularySize : model.architecture === "custom" ? Number.NaN : model.classes;
    // What guessing at random gives is the logarithm of the number of answers.
    expect(outcome.loss).toBeLessThan(0.9 * Math.log(answers));
  });
});
