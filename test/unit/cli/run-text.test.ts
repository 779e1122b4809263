import pc from "picocolors";
import { describe, expect, it } from "vitest";
import { verifyRun } from "../../../analysis/verification/verify-run.ts";
import { renderRun, verificationSummary } from "../../../cli/run-text.ts";
import type { RunDetails } from "../../../operations/show-run.ts";
import { plantedPoints, plantedRun } from "../verification/planted-run.ts";
import { exampleProgress } from "./example-progress.ts";

const plain = pc.createColors(false);
const run = plantedRun();
const details: RunDetails = {
  runKey: "0123456789abcdef0123456789abcdef",
  state: "finished",
  seed: 1,
  loss: 2.34567,
  step: 20,
  message: null,
  hyperparameters: { learningRate: 2 ** -6 },
  scale: run.scale,
  attempts: [{ attempt: 1, state: "finished", step: 20, host: "node-7", jobId: "42", cpuSeconds: 12, message: null }],
  usedAgainstResolved: verifyRun(run, plantedPoints(run)),
  suggested: [],
  badLines: [],
};
const text = (changes: Partial<RunDetails>) => renderRun({ ...details, ...changes }, plain, 100);

describe("ladder show RUN", () => {
  it("tells what was trained, its attempts, and that it used what was resolved", () => {
    const shown = text({});
    expect(shown).toContain("width 256, depth 2, learningRate=2^-6, seed 1");
    expect(shown).toContain("held-out loss 2.3457 nats per token, step 20");
    expect(shown).toContain("  1  finished, step 20, 12s of processor time, on node-7");
    expect(shown).toContain("Used against resolved: passed: the learning rates of 7 of 7 tensors are as resolved at 80 points");
  });

  it("names tensors, used and resolved where it did not", () => {
    const mistake = plantedPoints(run, { rate: (group, { peak, factor }) => (group === "hidden" ? 16 : 1) * peak * factor });
    const shown = text({ usedAgainstResolved: verifyRun(run, mistake) }).replace(/\s+/g, " ");
    expect(shown).toContain(
      "Used against resolved: FAILED learning rate of blocks.0.query, blocks.0.key, blocks.0.up at step 1: 0.00391 was used",
    );
  });

  it("does not call silence a pass, nor a run without a result", () => {
    expect(text({ usedAgainstResolved: verifyRun(run, []) })).toContain("Used against resolved: not known:");
    expect(text({ usedAgainstResolved: null, loss: null })).toContain("compared when the run has a result");
  });

  it("shows the lines that could not be read", () => {
    const badLines = Array.from({ length: 12 }, (_, index) => ({
      attempt: 1,
      lineNumber: index + 1,
      text: "oops",
      reason: "not a JSON object",
    }));
    expect(text({ badLines })).toContain("12 lines of its trainer could not be read:\n  attempt 1, line 1: not a JSON object: oops");
    expect(text({ badLines })).toContain("… and 2 more (--json)");
  });
});

describe("ladder show STUDY", () => {
  const summary = (usedAgainstResolved: Parameters<typeof verificationSummary>[0]["usedAgainstResolved"]) =>
    verificationSummary(
      {
        progress: exampleProgress(),
        failures: [],
        coordinateChecks: [],
        recommendations: [],
        fits: [],
        independentSearch: null,
        rangeTests: [],
        usedAgainstResolved,
      },
      plain,
      100,
    ).join("\n");

  it("counts what passed, failed and is not known, and names the runs that failed", () => {
    const mismatches = [{ runKey: "f".repeat(32), words: "learning rate of readout at step 1: 2 was used" }];
    const shown = summary({ passed: 3, failed: 1, notLogged: 2, mismatches });
    expect(shown.replace(/\s+/g, " ")).toContain("Used against resolved: 1 run FAILED, 3 passed, 2 not known");
    expect(shown).toContain("  ffffffffffff  learning rate of readout at step 1: 2 was used");
    expect(summary({ passed: 0, failed: 0, notLogged: 0, mismatches: [] })).toBe("");
  });

  it("says why a searching strategy asked for it, with what it was judged by", () => {
    const explanation = {
      predictedLoss: { mean: 2.5, low: 2.45, high: 2.55 },
      predictedCost: { median: 1.2e13, low: 1.2e13, high: 1.2e13 },
      probabilityOfSuccess: 0.97,
      probabilityWithinCap: 1,
      logExpectedImprovement: -3.2,
      front: ["a", "b"],
      trialsHash: "0123456789abcdef",
      words: "near the front at a cost that few trials have",
    };
    const shown = text({ suggested: [{ sweepId: "s", number: 7, kind: "explore", explanation }] }).replace(/\s+/g, " ");
    expect(shown).toContain("Suggestion 7 (explore): near the front at a cost that few trials have");
    expect(shown).toContain("loss expected 2.5000 (80 %: 2.4500 to 2.5500); cost expected 1.20e13; success 97 %; within the cap 100 %");
    expect(shown).toContain("judged against a front of 2 trials; from trials 0123456789");
  });
});
