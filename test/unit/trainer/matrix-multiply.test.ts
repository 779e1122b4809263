import { beforeAll, describe, expect, it } from "vitest";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { createEngine, type Engine } from "../../../trainers/reference/engine/engine.ts";
import { checkedProduct } from "./naive-kernels.ts";

describe("matrixMultiply", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await createEngine();
  });

  const sizes: readonly (readonly [number, number, number])[] = [
    [1, 1, 1],
    [4, 8, 1],
    [5, 9, 3],
    [3, 7, 300],
    [13, 17, 33],
    [130, 6, 5],
    [2, 515, 4],
    [32, 8, 32],
    [131, 530, 259],
  ];
  for (const transposeA of [0, 1] as const)
    for (const transposeB of [0, 1] as const)
      it(`agrees with a plain f64 product on ragged sizes (transposes ${transposeA}${transposeB})`, () => {
        for (const [m, n, k] of sizes)
          for (const accumulate of [0, 1] as const)
            expect(
              checkedProduct(engine, randomStream(m, n, k), { m, n, k, transposeA, transposeB, accumulate, alpha: 0.75 }),
            ).toBeLessThan(1);
      });

  it("reads and writes blocks of wider matrices without touching their neighbours", () => {
    const stream = randomStream(5, "strides");
    for (const padding of [1, 3, 8])
      expect(
        checkedProduct(engine, stream, { m: 9, n: 10, k: 11, transposeA: 0, transposeB: 1, accumulate: 1, alpha: -2, padding }),
      ).toBeLessThan(1);
  });

  it("gives the same bits whether a product is done whole or by rows", () => {
    const [m, n, k] = [37, 29, 300];
    const stream = randomStream(9, "rows");
    const a = engine.allocate(m * k);
    const b = engine.allocate(n * k);
    const whole = engine.allocate(m * n);
    const parts = engine.allocate(m * n);
    for (const [address, length] of [
      [a, m * k],
      [b, n * k],
    ] as const) {
      const view = engine.floats(address, length);
      for (let i = 0; i < length; i += 1) view[i] = stream.normal();
    }
    engine.kernels.matrixMultiply(0, 1, m, n, k, 1, a, k, b, k, whole, n, 0);
    for (let row = 0; row < m; row += 1)
      engine.kernels.matrixMultiply(0, 1, 1, n, k, 1, a + row * k * 4, k, b, k, parts + row * n * 4, n, 0);
    expect(engine.floats(parts, m * n)).toEqual(engine.floats(whole, m * n));
  });
});
