import { expm1 } from "../numerics/elementary.ts";
import { quickExp, quickLog } from "../numerics/quick-exp-log.ts";
import { columnMean, columnMinimum, columnOf, logarithms } from "./columns.ts";
import type { Law } from "./contract.ts";
import { coefficient, positiveExponent, vanishing } from "./power-terms.ts";
import { crossEntropy, modelSize, trainingTokens } from "./variables.ts";

/** Something repeated: `unique` of it is worth its full value, and what comes on top is worth less and less. */
interface Repeated {
  /** unique + unique x scale x (1 - exp(-(total / unique - 1) / scale)) */
  worth: number;
  /** d worth / d unique */
  slope: number;
  /** d worth / d ln scale */
  bend: number;
}

/** Muennighoff et al., equations 5 and 6. 1 - exp(-x) by expm1: for large scales x is near 0, and the plain difference is noise. */
function repeat(total: number, unique: number, scale: number, into: Repeated): void {
  const repetitions = total / unique - 1;
  if (!(repetitions > 0) || scale === 0) {
    into.worth = unique;
    into.slope = repetitions > 0 ? 1 : 0;
    into.bend = 0;
    return;
  }
  const used = -expm1(-repetitions / scale);
  const left = 1 - used;
  into.worth = unique + unique * scale * used;
  into.slope = 1 + scale * used - (left * total) / unique;
  into.bend = unique * (scale * used - left * repetitions);
}

/**
 * Muennighoff et al.'s law of training on repeated tokens, with one exponent for size and tokens, as they fitted it. Models larger than
 * what the unique tokens could use are worth less, too.
 */
export const dataConstrained: Law = {
  id: "data-constrained",
  name: "Loss of training on repeated tokens (Muennighoff)",
  formula:
    "loss = E + A / n^s + B / d^s with d = u + u RD (1 - exp(-(D / u - 1) / RD)), u = min(U, D), " +
    "n = m + m RN (1 - exp(-(N / m - 1) / RN)), m = min(N, u (A / B)^(1 / s))",
  source: "Muennighoff et al. 2023, Scaling data-constrained language models, arXiv:2305.16264, equations 5 and 6",
  evidence: ["code", "golden"],
  inputs: [modelSize, trainingTokens, { name: "U", meaning: "unique tokens among them", unit: "tokens" }],
  output: crossEntropy,
  scale: "log",
  parameters: [
    vanishing("E", "irreducible loss", "nats per token"),
    coefficient("A", "size of the term of model size", "nats per token x parameters^s"),
    coefficient("B", "size of the term of tokens", "nats per token x tokens^s"),
    { ...positiveExponent("s", "exponent of both"), lower: 0.01 },
    vanishing("RD", "repetitions after which more of them are worth little", "repetitions"),
    vanishing("RN", "the same for parameters beyond those that the unique tokens could use", "1"),
  ],
  published: [
    {
      source: "github.com/huggingface/datablations, utils/parametric_fit.ipynb",
      values: { E: 1.869144, A: 520.825, B: 1487.716, s: 0.3526596, RD: 15.387756, RN: 5.309743 },
      note: "182 runs on C4; E, A, B and s were held from a fit without repetition; RD and RN are one place on a flat ridge",
    },
  ],
  checkedOn: ["datablations"],
  prepare(columns) {
    const size = columnOf(columns, "N");
    const tokens = columnOf(columns, "D");
    const unique = columnOf(columns, "U").map((value, row) => Math.min(value, tokens[row] ?? 0));
    const rowCount = size.length;
    const ofTokens: Repeated = { worth: 0, slope: 0, bend: 0 };
    const ofSize: Repeated = { worth: 0, slope: 0, bend: 0 };
    const evaluate = (coordinates: Float64Array, predictions: Float64Array, jacobian?: Float64Array): void => {
      const [logE = 0, logA = 0, logB = 0, s = 0, logRD = 0, logRN = 0] = coordinates;
      const irreducible = quickExp(logE);
      const tokenScale = quickExp(logRD);
      const sizeScale = quickExp(logRN);
      const logRatio = (logA - logB) / s;
      const parametersPerToken = quickExp(logRatio);
      for (let row = 0, offset = 0; row < rowCount; row += 1, offset += 6) {
        const usable = parametersPerToken * (unique[row] ?? 0);
        const isCapped = usable < (size[row] ?? 0);
        const full = isCapped ? usable : (size[row] ?? 0);
        repeat(tokens[row] ?? 0, unique[row] ?? 0, tokenScale, ofTokens);
        repeat(size[row] ?? 0, full, sizeScale, ofSize);
        const logSize = quickLog(ofSize.worth);
        const logTokens = quickLog(ofTokens.worth);
        const termOfSize = quickExp(logA - s * logSize);
        const termOfTokens = quickExp(logB - s * logTokens);
        const loss = irreducible + termOfSize + termOfTokens;
        predictions[row] = quickLog(loss);
        if (jacobian === undefined) continue;
        // Of ln n by ln m, and of ln m by the other parameters where the unique tokens cap it.
        const elasticity = isCapped ? (ofSize.slope * full) / ofSize.worth : 0;
        jacobian[offset] = irreducible / loss;
        jacobian[offset + 1] = (termOfSize * (1 - elasticity)) / loss;
        jacobian[offset + 2] = (termOfTokens + termOfSize * elasticity) / loss;
        jacobian[offset + 3] = -(termOfSize * (logSize - elasticity * logRatio) + termOfTokens * logTokens) / loss;
        jacobian[offset + 4] = -(s * termOfTokens * ofTokens.bend) / (ofTokens.worth * loss);
        jacobian[offset + 5] = -(s * termOfSize * ofSize.bend) / (ofSize.worth * loss);
      }
    };
    return { rowCount, predict: evaluate, predictWithJacobian: evaluate };
  },
  starts(columns, output) {
    const logSmallest = quickLog(columnMinimum(output));
    const exponents = [0.2, 0.35, 0.5];
    const sizes = (input: string): number[] => {
      const middle = columnMean(logarithms(columnOf(columns, input)));
      return exponents.map((exponent) => quickLog(0.3) + logSmallest + exponent * middle);
    };
    return [
      [0.3, 0.6, 0.9].map((share) => quickLog(share) + logSmallest),
      sizes("N"),
      sizes("D"),
      exponents,
      // The valley of these two is long, flat and full of hollows.
      [3, 10, 30, 100, 300].map(quickLog),
      [0.5, 1.5, 5, 20, 80].map(quickLog),
    ];
  },
  allocation: { size: "N", tokens: "D" },
  irreducible: "E",
  example: {
    values: { E: 1.8, A: 500, B: 1400, s: 0.35, RD: 12, RN: 4 },
    inputs: { N: [2e7, 1e8, 6e8, 3e9], D: [2e9, 1e10, 5e10], U: [1e8, 4e8, 4e9] },
  },
};
