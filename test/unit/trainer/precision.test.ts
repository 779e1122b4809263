import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import type { TrainerEvent, TrainerRun } from "../../../analysis/study/trainer-contract.ts";
import { createEngine, type Engine } from "../../../trainers/reference/engine/engine.ts";
import { createCasts, createOperand, formats } from "../../../trainers/reference/models/casts.ts";
import { createLinear } from "../../../trainers/reference/models/linear.ts";
import { allocateParameters, initializeParameters } from "../../../trainers/reference/training/parameters.ts";
import { type MetricLine, trainRun } from "../../../trainers/reference/training/train-run.ts";
import { exampleRow, mlpRun, transformerRun } from "./example-runs.ts";
import { residualMlpRun } from "./model-runs.ts";
import { normals } from "./naive-kernels.ts";

type Precision = NonNullable<TrainerRun["precision"]>;

/** Numbers as a format keeps them. */
function rounded(engine: Engine, format: Precision["forward"], values: Float32Array): Float32Array {
  const from = engine.allocate(values.length);
  engine.floats(from, values.length).set(values);
  return engine.floats(createOperand(engine, formats[format], values.length).cast(from), values.length).slice();
}

describe("a product with casts", () => {
  for (const precision of [
    { forward: "e4m3", backward: "e5m2" },
    { forward: "e5m2", backward: "float32" },
    { forward: "float32", backward: "e4m3" },
  ] as const)
    it(`forward ${precision.forward}, backward ${precision.backward}: rounds its operands and nothing else`, async () => {
      const [rows, fanIn, fanOut] = [3, 5, 4];
      const engine = await createEngine();
      const row = exampleRow("w", "hidden", [fanOut, fanIn], 1, {
        forwardMultiplier: 0.5,
        backwardMultiplier: 2,
        weightGradientMultiplier: 3,
      });
      const parameters = allocateParameters(engine, [row, exampleRow("w.bias", "bias", [fanOut], 1)]);
      initializeParameters(engine, parameters, 1);
      const [matrix, bias] = parameters;
      if (matrix === undefined || bias === undefined) throw new Error("no parameters");
      const casts = createCasts(precision);
      const operations = transformerRun().operations;
      const linear = createLinear({ engine, parameters, operations, casts }, "w", { rows, biased: true });
      const stream = randomStream(2, "operands");
      const [x, dy] = [normals(engine, stream, rows * fanIn), normals(engine, stream, rows * fanOut)];
      // One entry of each is lost in e4m3: it is counted.
      engine.floats(x, 1)[0] = 2 ** -12;
      engine.floats(dy, 1)[0] = 2 ** -20;
      const [y, dx] = [engine.allocate(rows * fanOut), engine.allocate(rows * fanIn)];
      linear.forward(x, y, 0);
      // The way back must not read x and W again.
      const view = (address: number, length: number) => engine.floats(address, length).slice();
      const inputs = rounded(engine, precision.forward, view(x, rows * fanIn));
      const weights = rounded(engine, precision.forward, view(matrix.weights, fanOut * fanIn));
      const gradients = rounded(engine, precision.backward, view(dy, rows * fanOut));
      const biases = view(bias.weights, fanOut);
      linear.backward(dy, x, dx, 0);
      const at = (values: Float32Array, i: number) => values[i] ?? Number.NaN;
      const sum = (n: number, term: (i: number) => number) => Array.from({ length: n }, (_, i) => term(i)).reduce((a, b) => a + b, 0);
      for (let r = 0; r < rows; r += 1) {
        for (let o = 0; o < fanOut; o += 1) {
          const product = sum(fanIn, (i) => at(inputs, r * fanIn + i) * at(weights, o * fanIn + i));
          expect(at(view(y, rows * fanOut), r * fanOut + o)).toBeCloseTo(0.5 * product + at(biases, o), 5);
        }
        for (let i = 0; i < fanIn; i += 1) {
          const product = sum(fanOut, (o) => at(gradients, r * fanOut + o) * at(weights, o * fanIn + i));
          expect(at(view(dx, rows * fanIn), r * fanIn + i)).toBeCloseTo(2 * product, 5);
        }
      }
      for (let o = 0; o < fanOut; o += 1) {
        for (let i = 0; i < fanIn; i += 1) {
          const product = sum(rows, (r) => at(gradients, r * fanOut + o) * at(inputs, r * fanIn + i));
          expect(at(view(matrix.gradient, fanOut * fanIn), o * fanIn + i)).toBeCloseTo(3 * product, 4);
        }
        const whole = sum(rows, (r) => at(view(dy, rows * fanOut), r * fanOut + o));
        expect(at(view(bias.gradient, fanOut), o)).toBeCloseTo(whole, 5);
      }
      const lost = { e4m3: 1 / 15, e5m2: 0 };
      const expected = {
        ...(precision.forward === "float32" ? {} : { "underflow/w": lost[precision.forward] }),
        ...(precision.backward === "float32" ? {} : { "underflowGradient/w": 1 / 12 }),
      };
      expect(Object.fromEntries(casts.underflow)).toEqual(expected);
    });
});

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ladder-precision-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function trained(run: TrainerRun) {
  const lines: (MetricLine | TrainerEvent)[] = [];
  const outcome = await trainRun(run, { write: (line) => lines.push(line) });
  const checkpoint = lines.find((line) => "event" in line && line.event === "checkpoint");
  return {
    outcome,
    metrics: lines.flatMap((line) => ("event" in line ? [] : [line])),
    path: checkpoint !== undefined && "path" in checkpoint ? checkpoint.path : null,
  };
}

describe("a run with casts", () => {
  const precision: Precision = { forward: "e4m3", backward: "e5m2" };

  it("logs the share of entries that underflow, of every product's input and output gradient", async () => {
    for (const run of [
      mlpRun({ steps: 4, logEverySteps: 2 }),
      transformerRun({ steps: 4, logEverySteps: 2 }),
      residualMlpRun({ steps: 4, logEverySteps: 2 }),
    ]) {
      const { metrics } = await trained({ ...run, precision });
      const matrices = run.tensors.map(({ name }) => name).filter((name) => !name.endsWith("Embedding"));
      const logged = metrics.filter((line) => "loss" in line);
      expect(logged.map(({ step }) => step)).toEqual([2, 4]);
      for (const line of logged)
        for (const name of matrices)
          for (const kind of ["underflow", "underflowGradient"]) {
            const share = line[`${kind}/${name}`];
            expect(share).toBeGreaterThanOrEqual(0);
            expect(share).toBeLessThan(1);
          }
    }
  });

  it("logs nothing of the kind in float32, whose bits are those of a run without casts", async () => {
    const run = transformerRun({ steps: 6 });
    const plain = await trained(run);
    const cast = await trained({ ...run, precision: { forward: "float32", backward: "float32" } });
    expect(cast.metrics).toEqual(plain.metrics);
    expect(Object.keys(plain.metrics.at(-2) ?? {}).filter((name) => name.startsWith("underflow"))).toEqual([]);
  });

  it("learns nearly as well as in float32 when its gradients are scaled into range", async () => {
    const run = mlpRun({ steps: 150, sequences: 64, learningRate: 2 ** -7, evaluationBatches: 4 });
    const scaled = { ...run, operations: { ...run.operations, lossMultiplier: 64 } };
    const [exact, cast] = [await trained(scaled), await trained({ ...scaled, precision })];
    expect(cast.outcome.loss).not.toBe(exact.outcome.loss);
    expect(Math.abs((cast.outcome.loss ?? Number.NaN) - (exact.outcome.loss ?? Number.NaN))).toBeLessThan(0.1);
  });

  it("stopped and resumed ends with the same bits", async () => {
    const run = { ...transformerRun({ steps: 10 }), precision, checkpoint: { folder, everySteps: 5 } };
    const whole = await trained(run);
    const resumed = await trained({ ...run, resumeFrom: whole.path, checkpoint: { folder, everySteps: 0 } });
    expect(resumed.outcome.loss).toBe(whole.outcome.loss);
    expect(resumed.metrics.at(-2)).toEqual(whole.metrics.at(-2));
  });
});
