import { beforeAll, describe, expect, it } from "vitest";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { activations } from "../../../analysis/study/trainer-contract.ts";
import { createEngine, type Engine } from "../../../trainers/reference/engine/engine.ts";
import { createOperand, formats } from "../../../trainers/reference/models/casts.ts";

/** Every finite value of a format with that many mantissa bits, by its definition: smallest normal number 2^lowest. */
function valuesOf(mantissaBits: number, lowest: number, largest: number): readonly number[] {
  const values = [0];
  const steps = 2 ** mantissaBits;
  for (let step = 1; step < steps; step += 1) values.push((step / steps) * 2 ** lowest);
  for (let exponent = lowest; 2 ** exponent <= largest; exponent += 1)
    for (let step = 0; step < steps; step += 1) values.push((1 + step / steps) * 2 ** exponent);
  return values.filter((value) => value <= largest);
}

describe("casts to eight bits", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine();
  });
  const cast = (format: "e4m3" | "e5m2", inputs: readonly number[]) => {
    const from = engine.allocate(inputs.length);
    engine.floats(from, inputs.length).set(inputs);
    let share = Number.NaN;
    const operand = createOperand(engine, formats[format], inputs.length, (found) => {
      share = found;
    });
    const outputs = [...engine.floats(operand.cast(from), inputs.length)];
    return { outputs, share };
  };

  for (const [format, mantissaBits, lowest, largest, count] of [
    ["e4m3", 3, -6, 448, 127],
    ["e5m2", 2, -14, 57344, 124],
  ] as const)
    it(`${format}: keeps its own numbers, rounds all others to the nearest, ties to even, and saturates`, () => {
      const values = valuesOf(mantissaBits, lowest, largest);
      expect(values).toHaveLength(count);
      expect(cast(format, [...values, ...values.map((value) => -value)]).outputs).toEqual([...values, ...values.map((value) => -value)]);
      const pairs = values.slice(1).map((high, index) => [values[index] ?? 0, high, index] as const);
      // Between two neighbours: a little below the middle, the middle (to the neighbour of even mantissa), a little above it.
      const inputs = pairs.flatMap(([low, high]) => [(low + high) * 0.49999, (low + high) / 2, (low + high) * 0.50001]);
      const expected = pairs.flatMap(([low, high, index]) => [low, index % 2 === 0 ? low : high, high]);
      expect(cast(format, inputs).outputs).toEqual(expected);
      expect(
        cast(
          format,
          inputs.map((value) => -value),
        ).outputs.map((value) => 0 - value),
      ).toEqual(expected);
      expect(cast(format, [1e9, -1e9, Infinity, Number.NaN, 0]).outputs).toEqual([largest, -largest, largest, Number.NaN, 0]);
    });

  it("counts what was not 0 before and is after", () => {
    // e4m3 flushes |y| <= 2^-10.
    expect(cast("e4m3", [0, 2 ** -10, -(2 ** -10), 2 ** -10 * 1.01, 1]).share).toBe(2 / 5);
  });

  it("float32 is no cast and no copy", () => {
    const operand = createOperand(engine, formats.float32, 4);
    expect(operand.cast(64)).toBe(64);
    expect(operand.held(64)).toBe(64);
  });
});

/**
 * Shares that e4m3 flushes, |y| <= 2^-10, known to two or three digits. silu on U(-128, 128): |x| e^x = 2^-10 at x = -9.145, so
 * (128 - 9.145) / 256 = 0.4643; a draw of a hundred thousand numbers gives 0.465 as well. gelu there: from -8.374, where 1 + erf is 0 in
 * double precision, to -3.448.
 */
describe("underflow of activations in e4m3", () => {
  const count = 2 ** 18;
  const stream = randomStream(1, "normals");
  // The uniform distribution is an even grid: drawn, its own share of 46.5 % would vary by 0.001.
  const inputs = {
    "N(0, 1)": Float32Array.from({ length: count }, () => stream.normal()),
    "U(-128, 128)": Float32Array.from({ length: count }, (_, i) => (256 * (i + 0.5)) / count - 128),
  };
  for (const [name, expected] of [
    ["gelu", { "N(0, 1)": 0.0018, "U(-128, 128)": 0.0192 }],
    ["silu", { "N(0, 1)": 0.0016, "U(-128, 128)": 0.4643 }],
    ["relu", { "N(0, 1)": 0.0004, "U(-128, 128)": 0 }],
  ] as const)
    it(`${name}: within 0.0005`, async () => {
      const engine = await createEngine();
      const room = engine.allocate(count);
      let share = Number.NaN;
      const operand = createOperand(engine, formats.e4m3, count, (found) => {
        share = found;
      });
      for (const distribution of ["N(0, 1)", "U(-128, 128)"] as const) {
        engine.floats(room, count).set(inputs[distribution]);
        engine.kernels.activationForward(activations.indexOf(name), room, room, count, 1, 1);
        operand.cast(room);
        expect(Math.abs(share - expected[distribution]), distribution).toBeLessThanOrEqual(0.0005);
      }
    });
});
