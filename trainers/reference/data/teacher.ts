import { type RandomStream, randomStream } from "../../../analysis/numerics/random-stream.ts";
import type { Data } from "../../../analysis/study/trainer-contract.ts";

/** Labelled examples: f32 inputs [count, inputDimension] and i32 classes. */
export interface Examples {
  readonly inputs: Float32Array;
  readonly labels: Int32Array;
}

/** Where a multi-layer perceptron's batches come from. */
export interface ExampleSource {
  /** The examples of the update number `step`, drawn with replacement; the same for every width and learning rate of one seed. */
  trainingExamples(step: number, count: number, write: (index: number, inputs: Float32Array, label: number) => void): void;
  /** Held-out examples `first` … `first + count - 1`; the same for every run on this data. */
  heldOutExamples(first: number, count: number, write: (index: number, inputs: Float32Array, label: number) => void): void;
}

/** Hidden units of the teacher. Fixed: the labels must not depend on the student's scale. */
const teacherWidth = 128;

/**
 * Gaussian inputs labelled by the largest output of a fixed random network (one hidden layer of 128 relu units, weights of variance
 * 2 / fan-in and 1 / fan-in), all from the data's seed. The training set of `data.examples` and the held-out set are made once.
 */
export function teacherSource(
  data: Omit<Extract<Data, { kind: "teacher" }>, "kind" | "id">,
  inputDimension: number,
  classes: number,
  heldOutCount: number,
  seed: number,
): ExampleSource {
  const hidden = normals(randomStream(data.seed, "teacherHidden"), teacherWidth * inputDimension, Math.sqrt(2 / inputDimension));
  const readout = normals(randomStream(data.seed, "teacherReadout"), classes * teacherWidth, Math.sqrt(1 / teacherWidth));
  const make = (part: string, count: number): Examples => {
    const inputs = Float32Array.from(normals(randomStream(data.seed, "teacherInputs", part), count * inputDimension, 1));
    const labels = new Int32Array(count);
    for (let i = 0; i < count; i += 1) {
      const input = inputs.subarray(i * inputDimension, (i + 1) * inputDimension);
      const units = multiply(hidden, teacherWidth, Float64Array.from(input)).map((value) => Math.max(value, 0));
      labels[i] = indexOfLargest(multiply(readout, classes, units));
    }
    return { inputs, labels };
  };
  const training = make("training", data.examples);
  const heldOut = make("heldOut", heldOutCount);
  const inputsOf = (examples: Examples, index: number) => examples.inputs.subarray(index * inputDimension, (index + 1) * inputDimension);
  return {
    trainingExamples(step, count, write) {
      const stream = randomStream(seed, "batches", step);
      for (let index = 0; index < count; index += 1) {
        const example = stream.integer(data.examples);
        write(index, inputsOf(training, example), training.labels[example] ?? 0);
      }
    },
    heldOutExamples(first, count, write) {
      for (let index = 0; index < count; index += 1) write(index, inputsOf(heldOut, first + index), heldOut.labels[first + index] ?? 0);
    },
  };
}

function normals(stream: RandomStream, count: number, std: number): Float64Array {
  return Float64Array.from({ length: count }, () => std * stream.normal());
}

/** W x for a row-major matrix of `rows` rows, summed in order. */
function multiply(matrix: Float64Array, rows: number, x: Float64Array): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    const start = row * x.length;
    for (let i = 0; i < x.length; i += 1) sum += (matrix[start + i] ?? 0) * (x[i] ?? 0);
    return sum;
  });
}

function indexOfLargest(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i += 1) if ((values[i] ?? 0) > (values[best] ?? 0)) best = i;
  return best;
}
