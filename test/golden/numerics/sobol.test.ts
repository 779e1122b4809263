import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { sobolSequence } from "../../../analysis/numerics/sobol.ts";

const golden = z
  .object({ indices: z.array(z.int()), points: z.array(z.array(z.number())) })
  .parse(JSON.parse(readFileSync(new URL("sobol.json", import.meta.url), "utf8")));

describe("Sobol's sequence", () => {
  it("has the points of scipy, bit for bit", () => {
    const sequence = sobolSequence(128, null);
    const points = golden.indices.map((index) => Array.from(sequence.point(index), (coordinate) => coordinate * 4294967296));
    expect(points).toEqual(golden.points);
  });

  it("scrambled, still puts one of 2^k points in each of 2^k equal boxes , in every dimension and over the first two", () => {
    for (const seed of [1, 2, 3]) {
      const sequence = sobolSequence(128, randomStream(seed, "test"));
      const points = Array.from({ length: 64 }, (_, index) => sequence.point(index));
      for (let dimension = 0; dimension < 128; dimension += 1)
        expect(new Set(points.map((point) => Math.floor(64 * (point[dimension] ?? 0)))).size).toBe(64);
      // The first two dimensions are a (0, 2)-sequence: each box of 2^a by 2^(6 - a) holds one.
      for (let power = 0; power <= 6; power += 1) {
        const [columns, rows] = [2 ** power, 2 ** (6 - power)];
        const boxes = points.map(([x = 0, y = 0]) => Math.floor(columns * x) * rows + Math.floor(rows * y));
        expect(new Set(boxes).size).toBe(64);
      }
    }
  });

  it("scrambled, has uniform points: the mean and variance of point 5 over many seeds", () => {
    const draws = Array.from({ length: 2000 }, (_, seed) => sobolSequence(3, randomStream(seed, "test")).point(5)[2] ?? 0);
    const mean = draws.reduce((sum, value) => sum + value, 0) / draws.length;
    const variance = draws.reduce((sum, value) => sum + (value - mean) ** 2, 0) / draws.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(1 / 12 / 2000));
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(0.006);
  });

  it("is the same for the same stream, and refuses what it has no directions for", () => {
    const point = (seed: number) => sobolSequence(5, randomStream(seed, "test")).point(77);
    expect(point(4)).toEqual(point(4));
    expect(point(4)).not.toEqual(point(5));
    expect(() => sobolSequence(129, null)).toThrow(expect.objectContaining({ code: "SOBOL_DIMENSIONS" }));
  });
});
