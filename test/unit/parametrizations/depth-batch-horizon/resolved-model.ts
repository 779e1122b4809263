import { fillHyperparameters } from "../../../../analysis/parametrizations/hyperparameters.ts";
import { findParametrization } from "../../../../analysis/parametrizations/index.ts";
import type { ModelFamily } from "../../../../analysis/parametrizations/models/contract.ts";
import { pairFamily } from "../../../../analysis/parametrizations/models/family-pair.ts";
import type { GivenParameters } from "../../../../analysis/parametrizations/models/parameters.ts";
import { transformer } from "../../../../analysis/parametrizations/models/transformer.ts";
import { readOptimizer } from "../../../../analysis/parametrizations/optimizers/index.ts";
import { type ResolvedTensor, resolveTable } from "../../../../analysis/parametrizations/resolve.ts";
import { resolveOperations } from "../../../../analysis/parametrizations/resolve-operations.ts";
import type { Scale } from "../../../../analysis/study/scale.ts";
import type { WeightDecayKind } from "../../../../analysis/study/study-spec.ts";

export const baseScale: Scale = { width: 64, depth: 2, headDimension: 16, batchSizeTokens: 4096, tokenHorizon: 1_000_000 };

/** One tensor of every kind that a decoder has: tables, gains, biases, scalars, a router and experts. */
const everything: GivenParameters = {
  vocabularySize: 96,
  sequenceLength: 32,
  biases: true,
  normGains: "vector",
  normBiases: true,
  gatedFeedForward: true,
  experts: 2,
};

export interface ModelRequest {
  readonly scale?: Partial<Scale>;
  readonly base?: Partial<Scale>;
  readonly optimizer?: string;
  readonly family?: ModelFamily;
  readonly parameters?: GivenParameters;
  readonly weightDecayKind?: WeightDecayKind;
  readonly hyperparameters?: Readonly<Record<string, number>>;
}

export interface ResolvedModel {
  readonly tensors: ReadonlyMap<string, ResolvedTensor>;
  readonly branchMultipliers: readonly number[];
  readonly attentionLogitScale: number | null;
}

/** A decoder, or another family, under a rule set; base values: learning rate 0.01, decay 0.1, epsilon 1e-8. */
export function resolveModel(id: string, request: ModelRequest = {}): ResolvedModel {
  const base = { ...baseScale, ...request.base };
  const scale = { ...base, ...request.scale };
  const family = request.family ?? transformer;
  const pairs = pairFamily(family, { scale, base, parameters: request.parameters ?? (request.family === undefined ? everything : {}) });
  const parametrization = findParametrization(id);
  const hyperparameters = fillHyperparameters({ learningRate: 0.01, weightDecay: 0.1, epsilon: 1e-8, ...request.hyperparameters });
  const pair = { parametrization, scale, base, hyperparameters };
  const table = resolveTable({
    ...pair,
    optimizer: readOptimizer(request.optimizer ?? "adamw"),
    tensors: pairs.map(({ tensor }) => tensor),
    baseTensors: pairs.map((shapes) => shapes.base),
    weightDecayKind: request.weightDecayKind ?? "decoupled",
  });
  const operations = resolveOperations({ ...pair, hasAttention: family.hasAttention, residualBranches: family.residualBranches(scale) });
  return {
    tensors: new Map(table.map((entry) => [entry.row.name, entry])),
    branchMultipliers: operations.residualBlocks.map(({ branchMultiplier }) => branchMultiplier),
    attentionLogitScale: operations.attentionLogitScale,
  };
}

/** The tensor's factors over the base values, by quantity. */
export function factorsOf({ tensors }: ResolvedModel, name: string): Readonly<Record<string, number>> {
  const found = tensors.get(name);
  if (found === undefined) throw new Error(`no tensor ${name}; there are ${[...tensors.keys()].join(", ")}`);
  return Object.fromEntries(Object.entries(found.factors).map(([quantity, factor]) => [quantity, factor.value]));
}

/** All rows with their decoded numbers, for comparison of two rule sets. */
export function rowsOf({ tensors }: ResolvedModel): readonly unknown[] {
  return [...tensors.values()].map(({ row }) => row);
}
