import type { TensorShape } from "../architectures/contract.ts";
import { lookupTable, matrix, vector } from "../architectures/shapes.ts";
import { type ParametrizationContent, type TensorQuantity, tensorQuantities } from "../contract.ts";
import type { TensorCell } from "../evaluate.ts";
import type { Factor } from "../factor.ts";
import { toForm } from "../forms.ts";
import { optimizerDefinitions, readOptimizer } from "../optimizers/index.ts";
import { isMatrixFamily } from "../optimizers/families.ts";
import type { OptimizerInUse } from "../optimizers/contract.ts";
import { readTensor, tensorFactors } from "../resolve.ts";
import { factorFormula } from "./rule-formula.ts";
import type { WeightDecayKind } from "../../study/study-spec.ts";

/** Tensors that stand for a column of a summary. */
export const summaryColumns = ["embedding", "hidden, in a block", "readout", "bias or gain, in a block", "gain, outside"] as const;

/** One line of a summary: what the rule set in use makes of one quantity under these optimizers. */
export interface SummaryRow {
  readonly quantity: TensorQuantity;
  /** Optimizers as `--optimizer` writes them. */
  readonly optimizers: readonly string[];
  /** In the order of `summaryColumns`; `–` where the optimizer leaves such tensors to its fallback. */
  readonly formulas: readonly string[];
}

/** Every axis grows, so that every power of growth shows; the numbers themselves are never printed. */
const scale = { width: 4, depth: 4, headDimension: 4, batchSizeTokens: 4, tokenHorizon: 4 };
const base = { width: 2, depth: 2, headDimension: 2, batchSizeTokens: 2, tokenHorizon: 2 };

function columnTensors(width: number): readonly TensorShape[] {
  return [
    lookupTable("embedding", 8, width),
    matrix("hidden", "hidden", width, width, { insideBlock: true }),
    matrix("readout", "output", 8, width),
    vector("bias", "bias", width, { insideBlock: true }),
    vector("gain", "normGain", width),
  ];
}

/**
 * Every quantity that the rule set scales with a model or its training, after abc-symmetry has brought it to the set's form: optimizers
 * with equal lines together. `weightDecay` of its own kind of decay. An overview of typical tensors, not the rules themselves.
 */
export function summariseRules(parametrization: ParametrizationContent): readonly SummaryRow[] {
  const known = optimizerDefinitions.filter(({ family }) => family !== null && parametrization.optimizerFamilies.includes(family));
  const lines = known.map(({ id }) => ({ id, formulas: formulasUnder(parametrization, readOptimizer(id).main) }));
  return tensorQuantities.flatMap((quantity) => {
    const rows = new Map<string, SummaryRow>();
    for (const { id, formulas } of lines) {
      const own = formulas[quantity];
      if (own.every((formula) => formula === "1" || formula === "–")) continue;
      const key = own.join("|");
      rows.set(key, { quantity, optimizers: [...(rows.get(key)?.optimizers ?? []), id], formulas: own });
    }
    return [...rows.values()];
  });
}

function formulasUnder(
  parametrization: ParametrizationContent,
  optimizer: OptimizerInUse,
): Readonly<Record<TensorQuantity, readonly string[]>> {
  const bases = columnTensors(base.width);
  const measure = parametrization.components.find(({ axes }) => axes.includes("width"))?.measure ?? "growth";
  const columns = columnTensors(scale.width).map((tensor, index) => {
    const grown = { tensor, base: bases[index] ?? tensor };
    if (isMatrixFamily(optimizer.family) && tensor.shape.length < 2) return undefined;
    const weightDecayKind: WeightDecayKind = parametrization.weightDecayKind ?? "decoupled";
    const cell: TensorCell = { role: tensor.role, optimizer, weightDecayKind, tensor };
    const readings = readTensor(grown, optimizer, { scale, base });
    const written = tensorFactors(parametrization, cell, readings);
    if (parametrization.form === undefined) return written;
    return toForm(parametrization.form, written, { role: tensor.role, optimizer, weightDecayKind, readings, measure });
  });
  const of = (quantity: TensorQuantity): readonly string[] =>
    columns.map((factors) => (factors === undefined ? "–" : grownFormula(factors[quantity])));
  return {
    initStd: of("initStd"),
    forwardMultiplier: of("forwardMultiplier"),
    learningRate: of("learningRate"),
    weightDecay: of("weightDecay"),
    epsilon: of("epsilon"),
    dampingFanIn: of("dampingFanIn"),
    dampingFanOut: of("dampingFanOut"),
  };
}

/** Without the growth of fans that never grow, such as the fan-in of a table. */
function grownFormula({ constant, terms }: Factor): string {
  return factorFormula({ constant, terms: terms.filter((term) => term.measure === "size" || term.value !== term.base) });
}
