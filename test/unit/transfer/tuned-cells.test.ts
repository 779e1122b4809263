import { expect, test } from "vitest";
import type { TrialRunResult } from "../../../analysis/study/trial.ts";
import { tunedCells } from "../../../analysis/transfer/tuned-cells.ts";

function run(width: number, learningRate: number, loss: number | null, seed = 1): TrialRunResult {
  return {
    runKey: `${width}-${learningRate}-${seed}`,
    parametrization: "mup",
    hyperparameters: { learningRate, weightDecay: 0.1 },
    scale: {
      width,
      depth: 2,
      headDimension: 8,
      batchSizeTokens: 64,
      tokenHorizon: 640,
      parameterCountTotal: width,
      parameterCountNonEmbedding: width,
      trainingFlops: width,
      trainingFlopsFormula: "6ND",
    },
    seed,
    state: loss === null ? "diverged" : "finished",
    loss,
    cluster: `${width}-${learningRate}-${seed}`,
  };
}

test("names best values at an end of their grid, by the mean over seeds", () => {
  const results = [
    ...[run(16, 0.1, 3.1), run(16, 0.2, 3.0), run(16, 0.4, 3.2)],
    // The lowest single run lies inside, the lowest mean at the low end.
    ...[run(32, 0.1, 2.8), run(32, 0.1, 2.8, 2), run(32, 0.2, 2.7), run(32, 0.2, 3.3, 2)],
  ];
  expect(tunedCells(results)).toEqual({
    cells: 2,
    swept: { learningRate: { cells: 2, values: 3 } },
    edges: [
      {
        parametrization: "mup",
        scale: "width=32 depth=2 headDimension=8 batchSizeTokens=64 tokenHorizon=640",
        hyperparameter: "learningRate",
        value: 0.1,
        side: "low",
      },
    ],
  });
});

test("takes a diverged neighbour for something that was tried, and a diverged seed for no candidate", () => {
  expect(tunedCells([run(16, 0.1, 3.1), run(16, 0.2, 3.0), run(16, 0.4, null)]).edges).toEqual([]);
  expect(tunedCells([run(16, 0.1, 3.1), run(16, 0.2, 2.0), run(16, 0.2, null, 2)]).edges).toMatchObject([{ value: 0.1, side: "low" }]);
  expect(tunedCells([run(16, 0.1, null)])).toEqual({ cells: 1, swept: {}, edges: [] });
});
