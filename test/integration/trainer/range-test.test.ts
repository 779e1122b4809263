import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { log } from "../../../analysis/numerics/elementary.ts";
import { planTrials } from "../../../analysis/search/plan.ts";
import { type RangeTestReading, readRangeTest } from "../../../analysis/search/range-test/read-range-test.ts";
import { parseStudyFile } from "../../../infra/configs/study-file.ts";
import { resolveData } from "../../../infra/data-source.ts";
import { composeTrainerRun } from "../../../infra/trainer-contract/run-file.ts";
import { trainRun } from "../../../trainers/reference/training/train-run.ts";

const root = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "ladder-range-test-"));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const study = (changes: readonly (readonly [RegExp, string])[]) => {
  const text = readFileSync(join(root, "examples/mlp-teacher.yaml"), "utf8").replace("[32, 64, 128]", "64").replace("[sp, mup]", "[mup]");
  const written = changes.reduce((all, [from, to]) => all.replace(from, to), text.replace("seeds: [1, 2]", "seeds: [1]"));
  return parseStudyFile(written.replace(/optimizer: .*/, "optimizer: { name: sgd, momentum: 0.9 }"), "study.yaml");
};

async function train(
  spec: ReturnType<typeof study>,
): Promise<readonly { readonly rate: number; readonly loss: number; readonly reading: RangeTestReading | null }[]> {
  const results = [];
  for (const { hyperparameters, runs } of planTrials(spec, await resolveData(spec.data, root), {
    version: "1",
    programDigest: "0".repeat(64),
  }))
    for (const { resolved, runKey } of runs) {
      const losses: { readonly step: number; readonly loss: number }[] = [];
      const identity = { runKey, attempt: 1, checkpointFolder: folder, checkpointEverySteps: 0, resumeFrom: null };
      const outcome = await trainRun(composeTrainerRun(resolved, identity), {
        write: (line) => {
          if ("step" in line && "loss" in line && !("event" in line) && typeof line["loss"] === "number")
            losses.push({ step: line.step, loss: line["loss"] });
        },
      });
      const rate = hyperparameters["learningRate"] ?? 0;
      results.push({
        rate,
        loss: outcome.loss ?? Infinity,
        reading: readRangeTest(resolved.schedule, rate, losses, outcome.status === "diverged"),
      });
    }
  return results;
}

test("on the reference trainer the maximum has the sweep's optimum below it, and the loss blows up within an octave of where a sweep learns nothing", async () => {
  const [tested] = await train(
    study([
      [/schedule: .*/, "schedule: { shape: exponentialGrowth }"],
      [/logEverySteps: 20/, "logEverySteps: 1"],
      [/space:\n.*\n/, "hyperparameters: { learningRate: 4 }\nstrategy: { name: range-test }\n"],
    ]),
  );
  const swept = await train(study([[/from: -10, to: -3/, "from: -6, to: 1"]]));
  const best = swept.reduce((winner, point) => (point.loss < winner.loss ? point : winner));
  const { suggestedMaximum, blowUp } = tested?.reading ?? {};
  expect(best.rate).toBeLessThanOrEqual(suggestedMaximum ?? 0);
  expect(best.rate).toBeGreaterThanOrEqual((suggestedMaximum ?? Infinity) / 30);
  // The teacher has 16 classes: this is the loss of guessing.
  const edge = swept.find(({ rate, loss }) => rate > best.rate && loss > 0.99 * log(16))?.rate ?? Infinity;
  expect(blowUp).toBeGreaterThanOrEqual(edge / 2);
  expect(blowUp).toBeLessThanOrEqual(edge * 2);
});
