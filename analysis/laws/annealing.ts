import { quickExp, quickLog } from "../numerics/quick-exp-log.ts";
import { columnMean, columnMinimum, columnOf, logarithms } from "./columns.ts";
import type { Law } from "./contract.ts";
import { curveAreas } from "./curve-areas.ts";
import { coefficient, positiveExponent, vanishing } from "./power-terms.ts";
import { crossEntropy } from "./variables.ts";

/**
 * Tissue et al.'s law of whole loss curves: what was trained (the area under the learning rate) and what annealing adds. Both areas come
 * from a schedule by `scheduleAreas`. Model, data and peak learning rate are those of the curves.
 */
export const annealing: Law = {
  id: "annealing",
  name: "Loss curves under any learning-rate schedule (Tissue)",
  formula: "loss = L0 + A / S1^alpha - C S2",
  source: "Tissue, Wang and Wang 2024, Scaling law with learning rate annealing, arXiv:2408.11029, equation 1",
  evidence: ["code", "golden"],
  inputs: [
    { name: "S1", meaning: "sum of the learning rate over steps so far", unit: "learning rate x steps" },
    {
      name: "S2",
      meaning: "sum over steps so far of the decayed sum of falls of the learning rate",
      unit: "learning rate x steps",
      range: { from: -1e12, to: 1e12 },
    },
  ],
  output: crossEntropy,
  scale: "log",
  parameters: [
    vanishing("L0", "irreducible loss of this model", "nats per token"),
    coefficient("A", "size of the term of training", "nats per token x (learning rate x steps)^alpha"),
    positiveExponent("alpha", "exponent of training"),
    vanishing("C", "what annealing brings", "nats per token for each learning rate x step"),
  ],
  derived: {
    inputs: ["S1", "S2"],
    needs: ["step", "learningRate"],
    words: "from the learning rate at the logged steps of each curve, linear between them, warm-up read as the peak, momentum .999",
    compute: curveAreas,
  },
  published: [],
  checkedOn: ["annealing-curves"],
  prepare(columns) {
    const logArea = logarithms(columnOf(columns, "S1"));
    const annealed = columnOf(columns, "S2");
    const rowCount = logArea.length;
    const evaluate = (coordinates: Float64Array, predictions: Float64Array, jacobian?: Float64Array): void => {
      const [logLimit = 0, logA = 0, alpha = 0, logC = 0] = coordinates;
      const limit = quickExp(logLimit);
      const gain = quickExp(logC);
      for (let row = 0, offset = 0; row < rowCount; row += 1, offset += 4) {
        const term = quickExp(logA - alpha * (logArea[row] ?? 0));
        const brought = gain * (annealed[row] ?? 0);
        const loss = limit + term - brought;
        predictions[row] = quickLog(loss);
        if (jacobian === undefined) continue;
        jacobian[offset] = limit / loss;
        jacobian[offset + 1] = term / loss;
        jacobian[offset + 2] = (-term * (logArea[row] ?? 0)) / loss;
        jacobian[offset + 3] = -brought / loss;
      }
    };
    return { rowCount, predict: evaluate, predictWithJacobian: evaluate };
  },
  starts(columns, output) {
    const smallest = columnMinimum(output);
    const area = columnMean(logarithms(columnOf(columns, "S1")));
    const annealed = columnOf(columns, "S2").reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    const exponents = [0.2, 0.5, 0.9];
    return [
      [0.3, 0.7, 0.95].map((share) => quickLog(share * smallest)),
      exponents.map((exponent) => quickLog(0.3 * smallest) + exponent * area),
      exponents,
      [0.003, 0.03].map((share) => quickLog((share * smallest) / (annealed === 0 ? 1 : annealed))),
    ];
  },
  linearPart: {
    parameters: ["L0", "A", "C"],
    basis(columns, nonlinear, into) {
      const annealed = columnOf(columns, "S2");
      const alpha = nonlinear["alpha"] ?? 0;
      for (const [row, logArea] of logarithms(columnOf(columns, "S1")).entries()) {
        into[3 * row] = 1;
        into[3 * row + 1] = quickExp(-alpha * logArea);
        into[3 * row + 2] = -(annealed[row] ?? 0);
      }
    },
  },
  irreducible: "L0",
  example: {
    values: { L0: 2.6, A: 0.5, alpha: 0.5, C: 0.25 },
    inputs: { S1: [0.3, 0.8, 1.5, 2.5, 4, 6], S2: [0, 0.05, 0.15, 0.3] },
  },
};
