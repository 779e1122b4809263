import type { ProgressCell, StudyProgress } from "../../../operations/study-progress.ts";

const scale = {
  depth: 2,
  headDimension: 8,
  batchSizeTokens: 256,
  tokenHorizon: 51200,
  parameterCountTotal: 1e4,
  parameterCountNonEmbedding: 8e3,
  trainingFlops: 2.5e9,
  trainingFlopsFormula: "6ND",
};
const none = { total: 14, queued: 0, running: 0, finished: 0, diverged: 0, failed: 0, cancelled: 0, reused: 0, shared: 0 };

export function exampleCell(parametrization: string, width: number, changes: Partial<ProgressCell> = {}): ProgressCell {
  return { parametrization, scale: { ...scale, width }, ...none, bestLoss: null, bestHyperparameters: null, ...changes };
}

/** A study half way: shared base width, something reused, something diverged. */
export function exampleProgress(changes: Partial<StudyProgress> = {}): StudyProgress {
  return {
    study: "width-transfer",
    question: "Which learning rate should width 256 use?",
    state: "running",
    why: "",
    sweeps: [{ id: "0123456789ab", number: 1, state: "running", reason: null, createdAt: "2026-01-02T03:04:05.000Z" }],
    cells: [
      exampleCell("sp", 16, { finished: 14, reused: 7, shared: 14, bestLoss: 2.51234, bestHyperparameters: { learningRate: 2 ** -6 } }),
      exampleCell("sp", 128, {
        finished: 4,
        diverged: 1,
        running: 2,
        queued: 7,
        bestLoss: 2.1,
        bestHyperparameters: { learningRate: 2 ** -9 },
      }),
      exampleCell("mup", 16, { finished: 14, reused: 7, shared: 14, bestLoss: 2.51234, bestHyperparameters: { learningRate: 2 ** -6 } }),
      exampleCell("mup", 128, { queued: 14 }),
    ],
    totals: { total: 42, queued: 21, running: 2, finished: 18, diverged: 1, failed: 0, cancelled: 0, reused: 7, shared: 14 },
    spent: { cpuSeconds: 75, trainingFlops: 4.2e11, runs: 12 },
    budget: {},
    eta: { seconds: 130, basis: "seconds per FLOP of 18 measured runs, 2 at a time" },
    slots: 2,
    createdAt: "2026-01-02T03:04:05.000Z",
    ...changes,
  };
}
