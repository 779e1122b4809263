import { describe, expect, it } from "vitest";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { type Optimizer, optimizerSchema, type TensorRow } from "../../../analysis/study/trainer-contract.ts";
import { createEngine, type Engine } from "../../../trainers/reference/engine/engine.ts";
import { createOptimizer } from "../../../trainers/reference/training/optimizer.ts";
import type { LinearProduct } from "../../../trainers/reference/training/optimizers/linear-product.ts";
import { allocateParameters, type Parameter } from "../../../trainers/reference/training/parameters.ts";
import { exampleRow } from "./example-runs.ts";
import {
  combine,
  identity,
  largestDifference,
  type Matrix,
  matrixOf,
  ofEigenvalues,
  orthogonalFactor,
  product,
  solved,
  transposed,
} from "./naive-matrices.ts";

const shapes: readonly (readonly [number, number])[] = [
  [7, 5],
  [5, 9],
  [6, 6],
  [1, 4],
];

interface Step {
  readonly gradient: Matrix;
  readonly inputs: Matrix;
  readonly outputGradient: Matrix;
}

/** Largest error of the weights over some steps on gradients of batches of three rows; `direction` is told what the optimizer sees. */
async function errorAgainst(
  optimizer: Optimizer,
  shape: readonly [number, number],
  changes: Partial<TensorRow>,
  direction: (step: Step, row: TensorRow, number: number) => Matrix,
): Promise<number> {
  const engine = await createEngine();
  const row = exampleRow("layers.0", "hidden", shape, 0.05, { weightDecay: 0.2, ...changes });
  const batch = batchOf(engine, row, optimizer);
  const { parameter, state, read } = batch;
  const stream = randomStream(3, "matrices");
  const normals = (address: number, length: number, size: number) => {
    const view = engine.floats(address, length);
    for (let i = 0; i < length; i += 1) view[i] = size * stream.normal();
  };
  normals(parameter.weights, parameter.length, 1);
  let expected = matrixOf(engine.floats(parameter.weights, parameter.length), ...shape);
  let worst = 0;
  for (let step = 0; step < 6; step += 1) {
    const factor = 1 - step / 10;
    normals(batch.linear.inputs, rows * shape[1], 1);
    normals(batch.linear.outputGradient, rows * shape[0], 0.3);
    engine.kernels.matrixMultiply(
      1,
      0,
      shape[0],
      shape[1],
      rows,
      batch.linear.factor,
      batch.linear.outputGradient,
      shape[0],
      batch.linear.inputs,
      shape[1],
      parameter.gradient,
      shape[1],
      0,
    );
    const wanted = direction(read(), row, step);
    expected = combine(1 - 0.05 * factor * 0.2, expected, -0.05 * factor, wanted);
    state.update(step, factor);
    const found = matrixOf(engine.floats(parameter.weights, parameter.length), ...shape);
    const size = Math.max(1, ...wanted.flat().map(Math.abs));
    worst = Math.max(worst, largestDifference(found, expected) / size);
  }
  return worst;
}

const rows = 3;

function batchOf(engine: Engine, row: TensorRow, optimizer: Optimizer) {
  const [parameter] = allocateParameters(engine, [row]);
  if (parameter === undefined) throw new Error("no parameter");
  const [fanOut = 0, fanIn = 0] = row.shape;
  const linear: LinearProduct = {
    name: row.name,
    inputs: engine.allocate(rows * fanIn),
    outputGradient: engine.allocate(rows * fanOut),
    rows,
    factor: 0.5,
  };
  const state = createOptimizer(engine, optimizer, [parameter], [linear]);
  const read = (): Step => ({
    gradient: matrixOf(gradientOf(engine, parameter), fanOut, fanIn),
    inputs: matrixOf(engine.floats(linear.inputs, rows * fanIn), rows, fanIn),
    outputGradient: matrixOf(engine.floats(linear.outputGradient, rows * fanOut), rows, fanOut),
  });
  return { parameter, state, linear, read };
}

const gradientOf = (engine: Engine, parameter: Parameter) => engine.floats(parameter.gradient, parameter.length).slice();
const parsed = (optimizer: unknown) => optimizerSchema.parse(optimizer);
const scaled = (factor: number, a: Matrix) => combine(factor, a, 0, a);
const zero = (a: Matrix) => scaled(0, a);

describe("Muon", () => {
  for (const shape of shapes)
    for (const nesterov of [true, false])
      it(`exact: every step is U V^T of the momentum (${shape.join(" x ")}, nesterov ${String(nesterov)})`, async () => {
        let average: Matrix | undefined;
        const error = await errorAgainst(
          parsed({ name: "muon", momentum: 0.8, nesterov, orthogonalization: "exact", shapeFactor: "none" }),
          shape,
          {},
          ({ gradient }) => {
            average = combine(0.8, average ?? zero(gradient), 0.2, gradient);
            return orthogonalFactor(nesterov ? combine(0.8, average, 0.2, gradient) : average);
          },
        );
        expect(error).toBeLessThan(2e-6);
      });

  it("exact: a gradient of low rank gives ones on its range and nothing beside it", async () => {
    const engine = await createEngine();
    const { parameter, state } = batchOf(
      engine,
      exampleRow("layers.0", "hidden", [6, 8], 1),
      parsed({ name: "muon", momentum: 0, orthogonalization: "exact", shapeFactor: "none" }),
    );
    const left = [1, -2, 0.5, 3, 1, 1];
    const right = [0.1, 0.2, -0.7, 1, 0, 2, -1, 0.3];
    const view = engine.floats(parameter.gradient, 48);
    for (let i = 0; i < 48; i += 1) view[i] = 1e-5 * (left[Math.floor(i / 8)] ?? 0) * (right[i % 8] ?? 0);
    state.update(0, 1);
    const norm = (values: readonly number[]) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    const scale = -1 / (norm(left) * norm(right));
    engine.floats(parameter.weights, 48).forEach((value, i) => {
      expect(value).toBeCloseTo(scale * (left[Math.floor(i / 8)] ?? 0) * (right[i % 8] ?? 0), 6);
    });
  });

  for (const rank of [10, 35])
    it(`exact: gives the polar factor of a 60 x 40 gradient of rank ${rank} whose singular values span 1e4`, async () => {
      const engine = await createEngine();
      const optimizer = parsed({ name: "muon", momentum: 0, orthogonalization: "exact", shapeFactor: "none" });
      const { parameter, state } = batchOf(engine, exampleRow("layers.0", "hidden", [60, 40], 1), optimizer);
      const stream = randomStream(5, "polar");
      const draw = (count: number, sizeOf: (i: number) => number) =>
        Array.from({ length: rank }, (_, i) => Array.from({ length: count }, () => sizeOf(i) * stream.normal()));
      const left = draw(60, () => 1);
      const right = draw(40, (i) => 10 ** ((-4 * i) / rank));
      engine.floats(parameter.gradient, 2400).set(product(transposed(left), right).flat());
      const g = matrixOf(engine.floats(parameter.gradient, 2400).slice(), 60, 40);
      state.update(0, 1);
      const p = scaled(-1, matrixOf(engine.floats(parameter.weights, 2400), 60, 40));
      // P P^T P = P and P P^T G = G: ones on the range of G and nothing beside it; P^T G symmetric: its own singular vectors.
      const projected = product(p, transposed(p));
      expect(largestDifference(product(projected, p), p)).toBeLessThan(1e-6);
      expect(largestDifference(product(projected, g), g)).toBeLessThan(1e-5);
      const overlap = product(transposed(p), g);
      expect(largestDifference(overlap, transposed(overlap))).toBeLessThan(1e-5);
      expect(overlap.reduce((sum, row, i) => sum + (row[i] ?? 0), 0)).toBeGreaterThan(20);
      expect(projected.reduce((sum, row, i) => sum + (row[i] ?? 0), 0)).toBeCloseTo(rank, 4);
    });

  it("Newton-Schulz: five steps of the quintic, for wide and tall matrices, with epsilon in the norm", async () => {
    for (const shape of shapes) {
      const error = await errorAgainst(
        parsed({ name: "muon", momentum: 0, nesterov: false, shapeFactor: "none" }),
        shape,
        { epsilon: 0.3 },
        ({ gradient }) => {
          const norm = Math.sqrt(gradient.flat().reduce((sum, value) => sum + value * value, 0));
          let x = scaled(1 / (norm + 0.3), gradient);
          for (let step = 0; step < 5; step += 1) {
            const square = product(x, transposed(x));
            const polynomial = combine(-4.775, square, 2.0315, product(square, square));
            x = combine(3.4445, x, 1, product(polynomial, x));
          }
          return x;
        },
      );
      expect(error).toBeLessThan(5e-6);
    }
  });

  it("multiplies by the factor of the tensor's shape", async () => {
    const factors = { none: 1, spectral: Math.sqrt(7 / 5), matchRms: 0.2 * Math.sqrt(7), jordan: Math.sqrt(7 / 5) };
    for (const [shapeFactor, factor] of Object.entries(factors)) {
      const optimizer = parsed({ name: "muon", momentum: 0, orthogonalization: "exact", shapeFactor });
      expect(await errorAgainst(optimizer, [7, 5], {}, ({ gradient }) => scaled(factor, orthogonalFactor(gradient)))).toBeLessThan(2e-6);
    }
    const jordan = parsed({ name: "muon", momentum: 0, orthogonalization: "exact", shapeFactor: "jordan" });
    expect(await errorAgainst(jordan, [5, 9], {}, ({ gradient }) => orthogonalFactor(gradient))).toBeLessThan(2e-6);
  });
});

describe("Shampoo", () => {
  for (const shape of shapes)
    for (const statisticsDecay of [1, 0.7])
      it(`preconditions both sides with damping, statistics ${statisticsDecay === 1 ? "summed" : "averaged"} (${shape.join(" x ")})`, async () => {
        let left: Matrix | undefined;
        let right: Matrix | undefined;
        let velocity: Matrix | undefined;
        const error = await errorAgainst(
          parsed({ name: "shampoo", exponentLeft: 0.25, exponentRight: 0.5, statisticsDecay, momentum: 0.6 }),
          shape,
          { damping: { fanIn: 0.02, fanOut: 0.3 } },
          ({ gradient: g }, _row, step) => {
            const weight = statisticsDecay === 1 ? 1 : 1 - statisticsDecay;
            const [leftSquare, rightSquare] = [product(g, transposed(g)), product(transposed(g), g)];
            left = combine(statisticsDecay, left ?? zero(leftSquare), weight, leftSquare);
            right = combine(statisticsDecay, right ?? zero(rightSquare), weight, rightSquare);
            const correction = statisticsDecay === 1 ? 1 : 1 / (1 - statisticsDecay ** (step + 1));
            const power = (a: Matrix, damping: number, exponent: number) =>
              ofEigenvalues(a, (value) => (Math.max(value, 0) * correction + damping) ** -exponent);
            const direction = product(power(left, 0.3, 0.25), product(g, power(right, 0.02, 0.5)));
            velocity = combine(0.6, velocity ?? zero(direction), 1, direction);
            return velocity;
          },
        );
        expect(error).toBeLessThan(3e-6);
      });

  it("without damping its first step with exponents 1/4 is Muon's U V^T, also at low rank", async () => {
    for (const shape of shapes) {
      const engine = await createEngine();
      const optimizer = parsed({ name: "shampoo" });
      const { parameter, state, read, linear } = batchOf(engine, exampleRow("layers.0", "hidden", shape, 1), optimizer);
      const stream = randomStream(4, "low rank");
      for (const [address, length] of [
        [linear.inputs, rows * shape[1]],
        [linear.outputGradient, rows * shape[0]],
      ] as const) {
        const view = engine.floats(address, length);
        for (let i = 0; i < length; i += 1) view[i] = stream.normal();
      }
      const { inputs, outputGradient } = read();
      engine.floats(parameter.gradient, parameter.length).set(product(transposed(outputGradient), inputs).flat());
      const wanted = scaled(-1, orthogonalFactor(read().gradient));
      state.update(0, 1);
      expect(largestDifference(matrixOf(engine.floats(parameter.weights, parameter.length), ...shape), wanted)).toBeLessThan(2e-6);
    }
  });

  it("with exponent 0 leaves that side alone and keeps no statistics of it", async () => {
    const engine = await createEngine();
    const { state } = batchOf(engine, exampleRow("layers.0", "hidden", [4, 6], 1), parsed({ name: "shampoo", exponentRight: 0 }));
    expect(state.slots.flat().map(({ name, length, precision }) => ({ name, length, precision }))).toEqual([
      { name: "leftStatistics", length: 16, precision: "float64" },
    ]);
    let left: Matrix | undefined;
    const error = await errorAgainst(
      parsed({ name: "shampoo", exponentLeft: 0.5, exponentRight: 0 }),
      [4, 6],
      { damping: { fanIn: 5, fanOut: 0.1 } },
      ({ gradient: g }) => {
        left = combine(1, left ?? zero(product(g, transposed(g))), 1, product(g, transposed(g)));
        return product(
          ofEigenvalues(left, (value) => 1 / Math.sqrt(Math.max(value, 0) + 0.1)),
          g,
        );
      },
    );
    expect(error).toBeLessThan(2e-6);
  });
});

describe("K-FAC and FOOF", () => {
  const damping = { fanIn: 0.05, fanOut: 0.01 };
  for (const name of ["kfac", "foof"] as const)
    for (const shape of shapes)
      for (const statisticsDecay of [0, 0.8])
        it(`${name} solves with the batch's mean of x x^T${name === "kfac" ? " and d d^T" : ""} (${shape.join(" x ")}, decay ${statisticsDecay})`, async () => {
          let means: { a: Matrix; b: Matrix } | undefined;
          let velocity: Matrix | undefined;
          const error = await errorAgainst(
            parsed({ name, statisticsDecay, momentum: 0.5 }),
            shape,
            { damping },
            ({ gradient, inputs, outputGradient }, _row, step) => {
              // An example's own gradient at the output of W: the mean's times the batch, with the factor of the product.
              const own = scaled(rows * 0.5, outputGradient);
              const a = scaled(1 / rows, product(transposed(inputs), inputs));
              const b = scaled(1 / rows, product(transposed(own), own));
              const old = means ?? { a: zero(a), b: zero(b) };
              means = {
                a: combine(statisticsDecay, old.a, 1 - statisticsDecay, a),
                b: combine(statisticsDecay, old.b, 1 - statisticsDecay, b),
              };
              const correction = 1 / (1 - statisticsDecay ** (step + 1));
              const right = combine(correction, means.a, damping.fanIn, identity(shape[1]));
              const left = combine(correction, means.b, damping.fanOut, identity(shape[0]));
              const half = transposed(solved(right, transposed(gradient)));
              const direction = name === "kfac" ? solved(left, half) : half;
              velocity = combine(0.5, velocity ?? zero(direction), 1, direction);
              return velocity;
            },
          );
          expect(error).toBeLessThan(3e-6);
        });
});
