import type { OptimizerFamily, TensorGrowth, TensorQuantity } from "../../../analysis/parametrizations/contract.ts";
import type { TensorRole } from "../../../analysis/study/trainer-contract.ts";

/** One line of a paper's table: everything that a rule set may do to one quantity under one family. */
export interface PaperRow {
  readonly quantity: TensorQuantity;
  readonly family: OptimizerFamily;
  readonly exponents: Readonly<Partial<Record<TensorRole, Readonly<Partial<Record<TensorGrowth, number>>>>>>;
}

const families: readonly OptimizerFamily[] = ["sgd", "adamLike"];
const both = (quantity: TensorQuantity, exponents: PaperRow["exponents"]): readonly PaperRow[] =>
  families.map((family) => ({ quantity, family, exponents }));

/**
 * The tables as the papers print them, written out again by hand and never derived from the rule sets. Roles that a row
 * leaves out have exponent 0. Standard parametrization: Yang et al. 2022 (arXiv:2203.03466), table 3, column SP.
 */
const sp: readonly PaperRow[] = [
  ...both("initStd", { hidden: { fanIn: -0.5 }, output: { fanIn: -0.5 } }),
  ...both("forwardMultiplier", {}),
  ...both("learningRate", {}),
  ...both("weightDecay", {}),
  ...both("epsilon", {}),
];

/** The same paper, table 8, with the SGD row of unequal widths from its reference implementation. */
const mupLearningRates: readonly PaperRow[] = [
  {
    quantity: "learningRate",
    family: "sgd",
    exponents: {
      input: { fanOut: 1 },
      bias: { fanOut: 1 },
      normGain: { fanOut: 1 },
      hidden: { fanOut: 1, fanIn: -1 },
      output: { fanIn: 1 },
    },
  },
  { quantity: "learningRate", family: "adamLike", exponents: { hidden: { fanIn: -1 } } },
];
const mupScales: readonly PaperRow[] = [
  ...both("initStd", { hidden: { fanIn: -0.5 } }),
  ...both("forwardMultiplier", { output: { fanIn: -1 } }),
  ...mupLearningRates,
  ...both("epsilon", {}),
];

export const paperTables: Readonly<Record<string, readonly PaperRow[]>> = {
  sp,
  mup: [
    ...mupScales,
    {
      quantity: "weightDecay",
      family: "sgd",
      exponents: {
        input: { fanOut: -1 },
        bias: { fanOut: -1 },
        normGain: { fanOut: -1 },
        hidden: { fanOut: -1, fanIn: 1 },
        output: { fanIn: -1 },
      },
    },
    { quantity: "weightDecay", family: "adamLike", exponents: { hidden: { fanIn: 1 } } },
  ],
  "mup-constant-weight-decay": [...mupScales, ...both("weightDecay", {})],
};

/** Exponent of headDimension in the factor on attention logits: Vaswani et al. 2017, equation 1; Yang et al. 2022, definition 4.1. */
export const attentionExponents: Readonly<Record<string, number>> = { sp: -0.5, mup: -1, "mup-constant-weight-decay": -1 };
