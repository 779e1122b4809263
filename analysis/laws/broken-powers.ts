import type { Evidence } from "../study/evidence.ts";
import { log1p } from "../numerics/elementary.ts";
import { quickExp, quickLog } from "../numerics/quick-exp-log.ts";
import { columnMean, columnMinimum, columnOf, logarithms } from "./columns.ts";
import type { Law, LawVariable, PublishedConstants } from "./contract.ts";
import { coefficient, exponent, vanishing } from "./power-terms.ts";
import { crossEntropy, modelSize, trainingCompute, trainingTokens } from "./variables.ts";

const inputs: readonly {
  readonly id: string;
  readonly words: string;
  readonly input: LawVariable;
  readonly published: readonly PublishedConstants[];
  readonly checkedOn: readonly string[];
  readonly evidence: readonly Evidence[];
}[] = [
  { id: "broken-power-of-size", words: "model size", input: modelSize, published: [], checkedOn: [], evidence: ["code"] },
  {
    id: "broken-power-of-tokens",
    words: "training tokens",
    input: trainingTokens,
    published: [
      {
        source: "github.com/ethancaballero/broken_neural_scaling_laws, 4-digit addition",
        values: {
          a: 0.41388453071629455,
          b: 2.2772722897737556,
          c0: 0.055077348404973955,
          c1: 5.662903816010331,
          d1: 612.5836172918001,
          f1: 0.059193036393742314,
        },
        note: "D counts training examples; fitted to 14 points, least squares of ln(loss + 1)",
      },
    ],
    checkedOn: ["four-digit-addition", "gemstones"],
    evidence: ["code", "golden"],
  },
  { id: "broken-power-of-compute", words: "training compute", input: trainingCompute, published: [], checkedOn: [], evidence: ["code"] },
];

/** ln(1 + e^z), without overflow. */
const softplus = (z: number): number => (z > 0 ? z + log1p(quickExp(-z)) : log1p(quickExp(z)));

/**
 * Caballero et al.'s smoothly broken power laws with one break: the exponent is c0 well below d1 and c0 + c1 well above it, and f1 is
 * the width of the passage in ln of the input.
 */
export const brokenPowers: readonly Law[] = inputs.map(({ id, words, input, published, checkedOn, evidence }) => ({
  id,
  name: `Loss as a broken power of ${words} (Caballero, one break)`,
  formula: `loss = a + b ${input.name}^-c0 (1 + (${input.name} / d1)^(1 / f1))^(-c1 f1)`,
  source: "Caballero et al. 2023, Broken neural scaling laws, arXiv:2210.14891, equation 1",
  evidence,
  inputs: [input],
  output: crossEntropy,
  scale: "log",
  parameters: [
    vanishing("a", "irreducible loss", "nats per token"),
    coefficient("b", "size of the term", `nats per token x ${input.unit}^c0`),
    exponent("c0", "exponent before the break"),
    exponent("c1", "what the break adds to it"),
    coefficient("d1", "where the break is", input.unit),
    coefficient("f1", "width of the break, in ln of the input", "1"),
  ],
  published,
  checkedOn,
  prepare(columns) {
    const logInput = logarithms(columnOf(columns, input.name));
    const rowCount = logInput.length;
    const evaluate = (coordinates: Float64Array, predictions: Float64Array, jacobian?: Float64Array): void => {
      const [logA = 0, logB = 0, c0 = 0, c1 = 0, logBreak = 0, logWidth = 0] = coordinates;
      const irreducible = quickExp(logA);
      const width = quickExp(logWidth);
      for (let row = 0, offset = 0; row < rowCount; row += 1, offset += 6) {
        const place = ((logInput[row] ?? 0) - logBreak) / width;
        const bend = width * softplus(place);
        const term = quickExp(logB - c0 * (logInput[row] ?? 0) - c1 * bend);
        const loss = irreducible + term;
        predictions[row] = quickLog(loss);
        if (jacobian === undefined) continue;
        const share = term / loss;
        const passed = place > 0 ? 1 / (1 + quickExp(-place)) : 1 - 1 / (1 + quickExp(place));
        jacobian[offset] = irreducible / loss;
        jacobian[offset + 1] = share;
        jacobian[offset + 2] = -share * (logInput[row] ?? 0);
        jacobian[offset + 3] = -share * bend;
        jacobian[offset + 4] = share * c1 * passed;
        jacobian[offset + 5] = -share * c1 * (bend - width * passed * place);
      }
    };
    return { rowCount, predict: evaluate, predictWithJacobian: evaluate };
  },
  starts(columns, output) {
    const logInput = logarithms(columnOf(columns, input.name));
    const smallest = columnMinimum(logInput);
    const span = logInput.reduce((largest, value) => Math.max(largest, value), smallest) - smallest;
    const logLoss = quickLog(columnMinimum(output));
    const middle = columnMean(logInput);
    const exponents = [0, 0.15, 0.5];
    return [
      [0.3, 0.7, 0.95].map((share) => quickLog(share) + logLoss),
      exponents.map((value) => logLoss + value * middle),
      exponents,
      [-0.4, -0.1, 0.1, 0.4, 1],
      [0.15, 0.35, 0.5, 0.65, 0.85].map((share) => smallest + share * span),
      [0.1, 0.4, 1.2].map(quickLog),
    ];
  },
  linearPart: {
    parameters: ["a", "b"],
    basis(columns, nonlinear, into) {
      const { c0 = 0, c1 = 0, d1 = 1, f1 = 1 } = nonlinear;
      const logBreak = quickLog(d1);
      for (const [row, value] of logarithms(columnOf(columns, input.name)).entries()) {
        into[2 * row] = 1;
        into[2 * row + 1] = quickExp(-c0 * value - c1 * f1 * softplus((value - logBreak) / f1));
      }
    },
  },
  irreducible: "a",
  example: {
    values: { a: 1.5, b: 30, c0: 0.15, c1: 0.25, d1: 1e10, f1: 0.4 },
    inputs: { [input.name]: Array.from({ length: 40 }, (_, index) => quickExp(quickLog(1e7) + (index * quickLog(1e6)) / 39)) },
  },
}));
