import { beforeAll, describe, expect, it } from "vitest";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { activations } from "../../../analysis/study/trainer-contract.ts";
import { createEngine, type Engine } from "../../../trainers/reference/engine/engine.ts";
import { normals } from "./naive-kernels.ts";

/** exp of f64: tests may use the host's. */
const { exp, sqrt, abs, PI } = Math;

/** (1 + erf(x / sqrt 2)) / 2 by Simpson's rule on the density, right to 1e-12. */
function normalDistribution(x: number): number {
  const steps = 2000;
  const width = x / steps;
  const density = (z: number) => exp((-z * z) / 2) / sqrt(2 * PI);
  let sum = density(0) + density(x);
  for (let i = 1; i < steps; i += 1) sum += density(i * width) * (i % 2 === 1 ? 4 : 2);
  return 0.5 + (sum * width) / 3;
}

const naive: Readonly<Record<(typeof activations)[number], readonly [(x: number) => number, (x: number) => number]>> = {
  relu: [(x) => Math.max(x, 0), (x) => (x > 0 ? 1 : 0)],
  squaredRelu: [(x) => Math.max(x, 0) ** 2, (x) => 2 * Math.max(x, 0)],
  gelu: [(x) => x * normalDistribution(x), (x) => normalDistribution(x) + (x * exp((-x * x) / 2)) / sqrt(2 * PI)],
  silu: [(x) => x / (1 + exp(-x)), (x) => (1 + exp(-x) + x * exp(-x)) / (1 + exp(-x)) ** 2],
  tanh: [Math.tanh, (x) => 1 - Math.tanh(x) ** 2],
};

describe("activations", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine();
  });

  for (const [kind, name] of activations.entries())
    it(`${name}, its slope and its gate agree with f64`, () => {
      const [value, slope] = naive[name];
      const n = 203;
      const stream = randomStream(1, name);
      const x = normals(engine, stream, n);
      const up = normals(engine, stream, n);
      const dy = normals(engine, stream, n);
      for (let i = 0; i < n; i += 1) {
        const view = engine.floats(x, n);
        view[i] = (view[i] ?? 0) * 3;
      }
      const [y, dx, gated, dGate, dUp] = Array.from({ length: 5 }, () => engine.allocate(n));
      if (y === undefined || dx === undefined || gated === undefined || dGate === undefined || dUp === undefined)
        throw new Error("no room");
      engine.kernels.copyScaled(dx, dy, n, 1);
      engine.kernels.activationForward(kind, x, y, n, 0.7, 1.3);
      engine.kernels.activationBackward(kind, dx, x, n, 0.7, 1.3);
      engine.kernels.gatedForward(kind, x, up, gated, n, 0.7, 1.3);
      engine.kernels.gatedBackward(kind, dy, x, up, dGate, dUp, n, 0.7, 1.3);
      const view = (address: number) => engine.floats(address, n);
      for (let i = 0; i < n; i += 1) {
        const at = (address: number) => view(address)[i] ?? Number.NaN;
        const inner = Math.fround(0.7) * at(x);
        const tolerance = 2e-6 * (1 + inner * inner) * (1 + abs(at(up))) * (1 + abs(at(dy)));
        const close = (address: number, expected: number) => {
          expect(abs(at(address) - expected)).toBeLessThan(tolerance);
        };
        close(y, 1.3 * value(inner));
        close(dx, 1.3 * slope(inner) * at(dy));
        close(gated, 1.3 * value(inner) * at(up));
        close(dGate, 1.3 * 0.7 * slope(inner) * at(up) * at(dy));
        close(dUp, 1.3 * value(inner) * at(dy));
      }
    });

  it("gelu keeps its small values far below 0, to 1e-3 of themselves", () => {
    const x = engine.allocate(4);
    engine.floats(x, 4).set([-3, -4, -5, -6]);
    engine.kernels.activationForward(activations.indexOf("gelu"), x, x, 4, 1, 1);
    // x Phi(x), from tables of the normal distribution.
    const expected = [-3 * 1.349898e-3, -4 * 3.167124e-5, -5 * 2.866516e-7, -6 * 9.865876e-10];
    engine.floats(x, 4).forEach((y, i) => {
      expect(abs(y / (expected[i] ?? 0) - 1)).toBeLessThan(1e-2);
    });
  });
});
