import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { privacySpent } from "../../analysis/laws/privacy/accountant.ts";
import { logErfc } from "../../analysis/laws/privacy/log-erfc.ts";
import { noiseForEpsilon } from "../../analysis/laws/privacy/noise-search.ts";
import { sampledGaussianDivergence } from "../../analysis/laws/privacy/sampled-gaussian.ts";
import { trainingPrivacy } from "../../analysis/laws/privacy/simulation-plan.ts";

const conversion = z.enum(["balle2020", "mironov2017"]);
const spent = z.object({ epsilon: z.number(), order: z.number() });
const golden = z
  .object({
    table: z.array(spent.extend({ batchSize: z.number(), noiseMultiplier: z.number(), conversion })),
    imagenet: spent,
    documentation: spent,
    mixed: spent,
    noiseForEpsilon8: z.object({ balle2020: z.number(), mironov2017: z.number() }),
    divergences: z.array(z.object({ samplingRate: z.number(), noiseMultiplier: z.number(), order: z.number(), divergence: z.number() })),
    logErfc: z.array(z.object({ x: z.number(), value: z.number() })),
  })
  .parse(JSON.parse(readFileSync(new URL("privacy/privacy.json", import.meta.url), "utf8")));

/** Of systems.md 2.15: batch size and epsilon by opacus. */
const published: readonly (readonly [number, number])[] = [
  [32768, 6.796],
  [16384, 6.817],
  [8192, 6.88],
  [4096, 7.099],
  [8192 / 3, 7.461],
  [2048, 8.004],
  [4096 / 3, 9.908],
  [1024, 13.672],
  [256, 333.8],
];

describe("epsilon of DP-SGD against opacus", () => {
  it.each(golden.table)("batch $batchSize, sigma $noiseMultiplier, $conversion: $epsilon", (row) => {
    const plan = { batchSize: row.batchSize, noiseMultiplier: row.noiseMultiplier, steps: 2500, examples: 50_000, delta: 1e-5 };
    const ours = trainingPrivacy({ ...plan, conversion: row.conversion });
    expect(Math.abs(ours.epsilon / row.epsilon - 1)).toBeLessThan(1e-9);
    expect(ours.order).toBe(row.order);
  });

  it.each(published)("meets the published table at batch %d: %d", (batchSize, epsilon) => {
    const ours = trainingPrivacy({ batchSize, noiseMultiplier: (3 * batchSize) / 4096, steps: 2500, examples: 50_000, delta: 1e-5 });
    expect(Math.abs(ours.epsilon / epsilon - 1)).toBeLessThan(1e-3);
  });

  it("agrees on ImageNet's plan, the documentation's example and two phases of training", () => {
    const imagenet = trainingPrivacy({ batchSize: 32768, noiseMultiplier: 2.5, steps: 18_000, examples: 1_281_167, delta: 8e-7 });
    expect(imagenet.epsilon).toBeCloseTo(golden.imagenet.epsilon, 9);
    const documentation = privacySpent({ steps: [{ samplingRate: 1e-5, noiseMultiplier: 1, steps: 10 }], delta: 1e-5 });
    expect(documentation.epsilon).toBeCloseTo(golden.documentation.epsilon, 9);
    expect(documentation.epsilon).toBeCloseTo(0.3363, 4);
    const mixed = privacySpent({
      steps: [
        { samplingRate: 1e-3, noiseMultiplier: 1.1, steps: 4000 },
        { samplingRate: 0.02, noiseMultiplier: 2, steps: 300 },
      ],
      delta: 1e-6,
    });
    expect(mixed.epsilon).toBeCloseTo(golden.mixed.epsilon, 9);
    expect(mixed.order).toBe(golden.mixed.order);
  });

  it.each([
    ["balle2020", 2.7298],
    ["mironov2017", 2.9431],
  ] as const)("finds the noise of epsilon 8 by %s: %d", (name, sigma) => {
    const found = noiseForEpsilon({ epsilon: 8, delta: 1e-5, samplingRate: 4096 / 50_000, steps: 2500, conversion: name });
    expect(found.noiseMultiplier).toBeCloseTo(sigma, 4);
    expect(Math.abs(found.noiseMultiplier / golden.noiseForEpsilon8[name] - 1)).toBeLessThan(2e-7);
    expect(found.spent.epsilon).toBeLessThanOrEqual(8);
    expect(found.spent.conversion).toBe(name);
  });

  it("agrees on single divergences over sampling rates, noise and orders", () => {
    const worst = golden.divergences.map((row) => {
      const ours = sampledGaussianDivergence(row.samplingRate, row.noiseMultiplier, row.order);
      // A divergence near 0 is a difference of numbers near 1: their last bits stay.
      return Math.abs(ours - row.divergence) / Math.max(row.divergence, 1e-6);
    });
    expect(worst).toHaveLength(225);
    expect(Math.max(...worst)).toBeLessThan(1e-7);
  });

  it("has SciPy's ln erfc from one tail to the other", () => {
    for (const { x, value } of golden.logErfc) expect(Math.abs(logErfc(x) - value)).toBeLessThan(1e-12 * Math.max(1, Math.abs(value)));
  });
});
