import { LadderError, type Problem } from "../../../analysis/study/ladder-error.ts";
import type { TrainerRun } from "../../../analysis/study/trainer-contract.ts";

type Shapes = Map<string, readonly number[]>;
type ModelOf<Architecture> = Extract<TrainerRun["model"], { architecture: Architecture }>;

/** Names and shapes of the tensors that a run's model is made of, in the order of execution. */
export function expectedTensors(run: TrainerRun): ReadonlyMap<string, readonly number[]> {
  const { model, scale } = run;
  switch (model.architecture) {
    case "transformer":
      return transformerTensors(model, scale);
    case "mlp":
      return mlpTensors(model, scale);
    case "residualMlp":
      return residualMlpTensors(model, scale);
    case "custom":
      return new Map();
  }
}

function transformerTensors(model: ModelOf<"transformer">, { width, depth }: TrainerRun["scale"]): Shapes {
  const hidden = model.feedForwardRatio * width;
  const shapes: Shapes = new Map();
  const matrix = (name: string, fanOut: number, fanIn: number) => {
    shapes.set(name, [fanOut, fanIn]);
    if (model.biases) shapes.set(`${name}.bias`, [fanOut]);
  };
  const norm = (name: string) => {
    if (model.normGains !== undefined) shapes.set(name, [model.normGains === "vector" ? width : 1]);
  };
  shapes.set("tokenEmbedding", [model.vocabularySize, width]);
  shapes.set("positionEmbedding", [model.sequenceLength, width]);
  for (let block = 0; block < depth; block += 1) {
    norm(`blocks.${block}.attention.norm`);
    for (const part of ["query", "key", "value", "output"]) matrix(`blocks.${block}.attention.${part}`, width, width);
    norm(`blocks.${block}.feedForward.norm`);
    if (model.gatedFeedForward) matrix(`blocks.${block}.feedForward.gate`, hidden, width);
    matrix(`blocks.${block}.feedForward.up`, hidden, width);
    matrix(`blocks.${block}.feedForward.down`, width, hidden);
  }
  norm("finalNorm");
  shapes.set("readout", [model.vocabularySize, width]);
  return shapes;
}

function mlpTensors(model: ModelOf<"mlp">, { width, depth }: TrainerRun["scale"]): Shapes {
  const shapes: Shapes = new Map();
  const matrix = (name: string, fanOut: number, fanIn: number) => {
    shapes.set(name, [fanOut, fanIn]);
    if (model.biases) shapes.set(`${name}.bias`, [fanOut]);
  };
  for (let layer = 0; layer < depth; layer += 1) matrix(`layers.${layer}`, width, layer === 0 ? model.inputDimension : width);
  matrix("readout", model.classes, width);
  return shapes;
}

function residualMlpTensors(model: ModelOf<"residualMlp">, { width, depth }: TrainerRun["scale"]): Shapes {
  const shapes: Shapes = new Map([["input", [width, model.inputDimension]]]);
  for (let block = 0; block < depth; block += 1) {
    shapes.set(`blocks.${block}.first`, [width, width]);
    if (model.productsPerBlock === 2) shapes.set(`blocks.${block}.second`, [width, width]);
  }
  shapes.set("readout", [model.classes, width]);
  return shapes;
}

/**
 * Refuses a table that is not exactly the model's: a tensor without a row, a row without a tensor, a row twice, a wrong
 * shape, or two learning rates in one group. Every problem at once.
 *
 * @throws LadderError `input` TENSOR_TABLE_MISMATCH
 */
export function checkTensorTable(run: TrainerRun): void {
  const expected = expectedTensors(run);
  const problems: Problem[] = [];
  const seen = new Set<string>();
  const groupRates = new Map<string, number>();
  run.tensors.forEach((row, index) => {
    const path = `tensors[${index}]`;
    const shape = expected.get(row.name);
    if (seen.has(row.name))
      problems.push({ path: `${path}.name`, message: "this tensor has a second row", value: JSON.stringify(row.name), fix: "remove one" });
    else if (shape === undefined)
      problems.push({
        path: `${path}.name`,
        message: "the model has no such tensor",
        value: JSON.stringify(row.name),
        fix: nearestNames(row.name, expected),
      });
    else if (shape.length !== row.shape.length || shape.some((size, axis) => size !== row.shape[axis]))
      problems.push({
        path: `${path}.shape`,
        message: `${row.name} has another shape at this scale`,
        value: JSON.stringify(row.shape),
        fix: `use ${JSON.stringify(shape)}`,
      });
    seen.add(row.name);
    const rate = groupRates.get(row.group);
    if (rate !== undefined && rate !== row.learningRate)
      problems.push({
        path: `${path}.learningRate`,
        message: `group "${row.group}" already has the learning rate ${rate}`,
        value: JSON.stringify(row.learningRate),
        fix: "give the tensor a group of its own",
      });
    groupRates.set(row.group, rate ?? row.learningRate);
  });
  for (const name of expected.keys())
    if (!seen.has(name)) problems.push({ path: "tensors", message: `no row for the model's tensor "${name}"`, fix: "add its row" });
  if (problems.length > 0)
    throw new LadderError("input", "TENSOR_TABLE_MISMATCH", "the tensor table does not fit the model", {
      problems,
      hint: "the trainer holds no scaling rule: every tensor needs its own row, and no row may be left over",
    });
}

function nearestNames(name: string, expected: ReadonlyMap<string, readonly number[]>): string {
  const last = name.split(".").at(-1);
  const near = [...expected.keys()].filter((other) => other.split(".").at(-1) === last);
  return `the model's tensors are ${(near.length > 0 ? near : [...expected.keys()]).slice(0, 8).join(", ")}${near.length > 0 ? "" : ", …"}`;
}
