import { describe, expect, it } from "vitest";
import { philox4x32, randomStream } from "../../../analysis/numerics/random-stream.ts";
import { LadderError } from "../../../analysis/study/ladder-error.ts";

describe("philox4x32", () => {
  // Known answers of Random123 (kat_vectors, philox4x32 10).
  it.each([
    [
      [0, 0, 0, 0],
      [0, 0],
      [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
    ],
    [
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0xffffffff, 0xffffffff],
      [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
    ],
    [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
      [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
    ],
  ] as const)("agrees with Random123 on counter %j", (counter, key, expected) => {
    const block = Uint32Array.from(counter);
    philox4x32(block, key[0], key[1]);
    expect([...block]).toEqual(expected);
  });
});

describe("randomStream", () => {
  it("gives the same bits for the same seed and names, for ever", () => {
    const stream = randomStream(7, "golden", 3);
    expect([stream.uniform(), stream.uniform(), stream.uniform()]).toEqual([0.9620681690752133, 0.39034208156829153, 0.2490230378033509]);
    expect([stream.normal(), stream.normal(), stream.normal()]).toEqual([-0.8811929270555913, -0.7809503902961988, 0.1733179932755095]);
    expect([stream.integer(6), stream.integer(1000), stream.integer(2 ** 53)]).toEqual([2, 193, 8741335222188719]);
  });

  it("gives another stream for another seed or name", () => {
    const first = randomStream(1, "init").uniform();
    expect(randomStream(2, "init").uniform()).not.toBe(first);
    expect(randomStream(1, "batches").uniform()).not.toBe(first);
    expect(randomStream(1, "init", 0).uniform()).not.toBe(first);
  });

  it("is normal with mean 0 and variance 1 within five standard errors of 20,000 draws", () => {
    const stream = randomStream(3, "moments");
    let sum = 0;
    let sumOfSquares = 0;
    for (let draw = 0; draw < 20_000; draw += 1) {
      const value = stream.normal();
      sum += value;
      sumOfSquares += value * value;
    }
    expect(Math.abs(sum / 20_000)).toBeLessThan(5 / Math.sqrt(20_000));
    expect(Math.abs(sumOfSquares / 20_000 - 1)).toBeLessThan((5 * Math.SQRT2) / Math.sqrt(20_000));
  });

  it("draws integers evenly and refuses a bound that is none", () => {
    const stream = randomStream(4, "dice");
    const counts = [0, 0, 0, 0, 0, 0, 0];
    for (let draw = 0; draw < 7_000; draw += 1) {
      const face = stream.integer(7);
      counts[face] = (counts[face] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
    expect(() => stream.integer(0)).toThrow(LadderError);
    expect(() => stream.integer(2.5)).toThrow(/bound in 1/);
  });
});
