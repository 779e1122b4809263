import { beforeAll, describe, expect, it } from "vitest";
import { exp, log } from "../../../analysis/numerics/elementary.ts";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { createEngine, type Engine } from "../../../trainers/reference/engine/engine.ts";
import { normals } from "./naive-kernels.ts";

const at = (values: ArrayLike<number>, index: number): number => values[index] ?? Number.NaN;

describe("kernels that work row by row", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine();
  });

  it("exponential is right to 2 units in the last place", () => {
    for (let i = 0; i <= 4000; i += 1) {
      const x = Math.fround(-87 + (175 * i) / 4000);
      const expected = exp(x);
      expect(Math.abs(engine.kernels.exponential(x) - expected) / expected).toBeLessThan(2 * 2 ** -23);
    }
    expect(engine.kernels.exponential(0)).toBe(1);
    expect(engine.kernels.exponential(Number.NaN)).toBeNaN();
  });

  it("logarithm has the bits of analysis/numerics", () => {
    const stream = randomStream(1, "logarithm");
    for (let i = 0; i < 3000; i += 1) {
      const x = (stream.uniform() + 1e-9) * 2 ** (stream.integer(60) - 30);
      expect(engine.kernels.logarithm(x)).toBe(log(x));
    }
    expect(engine.kernels.logarithm(1)).toBe(0);
  });

  it("soft-max cross entropy agrees with f64 for any number of classes", () => {
    for (const classes of [2, 3, 4, 5, 7, 96, 101]) {
      const rows = 3;
      const logits = normals(engine, randomStream(2, classes), rows * classes);
      const targets = engine.allocate(rows);
      engine.integers(targets, rows).set([0, classes - 1, classes >> 1]);
      const x = engine.floats(logits, rows * classes).slice();
      const total = engine.kernels.softmaxCrossEntropy(logits, targets, rows, classes, 0.5);
      const gradient = engine.floats(logits, rows * classes);
      let expected = 0;
      for (let row = 0; row < rows; row += 1) {
        const values = Array.from({ length: classes }, (_, j) => at(x, row * classes + j));
        const sum = values.reduce((s, value) => s + exp(value), 0);
        const target = at(engine.integers(targets, rows), row);
        expected += log(sum) - at(values, target);
        values.forEach((value, j) => {
          expect(at(gradient, row * classes + j)).toBeCloseTo(0.5 * (exp(value) / sum - (j === target ? 1 : 0)), 6);
        });
      }
      expect(total).toBeCloseTo(expected, 5);
    }
  });

  it("the loss of a NaN or infinite logit is not finite", () => {
    for (const bad of [Number.NaN, Infinity]) {
      const logits = engine.allocate(5);
      engine.floats(logits, 5).set([0, 1, bad, 0, 0]);
      expect(Number.isFinite(engine.kernels.softmaxCrossEntropy(logits, engine.allocate(1), 1, 5, 1))).toBe(false);
    }
  });

  it("RMSNorm and its gradient agree with f64 at any width", () => {
    for (const width of [1, 3, 4, 6, 16, 21]) {
      const rows = 2;
      const stream = randomStream(3, width);
      const x = normals(engine, stream, rows * width);
      const dy = normals(engine, stream, rows * width);
      const dx = normals(engine, stream, rows * width);
      const [y, inverses] = [engine.allocate(rows * width), engine.allocate(rows)];
      const old = engine.floats(dx, rows * width).slice();
      engine.kernels.rmsNormForward(x, y, inverses, rows, width, 1e-6);
      engine.kernels.rmsNormBackward(dy, y, inverses, dx, rows, width, 0.5);
      for (let row = 0; row < rows; row += 1) {
        const values = Array.from({ length: width }, (_, i) => at(engine.floats(x, rows * width), row * width + i));
        const gradients = Array.from({ length: width }, (_, i) => at(engine.floats(dy, rows * width), row * width + i));
        const inverse = 1 / Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / width + 1e-6);
        const mean = gradients.reduce((sum, g, i) => sum + g * at(values, i) * inverse, 0) / width;
        values.forEach((value, i) => {
          expect(at(engine.floats(y, rows * width), row * width + i)).toBeCloseTo(value * inverse, 5);
          const expected = 0.5 * at(old, row * width + i) + (at(gradients, i) - value * inverse * mean) * inverse;
          expect(at(engine.floats(dx, rows * width), row * width + i)).toBeCloseTo(expected, 4);
        });
      }
    }
  });

  it("attention agrees with f64 at ragged lengths and head dimensions, and never looks ahead", () => {
    for (const [length, headDimension, heads] of [
      [1, 1, 1],
      [5, 3, 2],
      [13, 8, 1],
      [32, 8, 2],
      [300, 4, 1],
    ] as const) {
      const width = heads * headDimension;
      const batch = 2;
      const stream = randomStream(4, length);
      const [q, k, v] = [0, 1, 2].map(() => normals(engine, stream, batch * length * width));
      if (q === undefined || k === undefined || v === undefined) throw new Error("no room");
      const output = engine.allocate(batch * length * width);
      const probabilities = engine.allocate(batch * heads * length * length);
      engine.kernels.attentionForward(q, k, v, output, probabilities, batch, length, heads, headDimension, 0.6);
      const [queries, keys, values, found] = [q, k, v, output].map((address) => engine.floats(address, batch * length * width));
      if (queries === undefined || keys === undefined || values === undefined || found === undefined) throw new Error("no view");
      let worst = 0;
      for (let b = 0; b < batch; b += 1)
        for (let h = 0; h < heads; h += 1)
          for (let i = 0; i < length; i += Math.max(1, length >> 4)) {
            const column = (t: number, e: number) => (b * length + t) * width + h * headDimension + e;
            const scores = Array.from({ length: i + 1 }, (_, j) => {
              let dot = 0;
              for (let e = 0; e < headDimension; e += 1) dot += at(queries, column(i, e)) * at(keys, column(j, e));
              return exp(0.6 * dot);
            });
            const sum = scores.reduce((total, score) => total + score, 0);
            for (let e = 0; e < headDimension; e += 1) {
              const expected = scores.reduce((total, score, j) => total + (score / sum) * at(values, column(j, e)), 0);
              worst = Math.max(worst, Math.abs(at(found, column(i, e)) - expected));
            }
          }
      expect(worst).toBeLessThan(2e-5);
    }
  });

  it("root mean square counts exactly its own numbers", () => {
    const address = engine.allocate(8);
    engine.floats(address, 8).set([3, 4, 3, 4, 5, 1e9, 1e9, 1e9]);
    expect(engine.kernels.rootMeanSquare(address, 5)).toBe(Math.sqrt(75 / 5));
  });
});
