import { describe, expect, test } from "vitest";
import { studySpecSchema } from "../../../analysis/study/study-spec.ts";
import { compareSpend } from "../../../operations/compare-spend.ts";
import type { StudyDocument } from "../../../operations/study-document.ts";
import { exampleStudy, exampleTrials } from "./example-trials.ts";

const spec = studySpecSchema.parse(exampleStudy);
const data = { kind: "markov", id: "markov-8", seed: 1, vocabularySize: 8, concentration: 0.5 } as const;
const planned = exampleTrials();
const trials = planned.map(({ parametrization, hyperparameters, scale, runs }, index) => ({
  sweep: 1,
  number: index + 1,
  parametrization,
  hyperparameters,
  scale,
  runs: runs.map(({ seed, runKey }) => ({ seed, runKey })),
}));
const attempt = {
  attempt: 1,
  state: "finished",
  executor: "local",
  jobId: null,
  codeCommit: null,
  dirtyDigest: null,
  host: null,
  cpuSeconds: 2,
  startedAt: null,
  endedAt: null,
} as const;
const runKeys = [...new Set(trials.flatMap(({ runs }) => runs.map(({ runKey }) => runKey)))];
const flopsOf = (runKey: string): number => trials.find(({ runs }) => runs.some((run) => run.runKey === runKey))?.scale.trainingFlops ?? 0;

function documentWith(
  ended: (index: number) => Pick<StudyDocument["runs"][number], "state" | "tokens">,
): Pick<StudyDocument, "spec" | "sweeps" | "trials" | "runs"> {
  return {
    spec,
    sweeps: [
      {
        id: "00000000-0000-0000-0000-000000000000",
        number: 1,
        state: "finished",
        reason: null,
        spec,
        specHash: "0",
        data,
        trainer: { version: "1", programDigest: "f".repeat(64), command: [] },
        concurrency: 1,
        createdAt: "2026-11-25T00:00:00.000Z",
        finishedAt: null,
      },
    ],
    trials,
    runs: runKeys.map((runKey, index) => ({
      runKey,
      seed: 1,
      loss: null,
      step: null,
      errorClass: null,
      message: null,
      cluster: runKey,
      attempts: [attempt],
      ...ended(index),
    })),
  };
}

describe("proxy spend over target spend", () => {
  const target = { width: 64, depth: 1, headDimension: 8, batchSizeTokens: 64, tokenHorizon: 640 };

  test("every run counts once, though SP and muP share those of the base width", () => {
    const spend = compareSpend(
      documentWith(() => ({ state: "finished", tokens: 640 })),
      target,
    );
    const total = runKeys.map(flopsOf).reduce((sum, flops) => sum + flops, 0);
    expect(runKeys).toHaveLength(18);
    expect(spend?.proxyTrainingFlops).toBeCloseTo(total, 0);
    // 6 N D with N = 12 width^2 in the block and 8 width in the readout.
    expect(spend?.targetTrainingFlops).toBe(6 * (12 * 64 * 64 + 8 * 64) * 640);
    expect(spend?.share).toBeCloseTo(total / (6 * (12 * 64 * 64 + 8 * 64) * 640), 12);
    expect(spend?.proxyCpuSeconds).toBe(36);
    expect(spend?.words).toMatch(/18 proxy runs cost .* FLOPs \(36 s of processor time\), 3\.42 times one training of the target/);
  });

  test("a diverged run cost what it trained, a running one is left out", () => {
    const spend = compareSpend(
      documentWith((index) => ({
        state: index === 0 ? "diverged" : index === 1 ? "running" : "finished",
        tokens: index === 0 ? 160 : 640,
      })),
      target,
    );
    const expected = runKeys.reduce((sum, key, index) => sum + flopsOf(key) * (index === 0 ? 0.25 : index === 1 ? 0 : 1), 0);
    expect(spend?.proxyTrainingFlops).toBeCloseTo(expected, 0);
  });

  test("runs as large as the target are no proxies; without any there is nothing to compare", () => {
    expect(
      compareSpend(
        documentWith(() => ({ state: "finished", tokens: 640 })),
        { ...target, width: 8 },
      ),
    ).toBeNull();
  });
});
