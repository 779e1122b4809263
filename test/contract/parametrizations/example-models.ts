import type { TensorShape } from "../../../analysis/parametrizations/architectures/contract.ts";
import { findArchitecture } from "../../../analysis/parametrizations/architectures/index.ts";
import { fillHyperparameters } from "../../../analysis/parametrizations/hyperparameters.ts";
import { findParametrization } from "../../../analysis/parametrizations/index.ts";
import { modelFacts } from "../../../analysis/parametrizations/architectures/index.ts";
import { readOptimizer } from "../../../analysis/parametrizations/optimizers/index.ts";
import { resolveOperations } from "../../../analysis/parametrizations/resolve-operations.ts";
import { type ResolvedTensor, resolveTable } from "../../../analysis/parametrizations/resolve.ts";
import type { Scale } from "../../../analysis/study/scale.ts";
import { type ModelSpec, modelSpecSchema, type WeightDecayKind } from "../../../analysis/study/study-spec.ts";
import type { Data, Operations } from "../../../analysis/study/trainer-contract.ts";

const data: Data = { kind: "markov", id: "markov", seed: 1, vocabularySize: 11, concentration: 1 };

/** One model of every architecture, and one with all that a transformer may have. */
export const exampleModels: Readonly<Record<string, ModelSpec>> = {
  transformer: modelSpecSchema.parse({ architecture: "transformer", sequenceLength: 8 }),
  "transformer with gates, biases and gains": modelSpecSchema.parse({
    architecture: "transformer",
    sequenceLength: 8,
    gatedFeedForward: true,
    biases: true,
    normGains: "vector",
  }),
  mlp: modelSpecSchema.parse({ architecture: "mlp", inputDimension: 12, classes: 5, biases: true }),
  residualMlp: modelSpecSchema.parse({ architecture: "residualMlp", inputDimension: 12, classes: 5 }),
  custom: modelSpecSchema.parse({
    architecture: "custom",
    tensors: [
      { name: "table", role: "input", shape: [50, "width"] },
      { name: "mix", role: "hidden", shape: ["4*width", "width"] },
      { name: "gain", role: "normGain", shape: ["width"] },
      { name: "shift", role: "bias", shape: ["width"] },
      { name: "temperature", role: "scalar", shape: [1] },
      { name: "head", role: "output", shape: [7, "width"] },
    ],
  }),
};

export const exampleHyperparameters = fillHyperparameters({
  learningRate: 0.0123,
  weightDecay: 0.3,
  epsilon: 1e-9,
  initStd: 0.7,
  outputMultiplier: 2,
  embeddingMultiplier: 3,
});

/** Tensors of an example before any rule. */
export function exampleTensors(model: string, scale: Scale): readonly TensorShape[] {
  const { spec, architecture, model: resolved } = findExample(model);
  return architecture.tensors(resolved, scale, spec);
}

function findExample(name: string) {
  const spec = exampleModels[name];
  if (spec === undefined) throw new Error(`the suite has no example of ${name}`);
  const architecture = findArchitecture(spec.architecture);
  return { spec, architecture, model: architecture.resolveModel(spec, data) };
}

export interface ExampleRequest {
  readonly parametrization: string;
  readonly model: string;
  readonly optimizer: string;
  readonly scale: Scale;
  readonly base: Scale;
  readonly weightDecayKind?: WeightDecayKind;
}

/** An example model under a rule set, as a run would get it. */
export function resolveExample(request: ExampleRequest): { readonly table: readonly ResolvedTensor[]; readonly operations: Operations } {
  const { scale, base } = request;
  const parametrization = findParametrization(request.parametrization);
  const { spec, architecture, model } = findExample(request.model);
  const hyperparameters = exampleHyperparameters;
  const facts = modelFacts(model);
  const table = resolveTable({
    parametrization,
    optimizer: readOptimizer(request.optimizer),
    tensors: architecture.tensors(model, scale, spec),
    baseTensors: architecture.tensors(model, { ...scale, width: base.width, headDimension: base.headDimension }, spec),
    scale,
    base,
    hyperparameters,
    weightDecayKind: request.weightDecayKind ?? "decoupled",
    modelFacts: facts,
  });
  const operations = resolveOperations({
    parametrization,
    hasAttention: architecture.hasAttention,
    residualBranches: architecture.residualBranches(scale),
    scale,
    base,
    hyperparameters,
    modelFacts: facts,
  });
  return { table, operations };
}
