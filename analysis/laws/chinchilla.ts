import { quickExp, quickExps, quickLog, quickLogs } from "../numerics/quick-exp-log.ts";
import { columnMean, columnMinimum, columnOf, logarithms } from "./columns.ts";
import type { Law } from "./contract.ts";

/**
 * Hoffmann et al.'s third approach: L(N, D) = E + A / N^alpha + B / D^beta, fitted to ln L (arXiv:2203.15556, equation 10 and appendix
 * D.3). Search coordinates: ln E, ln A, ln B, alpha, beta.
 */
export const chinchilla: Law = {
  id: "chinchilla",
  name: "Loss of model size and tokens (Hoffmann, approach 3)",
  formula: "loss = E + A / N^alpha + B / D^beta",
  source: "Hoffmann et al. 2022, Training compute-optimal large language models, arXiv:2203.15556, equation 10",
  evidence: ["paper", "golden"],
  inputs: [
    { name: "N", meaning: "parameters of the model", unit: "parameters" },
    { name: "D", meaning: "training tokens", unit: "tokens" },
  ],
  output: { name: "loss", meaning: "cross entropy", unit: "nats per token" },
  scale: "log",
  parameters: [
    { name: "E", meaning: "irreducible loss", unit: "nats per token", transform: "log", mayVanish: true },
    { name: "A", meaning: "size of the term of model size", unit: "nats per token x parameters^alpha", transform: "log" },
    { name: "B", meaning: "size of the term of tokens", unit: "nats per token x tokens^beta", transform: "log" },
    { name: "alpha", meaning: "exponent of model size", unit: "1", transform: "identity", lower: 0 },
    { name: "beta", meaning: "exponent of tokens", unit: "1", transform: "identity", lower: 0 },
  ],
  published: [
    {
      source: "Hoffmann et al. 2022, table A3",
      values: { E: 1.69, A: 406.4, B: 410.7, alpha: 0.34, beta: 0.28 },
      note: "MassiveText, N with embeddings; the values are rounded and do not reproduce from the paper's own figure",
    },
    {
      source: "Besiroglu et al. 2024, arXiv:2404.10102, table 1",
      values: { E: 1.8172, A: 482.01, B: 2085.43, alpha: 0.3478, beta: 0.3658 },
      note: "240 points read from figure 4 of Hoffmann et al.; fitted with a scale parameter, in effect least absolute deviations",
    },
    {
      source: "Besiroglu et al. 2024, github.com/epoch-research/analyzing-chinchilla, best of 4,500 starts",
      values: { E: 1.817236, A: 477.84, B: 2143.86, alpha: 0.347313, beta: 0.367183 },
      note: "the same 240 points by Huber's penalty, delta 0.001: as right as the table's values, for another objective",
    },
  ],
  checkedOn: ["chinchilla-svg", "misfitting", "ladder-olmo", "gemstones", "isoflop-extracted"],
  prepare(columns) {
    const logSize = logarithms(columnOf(columns, "N"));
    const logTokens = logarithms(columnOf(columns, "D"));
    const rowCount = logSize.length;
    const ofSize = new Float64Array(rowCount);
    const ofTokens = new Float64Array(rowCount);
    /** Both terms; returns E. */
    const evaluateTerms = (coordinates: Float64Array): number => {
      const [, logA = 0, logB = 0, alpha = 0, beta = 0] = coordinates;
      for (let row = 0; row < rowCount; row += 1) {
        ofSize[row] = logA - alpha * (logSize[row] ?? 0);
        ofTokens[row] = logB - beta * (logTokens[row] ?? 0);
      }
      quickExps(ofSize, rowCount);
      quickExps(ofTokens, rowCount);
      return quickExp(coordinates[0] ?? 0);
    };
    return {
      rowCount,
      predict(coordinates, predictions) {
        const irreducible = evaluateTerms(coordinates);
        for (let row = 0; row < rowCount; row += 1) predictions[row] = irreducible + (ofSize[row] ?? 0) + (ofTokens[row] ?? 0);
        quickLogs(predictions, rowCount);
      },
      predictWithJacobian(coordinates, predictions, jacobian) {
        const irreducible = evaluateTerms(coordinates);
        for (let row = 0, offset = 0; row < rowCount; row += 1, offset += 5) {
          const loss = irreducible + (ofSize[row] ?? 0) + (ofTokens[row] ?? 0);
          const inverse = 1 / loss;
          const shareOfSize = (ofSize[row] ?? 0) * inverse;
          const shareOfTokens = (ofTokens[row] ?? 0) * inverse;
          predictions[row] = loss;
          jacobian[offset] = irreducible * inverse;
          jacobian[offset + 1] = shareOfSize;
          jacobian[offset + 2] = shareOfTokens;
          jacobian[offset + 3] = -(logSize[row] ?? 0) * shareOfSize;
          jacobian[offset + 4] = -(logTokens[row] ?? 0) * shareOfTokens;
        }
        quickLogs(predictions, rowCount);
      },
    };
  },
  starts(columns, output) {
    const logSize = columnMean(logarithms(columnOf(columns, "N")));
    const logTokens = columnMean(logarithms(columnOf(columns, "D")));
    const logSmallest = quickLog(columnMinimum(output));
    // With N and D counted one by one these are Hoffmann's own 0, 5 … 25; in other units they move along.
    const steps = [0, 0.25, 0.5, 0.75, 1, 1.25];
    const exponents = [0.1, 0.25, 0.5, 1, 1.5];
    return [
      [0.2, 0.4, 0.6, 0.8, 0.95].map((share) => quickLog(share) + logSmallest),
      steps.map((step) => step * logSize),
      steps.map((step) => step * logTokens),
      exponents,
      exponents,
    ];
  },
  linearPart: {
    parameters: ["E", "A", "B"],
    basis(columns, nonlinear, into) {
      const size = columnOf(columns, "N");
      const tokens = columnOf(columns, "D");
      const alpha = nonlinear["alpha"] ?? 0;
      const beta = nonlinear["beta"] ?? 0;
      for (let row = 0, offset = 0; row < size.length; row += 1, offset += 3) {
        into[offset] = 1;
        into[offset + 1] = quickExp(-alpha * quickLog(size[row] ?? 0));
        into[offset + 2] = quickExp(-beta * quickLog(tokens[row] ?? 0));
      }
    },
  },
  allocation: { size: "N", tokens: "D" },
  irreducible: "E",
  example: {
    values: { E: 1.8, A: 480, B: 2100, alpha: 0.35, beta: 0.37 },
    inputs: { N: [4e7, 1.5e8, 6e8, 2.5e9, 1e10], D: [1e9, 4e9, 1.6e10, 6e10, 2.5e11] },
  },
};
