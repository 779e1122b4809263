import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interpolate, monotoneCubic } from "../../../analysis/numerics/monotone-cubic.ts";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";

const points = fc.array(
  fc.record({ step: fc.double({ min: 0.01, max: 5, noNaN: true }), y: fc.double({ min: -10, max: 10, noNaN: true }) }),
  { minLength: 2, maxLength: 9 },
);

describe("monotone cubic interpolation", () => {
  it("never leaves the range of two neighbouring points", () => {
    fc.assert(
      fc.property(points, fc.double({ min: 0, max: 1, noNaN: true }), (rows, share) => {
        let position = 0;
        const x = rows.map((row) => (position += row.step));
        const y = rows.map((row) => row.y);
        const curve = monotoneCubic(x, y);
        for (let index = 0; index + 1 < x.length; index += 1) {
          const [left = 0, right = 0] = [y[index], y[index + 1]];
          const value = interpolate(curve, (x[index] ?? 0) + share * ((x[index + 1] ?? 0) - (x[index] ?? 0)));
          expect(value).toBeGreaterThanOrEqual(Math.min(left, right) - 1e-9);
          expect(value).toBeLessThanOrEqual(Math.max(left, right) + 1e-9);
        }
      }),
      { numRuns: 300, seed: 1 },
    );
  });
});

describe("a random stream", () => {
  it("stays in range and repeats itself, whatever its seed and names", () => {
    fc.assert(
      fc.property(fc.integer(), fc.string(), fc.integer({ min: 1, max: 2 ** 40 }), (seed, name, bound) => {
        const [first, second] = [randomStream(seed, name), randomStream(seed, name)];
        for (let draw = 0; draw < 5; draw += 1) {
          const uniform = first.uniform();
          const integer = first.integer(bound);
          expect(uniform >= 0 && uniform < 1 && Number.isInteger(integer) && integer >= 0 && integer < bound).toBe(true);
          expect([second.uniform(), second.integer(bound)]).toEqual([uniform, integer]);
        }
      }),
      { numRuns: 100, seed: 2 },
    );
  });
});
