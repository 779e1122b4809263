import { columnOf, logarithms } from "./columns.ts";
import type { Law } from "./contract.ts";
import { modelSize } from "./variables.ts";

/** Kaplan et al.'s rule, a straight line in ln N: it reaches 0 at about 1e10 parameters, so it is one for small models. */
export const learningRateOfLogSize: Law = {
  id: "learning-rate-of-log-size",
  name: "Learning rate of the logarithm of model size (Kaplan)",
  formula: "learningRate = a + b ln N",
  source: "Kaplan et al. 2020, Scaling laws for neural language models, arXiv:2001.08361, appendix D.6",
  evidence: ["abstract"],
  inputs: [modelSize],
  output: { name: "learningRate", meaning: "best peak learning rate", unit: "1" },
  scale: "value",
  parameters: [
    { name: "a", meaning: "learning rate of one parameter", unit: "1", transform: "identity" },
    { name: "b", meaning: "change of learning rate for each factor e in size", unit: "1", transform: "identity" },
  ],
  published: [
    {
      source: "Kaplan et al. 2020, appendix D.6",
      values: { a: 3.239e-3, b: -1.395e-4 },
      note: "Adam, WebText2, N without embeddings; quoted, not read in the paper",
    },
  ],
  checkedOn: ["steplaw-dense"],
  prepare(columns) {
    const logSize = logarithms(columnOf(columns, "N"));
    const rowCount = logSize.length;
    const predict = ([a = 0, b = 0]: Float64Array, predictions: Float64Array): void => {
      for (let row = 0; row < rowCount; row += 1) predictions[row] = a + b * (logSize[row] ?? 0);
    };
    return {
      rowCount,
      predict,
      predictWithJacobian(coordinates, predictions, jacobian) {
        predict(coordinates, predictions);
        for (let row = 0, offset = 0; row < rowCount; row += 1, offset += 2) {
          jacobian[offset] = 1;
          jacobian[offset + 1] = logSize[row] ?? 0;
        }
      },
    };
  },
  // A straight line: one step of the search reaches the minimum from anywhere.
  starts: () => [[0], [0]],
  example: { values: { a: 3e-3, b: -1.3e-4 }, inputs: { N: [1e5, 1e6, 1e7, 3e7, 1e8, 3e8, 1e9] } },
};
