import { quickExp, quickLog } from "../numerics/quick-exp-log.ts";
import { LadderError } from "../study/ladder-error.ts";
import { columnMean, columnMinimum, columnOf } from "./columns.ts";
import type { Columns, Law } from "./contract.ts";
import { vanishing } from "./power-terms.ts";

/**
 * Test error of least squares after generations that each learned from labels of the one before: it grows in a straight line with the
 * generation.
 */
export const modelCollapse: Law = {
  id: "model-collapse",
  name: "Test error over generations of synthetic data (least squares)",
  formula:
    "testError = noise features / (samples - features - 1) + generation generationNoise features / (generationSamples - features - 1)",
  source:
    "Dohmatob et al. 2024, Model collapse demystified, arXiv:2402.07712, isotropic least squares with fewer features than samples; expected trace of an inverse Wishart matrix",
  evidence: ["derived"],
  inputs: [
    {
      name: "generation",
      meaning: "generations of synthetic labels behind the data; 0 for real data",
      unit: "generations",
      range: { from: 0, to: 1e6 },
      fixedUnit: true,
    },
    { name: "features", meaning: "features", unit: "features", fixedUnit: true },
    { name: "samples", meaning: "samples of the last fit, more than features + 1", unit: "samples", fixedUnit: true },
    { name: "generationSamples", meaning: "samples of each earlier generation, more than features + 1", unit: "samples", fixedUnit: true },
  ],
  output: { name: "testError", meaning: "expected squared error beyond the noise, of features of variance 1", unit: "squared output" },
  scale: "log",
  parameters: [
    vanishing("noise", "variance of the noise of the last labels", "squared output"),
    vanishing("generationNoise", "variance of the noise of each earlier generation's labels", "squared output"),
  ],
  published: [],
  checkedOn: ["simulated-collapse"],
  prepare(columns) {
    const { last, earlier } = factorsOf(columns);
    const rowCount = last.length;
    const evaluate = (coordinates: Float64Array, predictions: Float64Array, jacobian?: Float64Array): void => {
      const noise = quickExp(coordinates[0] ?? 0);
      const generationNoise = quickExp(coordinates[1] ?? 0);
      for (let row = 0; row < rowCount; row += 1) {
        const ofLast = noise * (last[row] ?? 0);
        const error = ofLast + generationNoise * (earlier[row] ?? 0);
        predictions[row] = quickLog(error);
        if (jacobian === undefined) continue;
        jacobian[2 * row] = ofLast / error;
        jacobian[2 * row + 1] = 1 - ofLast / error;
      }
    };
    return { rowCount, predict: evaluate, predictWithJacobian: evaluate };
  },
  starts(columns, output) {
    const { last, earlier } = factorsOf(columns);
    const smallest = quickLog(columnMinimum(output));
    const guess = (factor: Float64Array): number[] => {
      const middle = columnMean(factor);
      return [0.3, 1, 3].map((share) => smallest + quickLog(middle > 0 ? share / middle : share));
    };
    return [guess(last), guess(earlier)];
  },
  linearPart: {
    parameters: ["noise", "generationNoise"],
    basis(columns, _nonlinear, into) {
      const { last, earlier } = factorsOf(columns);
      for (let row = 0; row < last.length; row += 1) {
        into[2 * row] = last[row] ?? 0;
        into[2 * row + 1] = earlier[row] ?? 0;
      }
    },
  },
  example: {
    values: { noise: 1, generationNoise: 0.8 },
    inputs: { generation: [0, 1, 2, 4, 8], features: [20, 100], samples: [300, 600], generationSamples: [200, 400] },
  },
};

/** What each noise is multiplied by. @throws LadderError `input` COLLAPSE_SAMPLES where least squares has no expected error */
function factorsOf(columns: Columns): { readonly last: Float64Array; readonly earlier: Float64Array } {
  const features = columnOf(columns, "features");
  const generation = columnOf(columns, "generation");
  const factor = (name: string): Float64Array =>
    columnOf(columns, name).map((samples, row) => {
      const dimension = features[row] ?? 0;
      if (samples > dimension + 1) return dimension / (samples - dimension - 1);
      throw new LadderError(
        "input",
        "COLLAPSE_SAMPLES",
        `${name} of row ${row} is ${samples} with ${dimension} features; model-collapse needs more than ${dimension + 1}`,
        { fields: { row, name, samples, features: dimension }, hint: "leave the row out: the law is one of fewer features than samples" },
      );
    });
  const earlier = factor("generationSamples");
  return { last: factor("samples"), earlier: earlier.map((value, row) => (generation[row] ?? 0) * value) };
}
