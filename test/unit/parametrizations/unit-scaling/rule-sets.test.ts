import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ModelFacts, TensorShape } from "../../../../analysis/parametrizations/architectures/contract.ts";
import { decoderTensors } from "../../../../analysis/parametrizations/architectures/transformer-blocks.ts";
import { composeParametrizations } from "../../../../analysis/parametrizations/compose.ts";
import type { Parametrization, ParametrizationDefinition } from "../../../../analysis/parametrizations/contract.ts";
import { fillHyperparameters } from "../../../../analysis/parametrizations/hyperparameters.ts";
import { munit } from "../../../../analysis/parametrizations/rule-sets/munit.ts";
import { readOptimizer } from "../../../../analysis/parametrizations/optimizers/index.ts";
import { readOptions } from "../../../../analysis/parametrizations/options.ts";
import { resolveOperations } from "../../../../analysis/parametrizations/resolve-operations.ts";
import { resolveTensors } from "../../../../analysis/parametrizations/resolve.ts";
import { uMup } from "../../../../analysis/parametrizations/rule-sets/u-mup.ts";
import type { Scale } from "../../../../analysis/study/scale.ts";
import { knownHyperparameters } from "../../../../analysis/study/study-spec.ts";
import type { Operations, TensorRow } from "../../../../analysis/study/trainer-contract.ts";

const vocabularySize = 96;
const sequenceLength = 32;
const modelFacts: ModelFacts = { sequenceLength, vocabularySize, activation: "gelu", gated: false };
const scaleOf = (change: Partial<Scale> = {}): Scale => ({
  width: 64,
  depth: 2,
  headDimension: 16,
  batchSizeTokens: 256,
  tokenHorizon: 1 << 16,
  ...change,
});

function ruleSet(definition: ParametrizationDefinition, options = ""): Parametrization {
  const content = definition.build(readOptions(definition, options));
  return composeParametrizations(definition.id, [{ definition, written: definition.id, content }]);
}

function decoder({ width, depth }: Scale, change: { readonly tied?: boolean; readonly normGains?: "vector" } = {}): readonly TensorShape[] {
  return decoderTensors({
    width,
    depth,
    vocabularySize,
    positions: sequenceLength,
    positionInitStd: 1,
    keyValueWidth: width,
    feedForwardWidth: 4 * width,
    gatedFeedForward: false,
    biases: true,
    normGains: "none",
    normBiases: false,
    tied: false,
    zeroQueryInit: false,
    zeroReadoutInit: false,
    ...change,
  });
}

interface Question {
  readonly scale?: Scale;
  readonly options?: string;
  readonly optimizer?: string;
  readonly tensors?: readonly TensorShape[];
  readonly facts?: ModelFacts;
}

function rowsOf(definition: ParametrizationDefinition, question: Question = {}): ReadonlyMap<string, TensorRow> {
  const { scale = scaleOf(), options, optimizer = "adam", facts = modelFacts } = question;
  const tensors = question.tensors ?? decoder(scale);
  const rows = resolveTensors({
    parametrization: ruleSet(definition, options),
    optimizer: readOptimizer(optimizer),
    tensors,
    baseTensors: tensors,
    scale,
    base: scale,
    hyperparameters: fillHyperparameters({ learningRate: 1 }),
    weightDecayKind: "independent",
    modelFacts: facts,
  });
  return new Map(rows.map((row) => [row.name, row]));
}

function row(rows: ReadonlyMap<string, TensorRow>, name: string): TensorRow {
  const found = rows.get(name);
  if (found === undefined) throw new Error(`no tensor ${name}`);
  return found;
}

function operationsOf(given: Readonly<Record<string, number>> = {}, question: Question = {}): Operations {
  const { scale = scaleOf(), options, facts = modelFacts } = question;
  return resolveOperations({
    parametrization: ruleSet(uMup, options),
    hasAttention: true,
    residualBranches: Array.from({ length: scale.depth }, () => ["attention", "feedForward"] as const).flat(),
    hyperparameters: fillHyperparameters({ learningRate: 1, ...given }),
    modelFacts: facts,
    scale,
    base: scale,
  });
}

describe("u-mup", () => {
  test("every drawn tensor has deviation 1; hidden products have fanIn^-1/2, the readout fanIn^-1, tables nothing", () => {
    const rows = rowsOf(uMup);
    for (const { initStd, role } of rows.values()) expect(initStd).toBe(role === "bias" || role === "scalar" ? 0 : 1);
    expect(row(rows, "tokenEmbedding").forwardMultiplier).toBe(1);
    expect(row(rows, "blocks.0.attention.query").forwardMultiplier).toBe(1 / 8);
    expect(row(rows, "blocks.0.feedForward.down").forwardMultiplier).toBe(1 / 16);
    expect(row(rows, "readout").forwardMultiplier).toBe(1 / 64);
  });

  test("gradients inside the network are the true ones by default, and of unit scale with constraint=none", () => {
    const inside = (rows: ReadonlyMap<string, TensorRow>) =>
      [...rows.values()].filter(({ role, shape }) => role === "hidden" && shape.length > 1);
    for (const { backwardMultiplier, forwardMultiplier } of inside(rowsOf(uMup))) expect(backwardMultiplier).toBe(forwardMultiplier);
    const free = inside(rowsOf(uMup, { options: "constraint=none" }));
    for (const { backwardMultiplier, fanOut } of free) expect(backwardMultiplier).toBeCloseTo(fanOut ** -0.5, 14);
    for (const { weightGradientMultiplier } of free) expect(weightGradientMultiplier).toBe(1 / 16);
  });

  test("the readout's factor on the way back is its own, and that of the way forward with sgd-constraint=to-output-scale", () => {
    expect(row(rowsOf(uMup), "readout").backwardMultiplier).toBeCloseTo(96 ** -0.5, 14);
    expect(row(rowsOf(uMup, { options: "sgd-constraint=to-output-scale" }), "readout").backwardMultiplier).toBe(1 / 64);
  });

  test("the gradient of a table is that of a sum over the reads of one row", () => {
    const rows = rowsOf(uMup);
    expect(row(rows, "tokenEmbedding").weightGradientMultiplier).toBeCloseTo(Math.sqrt(96 / 256), 14);
    expect(row(rows, "positionEmbedding").weightGradientMultiplier).toBeCloseTo(Math.sqrt(32 / 256), 14);
  });

  test("the loss: the summed loss's gradient V / sqrt(V - 1) (soft-max - one-hot), whatever the multiplier", () => {
    for (const lossMultiplier of [1 / 4, 1, 4]) {
      const { unitScaling } = operationsOf({ lossMultiplier });
      expect(unitScaling?.loss.input).toBe(lossMultiplier);
      // A trainer multiplies (soft-max - one-hot) by backward x input / rows.
      expect(((unitScaling?.loss.backward ?? Number.NaN) * lossMultiplier) / 256).toBeCloseTo(96 / Math.sqrt(95), 12);
    }
  });

  test("multipliers sit where u-muP has them, and nowhere twice", () => {
    const operations = operationsOf({ attentionMultiplier: 2, activationMultiplier: 4, lossMultiplier: 8 });
    expect(operations.attentionLogitScale).toBe(2 / 16);
    expect(operations.activationMultiplier).toBe(1);
    expect(operations.lossMultiplier).toBe(1);
    expect(operations.unitScaling?.activation.input).toBe(4);
    // gelu with mult 4 in test/golden/parametrizations/unit-scaling.json, over the multiplier that its function divides by.
    expect(operations.unitScaling?.activation.forward).toBeCloseTo(1.71694749835 / 4, 11);
    expect(operations.unitScaling?.activation.backward).toBe(operations.unitScaling?.activation.forward);
    const free = operationsOf({ activationMultiplier: 4 }, { options: "constraint=none" });
    expect(free.unitScaling?.activation.backward).toBeCloseTo(1.42177414787 / 4, 11);
    expect(free.unitScaling?.embeddingSum).toEqual({ forward: Math.SQRT1_2, backward: 1 });
    expect(operations.unitScaling?.branchGradientAtSplit).toBe(true);
  });

  test("residual branches follow tau, so that skip and branch keep the stream at unit scale", () => {
    const blocks = operationsOf({ residualMultiplier: 2, attentionResidualRatio: 0.5 }, { scale: scaleOf({ depth: 12 }) }).residualBlocks;
    expect(blocks).toHaveLength(24);
    for (const { skipMultiplier, branchMultiplier } of blocks) expect(skipMultiplier ** 2 + branchMultiplier ** 2).toBeCloseTo(1, 14);
  });

  test("learning rates by option: the embedding constant, SGD with true gradients", () => {
    expect(row(rowsOf(uMup), "tokenEmbedding").learningRate).toBe(1 / 8);
    expect(row(rowsOf(uMup, { options: "embedding-learning-rate=constant" }), "tokenEmbedding").learningRate).toBe(1);
    const sgd = rowsOf(uMup, { optimizer: "sgd", options: "sgd-constraint=to-output-scale" });
    expect(row(sgd, "tokenEmbedding").learningRate).toBe(8);
    expect(row(sgd, "readout").learningRate).toBe(1);
    expect(row(sgd, "blocks.0.feedForward.up.bias").learningRate).toBeCloseTo(256 / Math.SQRT2, 10);
  });

  test("tied embeddings and optimizers without a rule are refused", () => {
    const scale = scaleOf();
    expect(() => rowsOf(uMup, { tensors: decoder(scale, { tied: true }) })).toThrow(
      /tokenEmbedding is embedding and readout at once, and u-mup does not define/,
    );
    expect(() => rowsOf(uMup, { optimizer: "shampoo" })).toThrow(/no rule: u-mup says nothing about shampoo/);
  });

  test("every factor of a model is finite and positive, whatever its shape", () => {
    const power = (from: number, to: number) => fc.integer({ min: from, max: to }).map((exponent) => 2 ** exponent);
    fc.assert(
      fc.property(
        fc.record({
          width: power(3, 12),
          depth: fc.integer({ min: 1, max: 8 }),
          headDimension: power(0, 7),
          batchSizeTokens: power(5, 20),
          tokenHorizon: power(20, 30),
        }),
        fc.constantFrom("relu" as const, "squaredRelu" as const, "gelu" as const, "silu" as const, "tanh" as const),
        fc.boolean(),
        fc.constantFrom("", "constraint=none", "sgd-constraint=to-output-scale"),
        fc.integer({ min: 1, max: 4096 }),
        (scale, activation, gated, options, length) => {
          const facts: ModelFacts = { sequenceLength: length, vocabularySize, activation, gated };
          const numbers = [...rowsOf(uMup, { scale, options, facts, tensors: decoder(scale, { normGains: "vector" }) }).values()].flatMap(
            (entry) => [
              entry.forwardMultiplier,
              entry.backwardMultiplier,
              entry.weightGradientMultiplier ?? Number.NaN,
              entry.learningRate,
            ],
          );
          const { unitScaling, residualBlocks, attentionLogitScale } = operationsOf({}, { scale, options, facts });
          const { embeddingSum, activation: act, attention, loss } = unitScaling ?? {};
          numbers.push(
            attentionLogitScale ?? Number.NaN,
            ...residualBlocks.flatMap((block) => [block.skipMultiplier, block.branchMultiplier]),
          );
          numbers.push(
            ...[embeddingSum, act, attention, loss].flatMap((part): number[] => (part === undefined ? [Number.NaN] : Object.values(part))),
          );
          expect(numbers.filter((number) => !(number > 0 && Number.isFinite(number)))).toEqual([]);
        },
      ),
      { seed: 71, numRuns: 40 },
    );
  });
});

describe("munit", () => {
  test("table 2 of Narayan et al. 2025: deviation, multiplier and learning rate of input, hidden and final tensors", () => {
    const rows = rowsOf(munit);
    const numbers = (name: string) => {
      const { initStd, forwardMultiplier, learningRate } = row(rows, name);
      return [initStd, forwardMultiplier, learningRate];
    };
    expect(numbers("tokenEmbedding")).toEqual([1, 1, 1]);
    expect(numbers("blocks.0.attention.query")).toEqual([1, 1 / 8, 1 / 8]);
    expect(numbers("blocks.1.feedForward.down")).toEqual([1, 1 / 16, 1 / 16]);
    expect(numbers("readout")).toEqual([1, 1 / 64, 1]);
    // The gradient is the true one: one static factor both ways.
    for (const entry of rows.values()) expect(entry.backwardMultiplier).toBe(entry.forwardMultiplier);
  });

  test("new = base x sqrt(base width / new width) for hidden tensors, new = base for all others", () => {
    const base = rowsOf(munit, { scale: scaleOf({ width: 256 }) });
    const wide = rowsOf(munit, { scale: scaleOf({ width: 4096, depth: 2 }) });
    for (const { name, role, learningRate } of wide.values())
      expect(learningRate / row(base, name).learningRate).toBeCloseTo(role === "hidden" ? 1 / 4 : 1, 14);
  });

  test("its learning rates are u-mup's but for the tables, and for u-mup's depth factor in blocks", () => {
    const depth = 9;
    const ours = rowsOf(munit, { scale: scaleOf({ depth }) });
    const theirs = rowsOf(uMup, { scale: scaleOf({ depth }) });
    for (const { name, role, learningRate } of ours.values()) {
      const inBlock = name.startsWith("blocks.");
      const difference = learningRate / row(theirs, name).learningRate;
      expect(difference).toBeCloseTo(role === "input" ? 8 : inBlock ? 3 : 1, 12);
      expect(row(theirs, name).forwardMultiplier).toBe(row(ours, name).forwardMultiplier);
      expect(row(theirs, name).initStd).toBe(row(ours, name).initStd);
    }
  });

  test("the residual is fixed by residualTau at every depth", () => {
    const { residual } = ruleSet(munit);
    const multipliers = residual?.multipliers(["attention", "feedForward"], fillHyperparameters({ learningRate: 1, residualTau: 0.36 }));
    for (const { skipMultiplier, branchMultiplier } of multipliers ?? []) {
      expect(skipMultiplier).toBeCloseTo(0.8, 14);
      expect(branchMultiplier).toBeCloseTo(0.6, 14);
    }
    expect(multipliers).toHaveLength(2);
  });
});

test("claims of transfer are about hyperparameters that studies know, once an axis", () => {
  for (const definition of [uMup, munit]) {
    const claims = ruleSet(definition).transfers;
    for (const { hyperparameter } of claims) expect(knownHyperparameters).toContain(hyperparameter);
    expect(new Set(claims.map(({ hyperparameter, axis }) => `${hyperparameter} ${axis}`)).size).toBe(claims.length);
  }
});
