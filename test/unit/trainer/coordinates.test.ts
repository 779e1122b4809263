import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { type TrainerEvent, type TrainerRun, trainerEventSchema } from "../../../analysis/study/trainer-contract.ts";
import { createEngine } from "../../../trainers/reference/engine/engine.ts";
import { createMlp } from "../../../trainers/reference/models/mlp.ts";
import { createObserver } from "../../../trainers/reference/models/observer.ts";
import { allocateParameters, initializeParameters } from "../../../trainers/reference/training/parameters.ts";
import { type MetricLine, trainRun } from "../../../trainers/reference/training/train-run.ts";
import { mlpRun, transformerRun } from "./example-runs.ts";
import { residualMlpRun } from "./model-runs.ts";

type CoordinatesEvent = Extract<TrainerEvent, { event: "coordinates" }>;

async function checked(run: TrainerRun, stopAfter = Infinity) {
  const lines: (MetricLine | TrainerEvent)[] = [];
  let asked = 0;
  const outcome = await trainRun(run, { write: (line) => lines.push(line), shouldStop: () => asked++ >= stopAfter });
  const isCoordinates = (line: MetricLine | TrainerEvent): line is CoordinatesEvent => "event" in line && line.event === "coordinates";
  const checkpoint = lines.findLast((line) => "event" in line && line.event === "checkpoint");
  const path = checkpoint !== undefined && "path" in checkpoint ? checkpoint.path : null;
  return { outcome, lines, events: lines.filter(isCoordinates), path };
}

const withSteps = (run: TrainerRun, steps: number[]): TrainerRun => ({ ...run, coordinates: { steps } });
/** Modules that have all three sizes. */
const modulesOf = (event: CoordinatesEvent | undefined) =>
  Object.keys(event?.values ?? {}).flatMap((name) => (name.startsWith("changeRms/") ? [name.slice("changeRms/".length)] : []));

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ladder-coordinates-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Rows times W^T, in f64. */
function multiplied(rows: readonly (readonly number[])[], weights: ArrayLike<number>, factor: number) {
  const fanIn = rows[0]?.length ?? 0;
  return rows.map((x) =>
    Array.from(
      { length: weights.length / fanIn },
      (_, i) => factor * x.reduce((sum, value, j) => sum + value * (weights[i * fanIn + j] ?? 0), 0),
    ),
  );
}

describe("what is measured", () => {
  it("is every product before its activation, with its multipliers, and the gradient to it", async () => {
    const run = mlpRun({ depth: 2, width: 9 });
    const tensors = run.tensors.map((row) => (row.name === "layers.1" ? { ...row, forwardMultiplier: 0.5 } : row));
    const engine = await createEngine();
    const parameters = allocateParameters(engine, tensors);
    initializeParameters(engine, parameters, 1);
    const observer = createObserver(engine);
    const shape = { width: 9, depth: 2, inputDimension: 10, classes: 5, batch: 6 };
    const operations = { ...run.operations, outputMultiplier: 3 };
    const network = createMlp(engine, shape, operations, parameters, { observer });
    const stream = randomStream(1, "inputs");
    const inputs = Array.from({ length: 6 }, () => Array.from({ length: 10 }, () => Math.fround(stream.normal())));
    engine.floats(network.inputs, 60).set(inputs.flat());
    network.forward();
    network.backward();
    expect(observer.take()).toEqual({});
    observer.active = true;
    network.forward();
    network.backward();
    const found = observer.take();

    const [first, second, readout] = parameters.map(({ weights, length }) => engine.floats(weights, length));
    if (first === undefined || second === undefined || readout === undefined) throw new Error("no weights");
    const relu = (rows: readonly (readonly number[])[]) => rows.map((row) => row.map((value) => Math.max(value, 0)));
    const outputs0 = multiplied(inputs, first, 1);
    const outputs1 = multiplied(relu(outputs0), second, 0.5);
    const logits = multiplied(relu(outputs1), readout, 3);
    for (const [name, rows] of [
      ["layers.0", outputs0],
      ["layers.1", outputs1],
      ["logits", logits],
    ] as const) {
      const values = rows.flat();
      const mean = (of: (value: number) => number) => values.reduce((sum, value) => sum + of(value), 0) / values.length;
      expect(found[`l1/${name}`]).toBeCloseTo(mean(Math.abs), 5);
      expect(found[`rms/${name}`]).toBeCloseTo(Math.sqrt(mean((value) => value * value)), 5);
      expect(found[`changeRms/${name}`]).toBe(0);
    }
    // All targets are class 0: the gradient of the mean loss to the logits is (soft-max - one-hot) / rows.
    const gradients = logits.flatMap((row) => {
      const sum = row.reduce((total, value) => total + Math.exp(value), 0);
      return row.map((value, index) => (Math.exp(value) / sum - (index === 0 ? 1 : 0)) / 6);
    });
    expect(found["gradientRms/logits"]).toBeCloseTo(Math.sqrt(gradients.reduce((sum, g) => sum + g * g, 0) / gradients.length), 6);
  });

  it("names every product of a transformer, the summed embedding and the final norm's input", async () => {
    const { events } = await checked(withSteps(transformerRun({ depth: 1, steps: 2 }), [0]));
    const parts = ["attention.query", "attention.key", "attention.value", "attention.output", "feedForward.up", "feedForward.down"];
    expect(modulesOf(events[0])).toEqual(["embedding", ...parts.map((part) => `blocks.0.${part}`), "features", "logits"]);
    expect(events[0]?.values["weightGradientRms/blocks.0.feedForward.up"]).toBeGreaterThan(0);
  });

  it("is a branch's own product, not the stream it is added to", async () => {
    const run = residualMlpRun({ depth: 2 });
    const zero = { ...run, tensors: run.tensors.map((row) => (row.name === "blocks.1.second" ? { ...row, initStd: 0 } : row)) };
    const { events } = await checked(withSteps(zero, [0]));
    expect(modulesOf(events[0])).toEqual([
      "input",
      "blocks.0.first",
      "blocks.0.second",
      "blocks.1.first",
      "blocks.1.second",
      "features",
      "logits",
    ]);
    expect(events[0]?.values["rms/blocks.1.second"]).toBe(0);
    expect(events[0]?.values["rms/blocks.0.second"]).toBeGreaterThan(0.1);
  });
});

describe("a run with coordinates", () => {
  it("writes an event after each listed number of updates, the last included, and starts without change", async () => {
    for (const run of [mlpRun({ steps: 6 }), transformerRun({ steps: 6 }), residualMlpRun({ steps: 6 })]) {
      const { events } = await checked(withSteps(run, [6, 0, 3]));
      expect(events.map(({ step }) => step)).toEqual([0, 3, 6]);
      for (const event of events) {
        expect(trainerEventSchema.parse(event)).toEqual(event);
        for (const name of modulesOf(event)) {
          const change = event.values[`changeRms/${name}`] ?? Number.NaN;
          if (event.step === 0) expect(change).toBe(0);
          else expect(change).toBeGreaterThan(0);
        }
      }
    }
  });

  it("compares with step 0 when 0 is not listed", async () => {
    const all = await checked(withSteps(mlpRun({ steps: 4 }), [0, 4]));
    const last = await checked(withSteps(mlpRun({ steps: 4 }), [4]));
    expect(last.events).toEqual([all.events[1]]);
  });

  it("trains on the batch of step 0 alone, and looking changes no bit", async () => {
    const run = mlpRun({ steps: 30, logEverySteps: 1 });
    const often = await checked(withSteps(run, [0, 1, 2, 10, 20, 30]));
    const once = await checked(withSteps(run, [30]));
    const metrics = (lines: typeof often.lines) => lines.filter((line) => !("event" in line));
    expect(metrics(often.lines)).toEqual(metrics(once.lines));
    const lossesOf = (lines: typeof often.lines) =>
      lines.flatMap((line) => ("event" in line || line["loss"] === undefined ? [] : line["loss"]));
    const still = mlpRun({ steps: 5, logEverySteps: 1, learningRate: 0 });
    const fixed = lossesOf((await checked(withSteps(still, [5]))).lines);
    expect(fixed).toHaveLength(5);
    expect(new Set(fixed).size).toBe(1);
    expect(new Set(lossesOf((await checked(still)).lines)).size).toBe(5);
  });

  it("goes on from a checkpoint with the same bits", async () => {
    const run = { ...withSteps(residualMlpRun({ steps: 8 }), [0, 2, 4, 6, 8]), checkpoint: { folder, everySteps: 0 } };
    const whole = await checked(run);
    const first = await checked(run, 3);
    const second = await checked({ ...run, attempt: 2, resumeFrom: first.path });
    expect([...first.events, ...second.events]).toEqual(whole.events);
    expect(second.outcome.loss).toBe(whole.outcome.loss);
  });

  it("refuses steps that it does not reach", async () => {
    await expect(checked(withSteps(mlpRun({ steps: 4 }), [0, 5]))).rejects.toMatchObject({
      code: "RUN_UNSUPPORTED",
      problems: [{ path: "coordinates.steps", value: "[5]" }],
    });
  });
});
