import { describe, expect, test } from "vitest";
import { architectures, findArchitecture } from "../../../analysis/parametrizations/architectures/index.ts";
import { optimizerFamilies, tensorGrowths, tensorQuantities } from "../../../analysis/parametrizations/contract.ts";
import { findTensorRule, operationFactor } from "../../../analysis/parametrizations/evaluate.ts";
import { findParametrization, parametrizations } from "../../../analysis/parametrizations/index.ts";
import { resolveOperations, resolveTensors } from "../../../analysis/parametrizations/resolve.ts";
import { canonicalJson } from "../../../analysis/study/content-hash.ts";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import { type ModelSpec, modelSpecSchema } from "../../../analysis/study/study-spec.ts";
import { type Data, optimizerNames, tensorRoles, tensorRowSchema, operationsSchema } from "../../../analysis/study/trainer-contract.ts";
import { attentionExponents, paperTables } from "./paper-exponents.ts";

const data: Data = { kind: "markov", id: "markov", seed: 1, vocabularySize: 11, concentration: 1 };
const specs: Readonly<Record<string, ModelSpec>> = {
  transformer: modelSpecSchema.parse({ architecture: "transformer", sequenceLength: 8 }),
  mlp: modelSpecSchema.parse({ architecture: "mlp", inputDimension: 12, classes: 5 }),
  custom: modelSpecSchema.parse({
    architecture: "custom",
    tensors: [
      { name: "table", role: "input", shape: [50, "width"] },
      { name: "mix", role: "hidden", shape: ["4*width", "width"] },
      { name: "gain", role: "normGain", shape: ["width"] },
      { name: "shift", role: "bias", shape: ["width"] },
      { name: "head", role: "output", shape: [7, "width"] },
    ],
  }),
};
const baseWidth = 16;
const baseHeadDimension = 4;
const hyperparameters = {
  learningRate: 0.0123,
  weightDecay: 0.3,
  epsilon: 1e-9,
  initStd: 0.7,
  outputMultiplier: 2,
  embeddingMultiplier: 3,
};

function resolveAt(id: string, architectureId: string, optimizer: (typeof optimizerNames)[number], width: number, headDimension: number) {
  const parametrization = findParametrization(id);
  const architecture = findArchitecture(architectureId);
  const spec = specs[architectureId];
  if (spec === undefined) throw new Error(`the suite has no example of ${architectureId}`);
  const model = architecture.resolveModel(spec, data);
  const at = (size: number) => ({ width: size, depth: 3, headDimension, batchSizeTokens: 16, tokenHorizon: 160 });
  const tensors = resolveTensors({
    parametrization,
    optimizer,
    tensors: architecture.tensors(model, at(width), spec),
    baseTensors: architecture.tensors(model, at(baseWidth), spec),
    width,
    baseWidth,
    hyperparameters,
  });
  const operations = resolveOperations({
    parametrization,
    hasAttention: architecture.hasAttention,
    residualBranches: architecture.residualBranches(at(width)),
    depth: 3,
    baseDepth: 3,
    headDimension,
    baseHeadDimension,
    hyperparameters,
  });
  return { tensors, operations };
}

for (const parametrization of parametrizations)
  describe(`parametrization ${parametrization.id}`, () => {
    test("says where it comes from, rule by rule", () => {
      expect(parametrization.summary.length).toBeGreaterThan(10);
      expect(parametrization.source.length).toBeGreaterThan(10);
      for (const rule of [...parametrization.tensorRules, ...parametrization.operationRules]) {
        expect(rule.source.length).toBeGreaterThan(10);
        expect(rule.evidence.length).toBeGreaterThan(0);
      }
      expect(parametrization.transfers.length).toBeGreaterThan(0);
    });

    test("survives JSON: it is data", () => {
      expect(JSON.parse(JSON.stringify(parametrization))).toEqual(parametrization);
    });

    test("has the exponents of the paper's table, for every role, family and quantity", () => {
      const table = paperTables[parametrization.id];
      if (table === undefined) throw new Error(`write the paper's table of ${parametrization.id} into paper-exponents.ts`);
      for (const family of optimizerFamilies)
        for (const quantity of tensorQuantities) {
          const row = table.find((candidate) => candidate.quantity === quantity && candidate.family === family);
          expect(row, `${quantity} under ${family}`).toBeDefined();
          for (const role of tensorRoles)
            for (const growth of tensorGrowths)
              expect([
                role,
                family,
                quantity,
                growth,
                findTensorRule(parametrization, role, family, quantity)?.exponents[growth] ?? 0,
              ]).toEqual([role, family, quantity, growth, row?.exponents[role]?.[growth] ?? 0]);
        }
    });

    test("scales attention logits by the paper's power of headDimension", () => {
      const exponent = attentionExponents[parametrization.id];
      expect(exponent).toBeDefined();
      for (const growth of [1, 4, 9, 0.25])
        expect(operationFactor(parametrization, "attentionLogitScale", { headDimension: growth, depth: 1 })).toBeCloseTo(
          Math.pow(growth, exponent ?? Number.NaN),
          14,
        );
    });

    for (const architecture of architectures)
      for (const optimizer of optimizerNames) {
        test(`${architecture.id}, ${optimizer}: identity at the base scale, to the byte, whatever the parametrization`, () => {
          const here = resolveAt(parametrization.id, architecture.id, optimizer, baseWidth, baseHeadDimension);
          const reference = resolveAt("sp", architecture.id, optimizer, baseWidth, baseHeadDimension);
          expect(canonicalJson(here)).toBe(canonicalJson(reference));
          for (const row of here.tensors) {
            expect(row.learningRate).toBe(hyperparameters.learningRate);
            expect(row.weightDecay).toBe(hyperparameters.weightDecay);
            expect(row.forwardMultiplier).toBe(1);
            expect(row.epsilon).toBe(hyperparameters.epsilon);
          }
        });

        test(`${architecture.id}, ${optimizer}: rows that the trainer contract accepts, wider and narrower than the base`, () => {
          for (const width of [8, 16, 48, 256]) {
            const { tensors, operations } = resolveAt(parametrization.id, architecture.id, optimizer, width, 8);
            for (const row of tensors) tensorRowSchema.parse(row);
            operationsSchema.parse(operations);
            expect(new Set(tensors.map((row) => row.name)).size).toBe(tensors.length);
            // A trainer refuses two learning rates in one group.
            const rates = new Map<string, number>();
            for (const row of tensors)
              expect(rates.set(row.group, rates.get(row.group) ?? row.learningRate).get(row.group)).toBe(row.learningRate);
          }
        });
      }
  });

test("an unknown parametrization is an input error that lists the known ones", () => {
  expect(() => findParametrization("mupp")).toThrow(LadderError);
  expect(() => findParametrization("mupp")).toThrow(/sp, mup/);
});
