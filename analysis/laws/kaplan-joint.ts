import { quickExp, quickExps, quickLog } from "../numerics/quick-exp-log.ts";
import { columnMean, columnMinimum, columnOf, logarithms } from "./columns.ts";
import type { Law } from "./contract.ts";
import { crossEntropy, modelSize, trainingTokens } from "./variables.ts";

/** Kaplan et al.'s law of size and data, which has no irreducible loss. Search coordinates: ln of all four. */
export const kaplanJoint: Law = {
  id: "kaplan-joint",
  name: "Loss of model size and tokens without an irreducible loss (Kaplan)",
  formula: "loss = ((Nc / N)^(alphaN / alphaD) + Dc / D)^alphaD",
  source: "Kaplan et al. 2020, Scaling laws for neural language models, arXiv:2001.08361, equation 1.5",
  evidence: ["abstract"],
  inputs: [modelSize, trainingTokens],
  output: crossEntropy,
  scale: "log",
  parameters: [
    { name: "Nc", meaning: "model size at which the loss of unlimited tokens is 1", unit: "parameters", transform: "log" },
    { name: "Dc", meaning: "tokens at which the loss of an unlimited model is 1", unit: "tokens", transform: "log" },
    { name: "alphaN", meaning: "exponent of model size", unit: "1", transform: "log" },
    { name: "alphaD", meaning: "exponent of tokens", unit: "1", transform: "log" },
  ],
  published: [
    {
      source: "Kaplan et al. 2020, table 2",
      values: { Nc: 6.4e13, Dc: 1.8e13, alphaN: 0.076, alphaD: 0.103 },
      note: "WebText2, N without embeddings, D is the size of the data and not what was trained on; quoted, not read in the paper",
    },
  ],
  checkedOn: ["chinchilla-svg"],
  prepare(columns) {
    const logSize = logarithms(columnOf(columns, "N"));
    const logTokens = logarithms(columnOf(columns, "D"));
    const rowCount = logSize.length;
    const ofSize = new Float64Array(rowCount);
    const ofTokens = new Float64Array(rowCount);
    /** Both terms of the sum; returns the two exponents. */
    const evaluateTerms = ([logNc = 0, logDc = 0, logAlphaN = 0, logAlphaD = 0]: Float64Array) => {
      const alphaD = quickExp(logAlphaD);
      const alphaN = quickExp(logAlphaN);
      const ratio = alphaN / alphaD;
      for (let row = 0; row < rowCount; row += 1) {
        ofSize[row] = ratio * (logNc - (logSize[row] ?? 0));
        ofTokens[row] = logDc - (logTokens[row] ?? 0);
      }
      quickExps(ofSize, rowCount);
      quickExps(ofTokens, rowCount);
      return { alphaN, alphaD };
    };
    return {
      rowCount,
      predict(coordinates, predictions) {
        const { alphaD } = evaluateTerms(coordinates);
        for (let row = 0; row < rowCount; row += 1) predictions[row] = alphaD * quickLog((ofSize[row] ?? 0) + (ofTokens[row] ?? 0));
      },
      predictWithJacobian(coordinates, predictions, jacobian) {
        const { alphaN, alphaD } = evaluateTerms(coordinates);
        const logNc = coordinates[0] ?? 0;
        for (let row = 0, offset = 0; row < rowCount; row += 1, offset += 4) {
          const sum = (ofSize[row] ?? 0) + (ofTokens[row] ?? 0);
          const share = (ofSize[row] ?? 0) / sum;
          const prediction = alphaD * quickLog(sum);
          const bend = alphaN * share * (logNc - (logSize[row] ?? 0));
          predictions[row] = prediction;
          jacobian[offset] = alphaN * share;
          jacobian[offset + 1] = (alphaD * (ofTokens[row] ?? 0)) / sum;
          jacobian[offset + 2] = bend;
          jacobian[offset + 3] = prediction - bend;
        }
      },
    };
  },
  starts(columns, output) {
    const logLoss = quickLog(columnMinimum(output));
    const exponents = [0.05, 0.1, 0.2, 0.4];
    // Where the term of one input alone would give the smallest loss.
    const places = (input: string): number[] => {
      const middle = columnMean(logarithms(columnOf(columns, input)));
      return exponents.map((exponent) => middle + logLoss / exponent);
    };
    return [places("N"), places("D"), exponents.map(quickLog), exponents.map(quickLog)];
  },
  allocation: { size: "N", tokens: "D" },
  example: {
    values: { Nc: 6e13, Dc: 2e13, alphaN: 0.08, alphaD: 0.1 },
    inputs: { N: [1e6, 1e7, 1e8, 1e9, 1e10], D: [2e7, 2e8, 2e9, 2e10, 2e11] },
  },
};
