import { columnOf } from "./columns.ts";
import { quickLog } from "../numerics/quick-exp-log.ts";
import type { Law, LawVariable, PublishedConstants } from "./contract.ts";
import { coefficient, exponent, type PowerFactor, raised, sumOfPowers } from "./power-terms.ts";
import { modelSize, trainingCompute, trainingTokens } from "./variables.ts";

const learningRate: LawVariable = { name: "learningRate", meaning: "best peak learning rate", unit: "1" };
const batch: LawVariable = { name: "batchSizeTokens", meaning: "best batch", unit: "tokens" };
const weightDecay: LawVariable = { name: "weightDecay", meaning: "best weight decay", unit: "1" };
const timescale: LawVariable = {
  name: "timescale",
  meaning: "best memory of the weights, 1 / (learning rate x weight decay x steps): the share of the run that they average over",
  unit: "runs",
};
const batchInput: LawVariable = { name: "B", meaning: "batch", unit: "tokens" };

const tokensPerParameter: PowerFactor = {
  exponent: "p",
  sign: 1,
  logarithms: (columns) => {
    const size = columnOf(columns, "N");
    return columnOf(columns, "D").map((tokens, row) => quickLog(tokens / (size[row] ?? 0)));
  },
};

interface OptimumPower {
  readonly id: string;
  readonly name: string;
  readonly formula: string;
  readonly source: string;
  readonly inputs: readonly LawVariable[];
  readonly output: LawVariable;
  /** Powers, and what each is of. */
  readonly powers: readonly { readonly factor: PowerFactor; readonly of: string }[];
  readonly published: readonly PublishedConstants[];
  readonly checkedOn: readonly string[];
  readonly values: Readonly<Record<string, number>>;
}

const bjorck = "Bjorck et al. 2024, Scaling optimal LR across token horizons, arXiv:2409.19913";
const stepLaw = "Li et al. 2025, Predictable scale part I: step law, arXiv:2503.04715";
const deepSeek = "DeepSeek-AI 2024, DeepSeek LLM, arXiv:2401.02954, section 3.1";
const porian = "Porian et al. 2024, Resolving discrepancies in compute-optimal scaling of language models, arXiv:2406.19146";
const powerLines =
  "Wang and Aitchison 2024, arXiv:2405.13698, for the timescale; Bergsma et al. 2025, Power lines, arXiv:2505.13738, for its power of tokens per parameter";

const optima: readonly OptimumPower[] = [
  {
    id: "learning-rate-of-size",
    name: "Learning rate of model size (Porian)",
    formula: "learningRate = A N^p",
    source: porian,
    inputs: [modelSize],
    output: learningRate,
    powers: [{ factor: raised("N", "p"), of: "model size" }],
    published: [{ source: porian, values: { A: 3.7, p: -0.36 }, note: "quoted, not read in the paper" }],
    checkedOn: ["steplaw-dense"],
    values: { A: 3, p: -0.4 },
  },
  {
    id: "learning-rate-of-tokens",
    name: "Learning rate of the token horizon (Bjorck)",
    formula: "learningRate = A D^q",
    source: bjorck,
    inputs: [trainingTokens],
    output: learningRate,
    powers: [{ factor: raised("D", "q"), of: "tokens" }],
    published: [
      {
        source: bjorck,
        values: { q: -0.32 },
        note: "at a fixed batch, pooled from 760M up; by size -0.70 (50M), -0.65 (125M), -0.38 (350M), -0.32 (760M), -0.32 (1.3B), -0.42 (2.7B): no one exponent; A differs by size",
      },
    ],
    checkedOn: ["steplaw-dense"],
    values: { A: 5, q: -0.35 },
  },
  {
    id: "learning-rate-of-size-and-tokens",
    name: "Learning rate of model size and tokens (Step Law, Bjorck)",
    formula: "learningRate = A N^p D^q",
    source: `${stepLaw}; ${bjorck}`,
    inputs: [modelSize, trainingTokens],
    output: learningRate,
    powers: [
      { factor: raised("N", "p"), of: "model size" },
      { factor: raised("D", "q"), of: "tokens" },
    ],
    published: [
      {
        source: stepLaw,
        values: { A: 1.79, p: -0.713, q: 0.307 },
        note: "N without embeddings, batch re-tuned with D; does not come out of the released table with the released code",
      },
      {
        source: bjorck,
        values: { p: -0.23, q: -0.32 },
        note: "batch held fixed, hence the other sign of q; the constant is printed in conflicting ways and units, and is not given here",
      },
    ],
    checkedOn: ["steplaw-dense"],
    values: { A: 2, p: -0.7, q: 0.3 },
  },
  {
    id: "learning-rate-of-compute",
    name: "Learning rate of compute (DeepSeek)",
    formula: "learningRate = A C^p",
    source: deepSeek,
    inputs: [trainingCompute],
    output: learningRate,
    powers: [{ factor: raised("C", "p"), of: "compute" }],
    published: [{ source: deepSeek, values: { p: -0.125 }, note: "quoted; A is quoted as 0.3188 and as 0.3118, and is not given here" }],
    checkedOn: ["steplaw-dense"],
    values: { A: 0.3, p: -0.13 },
  },
  {
    id: "learning-rate-of-batch",
    name: "Learning rate of batch",
    formula: "learningRate = A B^p",
    source: "p = 1: Goyal et al. 2017, arXiv:1706.02677 (SGD); p = 1/2: Malladi et al. 2022, arXiv:2205.10287 (Adam); here p is fitted",
    inputs: [batchInput],
    output: learningRate,
    powers: [{ factor: raised("B", "p"), of: "batch" }],
    published: [],
    checkedOn: ["steplaw-dense"],
    values: { A: 1e-6, p: 0.5 },
  },
  {
    id: "batch-of-size",
    name: "Batch of model size (Porian)",
    formula: "batchSizeTokens = A N^p",
    source: porian,
    inputs: [modelSize],
    output: batch,
    powers: [{ factor: raised("N", "p"), of: "model size" }],
    published: [{ source: porian, values: { p: 0.703 }, note: "quoted; the unit of batch was not read, so A = 0.7576 is not given here" }],
    checkedOn: ["steplaw-dense"],
    values: { A: 0.5, p: 0.7 },
  },
  {
    id: "batch-of-tokens",
    name: "Batch of tokens (Step Law)",
    formula: "batchSizeTokens = A D^q",
    source: stepLaw,
    inputs: [trainingTokens],
    output: batch,
    powers: [{ factor: raised("D", "q"), of: "tokens" }],
    published: [
      {
        source: stepLaw,
        values: { A: 0.58, q: 0.571 },
        note: "batch in tokens; does not come out of the released table with the released code",
      },
    ],
    checkedOn: ["steplaw-dense"],
    values: { A: 0.6, q: 0.57 },
  },
  {
    id: "batch-of-compute",
    name: "Batch of compute (DeepSeek)",
    formula: "batchSizeTokens = A C^p",
    source: deepSeek,
    inputs: [trainingCompute],
    output: batch,
    powers: [{ factor: raised("C", "p"), of: "compute" }],
    published: [{ source: deepSeek, values: { A: 0.292, p: 0.3271 }, note: "C counts non-embedding FLOPs; quoted, not read in the paper" }],
    checkedOn: ["steplaw-dense"],
    values: { A: 0.3, p: 0.33 },
  },
  {
    id: "weight-decay-of-tokens-per-parameter",
    name: "Weight decay of tokens per parameter",
    formula: "weightDecay = A (D / N)^p",
    source: powerLines,
    inputs: [modelSize, trainingTokens],
    output: weightDecay,
    powers: [{ factor: tokensPerParameter, of: "tokens per parameter" }],
    published: [],
    checkedOn: [],
    values: { A: 0.3, p: -0.5 },
  },
  {
    id: "timescale-of-tokens-per-parameter",
    name: "Timescale of weight decay of tokens per parameter",
    formula: "timescale = A (D / N)^p",
    source: powerLines,
    inputs: [modelSize, trainingTokens],
    output: timescale,
    powers: [{ factor: tokensPerParameter, of: "tokens per parameter" }],
    published: [],
    checkedOn: [],
    values: { A: 1, p: -0.5 },
  },
];

const designs: Readonly<Record<string, readonly number[]>> = {
  N: [1e7, 6e7, 2e8, 5e8, 1e9],
  D: [2e9, 1e10, 5e10, 1e11],
  C: [1e17, 1e18, 1e19, 1e20, 1e21, 1e22],
  B: [3e4, 1e5, 3e5, 1e6, 3e6],
};

/** Best learning rates, batches and decays as products of powers of scale, fitted to the logarithm. */
export const optimumPowers: readonly Law[] = optima.map(({ powers, values, ...rest }) => ({
  ...rest,
  evidence: ["abstract"],
  ...sumOfPowers(
    [
      coefficient("A", `${rest.output.name} where every input is 1`, rest.output.unit),
      ...powers.map(({ factor, of }) => exponent(factor.exponent, `exponent of ${of}`)),
    ],
    [{ coefficient: "A", factors: powers.map(({ factor }) => factor) }],
    [-0.5, 0, 0.5],
  ),
  example: { values, inputs: Object.fromEntries(rest.inputs.map(({ name }) => [name, designs[name] ?? []])) },
}));
