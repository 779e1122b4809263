import { quickExp, quickLog } from "../numerics/quick-exp-log.ts";
import { columnMean, columnMinimum, columnOf, logarithms } from "./columns.ts";
import type { Law } from "./contract.ts";
import { exponent } from "./power-terms.ts";
import { crossEntropy, modelSize, trainingTokens } from "./variables.ts";

/**
 * Farseer: the loss of unlimited tokens, and size and exponent of the term of tokens, are each the exponential of a power law of model
 * size. Nine parameters: a grid of many sizes and token counts is needed.
 */
export const farseer: Law = {
  id: "farseer",
  name: "Loss with a token exponent that depends on model size (Farseer)",
  formula: "loss = exp(a3 N^gamma + b3) + exp(a2 N^beta + b2) / D^exp(a1 N^alpha + b1)",
  source: "Li et al. 2025, Predictable scale part II: Farseer, arXiv:2506.10972",
  evidence: ["abstract"],
  inputs: [modelSize, { ...trainingTokens, fixedUnit: true }],
  output: crossEntropy,
  scale: "log",
  parameters: [
    { ...exponent("a3", "how the loss of unlimited tokens changes with size"), unit: "parameters^-gamma" },
    exponent("gamma", "exponent of size in it"),
    exponent("b3", "ln of its part that does not change"),
    { ...exponent("a2", "how the term of tokens changes with size"), unit: "parameters^-beta" },
    exponent("beta", "exponent of size in it"),
    exponent("b2", "ln of its part that does not change"),
    { ...exponent("a1", "how the exponent of tokens changes with size"), unit: "parameters^-alpha" },
    exponent("alpha", "exponent of size in it"),
    exponent("b1", "ln of its part that does not change"),
  ],
  published: [],
  checkedOn: ["chinchilla-svg"],
  prepare(columns) {
    const logSize = logarithms(columnOf(columns, "N"));
    const logTokens = logarithms(columnOf(columns, "D"));
    const rowCount = logSize.length;
    const evaluate = (coordinates: Float64Array, predictions: Float64Array, jacobian?: Float64Array): void => {
      const [a3 = 0, gamma = 0, b3 = 0, a2 = 0, beta = 0, b2 = 0, a1 = 0, alpha = 0, b1 = 0] = coordinates;
      for (let row = 0, offset = 0; row < rowCount; row += 1, offset += 9) {
        const size = logSize[row] ?? 0;
        const powerOfLimit = quickExp(gamma * size);
        const powerOfTerm = quickExp(beta * size);
        const powerOfExponent = quickExp(alpha * size);
        const limit = quickExp(a3 * powerOfLimit + b3);
        const tokenExponent = quickExp(a1 * powerOfExponent + b1);
        const term = quickExp(a2 * powerOfTerm + b2 - tokenExponent * (logTokens[row] ?? 0));
        const loss = limit + term;
        predictions[row] = quickLog(loss);
        if (jacobian === undefined) continue;
        const [shareOfLimit, shareOfTerm] = [limit / loss, term / loss];
        const ofExponent = -shareOfTerm * tokenExponent * (logTokens[row] ?? 0);
        jacobian[offset] = shareOfLimit * powerOfLimit;
        jacobian[offset + 1] = shareOfLimit * a3 * powerOfLimit * size;
        jacobian[offset + 2] = shareOfLimit;
        jacobian[offset + 3] = shareOfTerm * powerOfTerm;
        jacobian[offset + 4] = shareOfTerm * a2 * powerOfTerm * size;
        jacobian[offset + 5] = shareOfTerm;
        jacobian[offset + 6] = ofExponent * powerOfExponent;
        jacobian[offset + 7] = ofExponent * a1 * powerOfExponent * size;
        jacobian[offset + 8] = ofExponent;
      }
    };
    return { rowCount, predict: evaluate, predictWithJacobian: evaluate };
  },
  starts(columns, output) {
    const logLoss = quickLog(columnMinimum(output));
    const size = columnMean(logarithms(columnOf(columns, "N")));
    const tokens = columnMean(logarithms(columnOf(columns, "D")));
    const exponents = [0.25, 0.4];
    // Each inner power is a factor e^-0.4 or e^0.4 at first in the middle of the rows.
    const gentle = (power: number): number[] => [-0.4, 0.4].map((share) => share * quickExp(-power * size));
    return [
      gentle(0.15),
      [0.15],
      [0.5, 0.9].map((share) => quickLog(share) + logLoss),
      gentle(-0.1),
      [-0.1],
      exponents.map((value) => quickLog(0.4) + logLoss + value * tokens),
      gentle(0.1),
      [0.1],
      exponents.map(quickLog),
    ];
  },
  allocation: { size: "N", tokens: "D" },
  example: {
    values: { a3: -0.02, gamma: 0.17, b3: 0.1, a2: 60, beta: -0.1, b2: -3, a1: -0.12, alpha: 0.12, b1: 0.4 },
    inputs: { N: [1e8, 2e8, 4e8, 8e8, 1.6e9, 3.2e9, 6.4e9], D: [2e9, 8e9, 3.2e10, 1.3e11, 5e11, 2e12] },
  },
};
