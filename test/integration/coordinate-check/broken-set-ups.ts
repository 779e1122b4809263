import type { CoordinateCheck } from "../../../analysis/coordinate-check/coordinate-check.ts";
import { planCoordinateCheck } from "../../../analysis/coordinate-check/plan.ts";
import { studySpecSchema } from "../../../analysis/study/study-spec.ts";
import type { TrainerRun } from "../../../analysis/study/trainer-contract.ts";
import { runLiveCheck } from "../../../bench/coordinates/live-check.ts";

const baseWidth = 64;

/** The set-ups of test/golden/coordinate-check/coord-check.json, trained with the reference trainer. */
export const setUps = [
  "mup",
  "mup-zero-readout",
  "sp",
  "mup-readout-mult-missing",
  "mup-adam-lr-unscaled",
  "mup-hidden-init-unscaled",
  "mup-sgd-vector-lr-unscaled",
] as const;
export type SetUp = (typeof setUps)[number];

const optimizers = {
  adam: { name: "adam", beta1: 0.9, beta2: 0.999 },
  sgd: { name: "sgd", momentum: 0 },
} as const;

/**
 * Trains a set-up: three layers, ReLU, no biases, one batch of 64, widths 64 to 512 (64 is the base), 4 updates, seeds 1 to 3.
 * Each broken one is the right one with a single mistake, made where an implementation makes it: in what the trainer is given.
 */
export async function checkSetUp(setUp: SetUp, optimizer: keyof typeof optimizers, learningRate: number): Promise<CoordinateCheck> {
  const parametrization = setUp === "sp" ? "sp" : "mup";
  const data = { kind: "teacher" as const, id: "teacher-5", seed: 5, examples: 512 };
  const spec = studySpecSchema.parse({
    study: "set-ups",
    model: { architecture: "mlp", inputDimension: 32, classes: 8, zeroReadoutInit: setUp === "mup-zero-readout" },
    data,
    optimizer: optimizers[optimizer],
    base: { width: baseWidth },
    scales: { width: [64, 128, 256, 512], depth: 2, batchSizeTokens: 64, tokenHorizon: 640 },
    parametrizations: [parametrization],
    space: { learningRate: { values: [learningRate] } },
    seeds: [1],
  });
  const trainer = { version: "1", programDigest: "0".repeat(64) };
  const plan = planCoordinateCheck(spec, data, trainer, { parametrization, axis: "width", steps: 4, seeds: [1, 2, 3] });
  return runLiveCheck(plan, (run) => breakRun(setUp, run));
}

type Row = TrainerRun["tensors"][number];

function breakRun(setUp: SetUp, run: TrainerRun): TrainerRun {
  const growth = run.scale.width / baseWidth;
  const change = (role: Row["role"], changed: (row: Row) => Partial<Row>): TrainerRun => ({
    ...run,
    tensors: run.tensors.map((row) => (row.role === role ? { ...row, ...changed(row) } : row)),
  });
  switch (setUp) {
    case "mup":
    case "mup-zero-readout":
    case "sp":
      return run;
    case "mup-readout-mult-missing":
      return change("output", (row) => ({
        forwardMultiplier: row.forwardMultiplier * growth,
        backwardMultiplier: row.backwardMultiplier * growth,
      }));
    case "mup-adam-lr-unscaled":
      return change("hidden", (row) => ({ learningRate: row.learningRate * growth }));
    case "mup-hidden-init-unscaled":
      return change("hidden", (row) => ({ initStd: row.initStd * Math.sqrt(growth) }));
    case "mup-sgd-vector-lr-unscaled":
      return change("input", (row) => ({ learningRate: row.learningRate / growth }));
  }
}
