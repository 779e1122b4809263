import { quickExp, quickLog } from "../numerics/quick-exp-log.ts";
import { columnMean, columnOf, logarithms } from "./columns.ts";
import type { Law } from "./contract.ts";
import { crossEntropy } from "./variables.ts";

const ln10 = 2.302585092994046;

/**
 * Clark et al.'s bilinear law of routed models: what experts bring falls with model size (c), and saturates on both sides, below
 * Estart and above Emax. A dense model is one with one expert.
 */
export const routed: Law = {
  id: "routed",
  name: "Loss of routed models by experts (Clark)",
  formula:
    "log10 loss = a log10 N + b log10 e + c log10 N log10 e + d with e = 1 / (1 / (experts - 1 + 1 / (1 / Estart - 1 / Emax)) + 1 / Emax)",
  source: "Clark et al. 2022, Unified scaling laws for routed language models, arXiv:2202.01169, equations 1 and 8",
  evidence: ["code", "golden"],
  inputs: [
    { name: "N", meaning: "parameters of the dense model that is routed", unit: "parameters" },
    {
      name: "experts",
      meaning: "experts in a routed layer; 1 for a dense model",
      unit: "experts",
      range: { from: 1, to: 1e9 },
      fixedUnit: true,
    },
  ],
  output: crossEntropy,
  scale: "log10",
  parameters: [
    { name: "a", meaning: "exponent of model size", unit: "1", transform: "identity" },
    { name: "b", meaning: "exponent of experts", unit: "1", transform: "identity" },
    { name: "c", meaning: "by how much that exponent changes for each factor 10 in size", unit: "1", transform: "identity" },
    { name: "d", meaning: "log10 loss of one parameter and one expert", unit: "1", transform: "identity" },
    { name: "Estart", meaning: "experts from which on more of them count", unit: "experts", transform: "log" },
    { name: "Emax", meaning: "experts beyond which more of them bring nothing", unit: "experts", transform: "log" },
  ],
  published: [
    {
      source: "Clark et al. 2022, table 3, S-Base",
      values: { a: -0.082, b: -0.108, c: 0.009, d: 1.104, Estart: 1.847, Emax: 314.478 },
      note: "k = 1, every other layer routed, validation loss after 130B tokens",
    },
    {
      source: "Clark et al. 2022, table 3, RL-R",
      values: { a: -0.083, b: -0.126, c: 0.012, d: 1.111, Estart: 1.88, Emax: 469.982 },
      note: "k = 1, every other layer routed, validation loss after 130B tokens",
    },
  ],
  checkedOn: ["routed-lm"],
  prepare(columns) {
    const logSize = logarithms(columnOf(columns, "N")).map((value) => value / ln10);
    const more = columnOf(columns, "experts").map((value) => value - 1);
    const rowCount = logSize.length;
    const evaluate = (coordinates: Float64Array, predictions: Float64Array, jacobian?: Float64Array): void => {
      const [a = 0, b = 0, c = 0, d = 0, logStart = 0, logMost = 0] = coordinates;
      const perStart = quickExp(-logStart);
      const perMost = quickExp(-logMost);
      const gap = perStart - perMost;
      for (let row = 0, offset = 0; row < rowCount; row += 1, offset += 6) {
        const reach = 1 + gap * (more[row] ?? 0);
        const perEffective = gap / reach + perMost;
        const logEffective = -quickLog(perEffective) / ln10;
        const size = logSize[row] ?? 0;
        const exponent = b + c * size;
        predictions[row] = a * size + exponent * logEffective + d;
        if (jacobian === undefined) continue;
        const squared = 1 / (reach * reach);
        jacobian[offset] = size;
        jacobian[offset + 1] = logEffective;
        jacobian[offset + 2] = size * logEffective;
        jacobian[offset + 3] = 1;
        jacobian[offset + 4] = (exponent * perStart * squared) / (perEffective * ln10);
        jacobian[offset + 5] = (exponent * perMost * (1 - squared)) / (perEffective * ln10);
      }
    };
    return { rowCount, predict: evaluate, predictWithJacobian: evaluate };
  },
  starts(columns, output) {
    const size = columnMean(logarithms(columnOf(columns, "N"))) / ln10;
    const loss = columnMean(logarithms(output)) / ln10;
    const most = columnOf(columns, "experts").reduce((largest, value) => Math.max(largest, value), 2);
    const exponents = [-0.05, -0.15];
    return [
      exponents,
      [-0.1, -0.02],
      [0],
      exponents.map((exponent) => loss - exponent * size),
      [1.2, 2, 4].map(quickLog),
      [0.5, 1, 4].map((share) => quickLog(2 + share * most)),
    ];
  },
  equivalent: { input: "N", reference: { experts: 1 } },
  example: {
    values: { a: -0.08, b: -0.12, c: 0.01, d: 1.1, Estart: 2, Emax: 300 },
    inputs: { N: [1.5e7, 5e7, 1.3e8, 4e8, 1.3e9], experts: [1, 2, 4, 8, 16, 64, 256, 512] },
  },
};
