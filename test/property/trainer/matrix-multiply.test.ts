import fc from "fast-check";
import { expect, it } from "vitest";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { createEngine } from "../../../trainers/reference/engine/engine.ts";
import { checkedProduct } from "../../unit/trainer/naive-kernels.ts";

it("products of any shape, transposes and strides agree with plain f64 ones", async () => {
  const flag = fc.constantFrom(0 as const, 1 as const);
  const size = fc.integer({ min: 1, max: 40 });
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        m: size,
        n: size,
        k: fc.oneof(size, fc.integer({ min: 250, max: 262 })),
        transposeA: flag,
        transposeB: flag,
        accumulate: flag,
        alpha: fc.constantFrom(1, -0.5, 3),
        padding: fc.integer({ min: 0, max: 5 }),
      }),
      fc.nat(),
      async (product, seed) => {
        expect(checkedProduct(await createEngine(), randomStream(seed, "property"), product)).toBeLessThan(1);
      },
    ),
    { seed: 20261123, numRuns: 60 },
  );
});
