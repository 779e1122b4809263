import type { TensorRow, TrainerRun } from "../../../analysis/study/trainer-contract.ts";
import { completeRun, type ExampleOptions, exampleRow, mlpRun, transformerRun } from "./example-runs.ts";

type ModelOf<Architecture> = Extract<TrainerRun["model"], { architecture: Architecture }>;
type ResidualMlp = ModelOf<"residualMlp">;

/** A residual multi-layer perceptron's run on teacher data, branches divided by the depth. */
export function residualMlpRun(
  options: ExampleOptions & Partial<Pick<ResidualMlp, "productsPerBlock" | "activation" | "inputDimension" | "classes">> = {},
): TrainerRun {
  const { width = 16, depth = 3, sequences = 12, steps = 20, learningRate = 2 ** -7, inputDimension = 7, classes = 5 } = options;
  const { productsPerBlock = 2, activation = "relu" } = options;
  const parts = productsPerBlock === 2 ? ["first", "second"] : ["first"];
  const blocks = Array.from({ length: depth }, (_, block) =>
    parts.map((part) => exampleRow(`blocks.${block}.${part}`, "hidden", [width, width], learningRate)),
  );
  return completeRun(options, {
    width,
    depth,
    headDimension: 1,
    batchSizeTokens: sequences,
    steps,
    model: { architecture: "residualMlp", inputDimension, classes, productsPerBlock, activation },
    data: { kind: "teacher", id: "example", seed: 3, examples: 200 },
    operations: {
      attentionLogitScale: null,
      residualBlocks: Array.from({ length: depth }, () => ({ branch: "feedForward", skipMultiplier: 1, branchMultiplier: 1 / depth })),
      embeddingMultiplier: 1,
      outputMultiplier: 1,
      activationMultiplier: 1,
      lossMultiplier: 1,
    },
    tensors: [
      exampleRow("input", "input", [width, inputDimension], learningRate),
      ...blocks.flat(),
      exampleRow("readout", "output", [classes, width], learningRate),
    ],
  });
}

/** A transformer's run with the contract's choices, and the rows that they ask for; vectors start away from 0 and 1. */
export function transformerVariant(
  choices: Partial<Pick<ModelOf<"transformer">, "activation" | "gatedFeedForward" | "biases" | "normGains" | "normPosition">>,
  options: ExampleOptions = {},
): TrainerRun {
  const run = transformerRun(options);
  const { width, depth } = run.scale;
  const { learningRate = 2 ** -5 } = options;
  const rows = [...run.tensors];
  if (choices.gatedFeedForward)
    for (let block = 0; block < depth; block += 1)
      rows.push(exampleRow(`blocks.${block}.feedForward.gate`, "hidden", [4 * width, width], learningRate));
  if (choices.biases) rows.push(...rows.filter(({ name }) => name.startsWith("blocks.")).map((row) => biasRow(row, learningRate)));
  if (choices.normGains !== undefined) {
    const names = Array.from({ length: depth }, (_, block) => [`blocks.${block}.attention.norm`, `blocks.${block}.feedForward.norm`]);
    const shape = [choices.normGains === "vector" ? width : 1];
    const changes = { initMean: 1, initStd: 0.2 };
    for (const name of [...names.flat(), "finalNorm"])
      rows.push(exampleRow(name, choices.normGains === "vector" ? "normGain" : "scalar", shape, learningRate, changes));
  }
  const { model } = run;
  if (model.architecture !== "transformer") throw new Error("no transformer");
  return { ...run, tensors: rows, model: { ...model, ...choices } };
}

/** A multi-layer perceptron's run with an activation and biases. */
export function mlpVariant(
  choices: Partial<Pick<ModelOf<"mlp">, "activation" | "biases">>,
  options: Parameters<typeof mlpRun>[0] = {},
): TrainerRun {
  const run = mlpRun(options);
  const { model } = run;
  if (model.architecture !== "mlp") throw new Error("no multi-layer perceptron");
  const biases = choices.biases ? run.tensors.map((row) => biasRow(row, options.learningRate ?? 2 ** -7)) : [];
  return { ...run, tensors: [...run.tensors, ...biases], model: { ...model, ...choices } };
}

function biasRow({ name, shape }: TensorRow, learningRate: number): TensorRow {
  const [length = 1] = shape;
  return exampleRow(`${name}.bias`, name === "readout" ? "scalar" : "bias", [length], learningRate, { initStd: 0.3 });
}
