import { describe, expect, it } from "vitest";
import { noiseForEpsilon } from "../../../../analysis/laws/privacy/noise-search.ts";
import { simulateAtBatchSize, trainingPrivacy } from "../../../../analysis/laws/privacy/simulation-plan.ts";
import { totalNoise } from "../../../../analysis/laws/privacy/total-noise.ts";

const cifar = { batchSize: 4096, noiseMultiplier: 3, steps: 2500, examples: 50_000, delta: 1e-5 };

describe("a simulated plan", () => {
  it("says that it is not private, with its epsilon and that of the final run", () => {
    const plan = simulateAtBatchSize(cifar, 256);
    expect(plan.private).toBe(false);
    expect(plan.training).toEqual({ ...cifar, batchSize: 256, noiseMultiplier: 0.1875 });
    expect(plan.words).toBe(
      "simulation at batch size 256 with noise multiplier 0.1875: NOT private, epsilon 333.8; the run at batch size 4096 with noise " +
        "multiplier 3 spends epsilon 7.098 at delta 0.00001 (balle2020, ladder-renyi-sampled-gaussian 1)",
    );
  });

  it("says what doubling the batch at the same total noise brings", () => {
    const plan = simulateAtBatchSize(cifar, 8192);
    expect(plan.private).toBe(true);
    expect(plan.simulated.epsilon).toBeCloseTo(6.88, 2);
    expect(plan.reference.epsilon).toBeCloseTo(7.1, 2);
  });

  it("refuses a batch larger than the data", () => {
    expect(() => simulateAtBatchSize(cifar, 60_000)).toThrow("batchSize must be above 0 and at most the 50000 examples, got 60000");
    expect(() => trainingPrivacy({ ...cifar, examples: 0 })).toThrow("examples must be at least 1, got 0");
  });
});

describe("noise over batch size kept constant", () => {
  const epsilonAt = (noiseMultiplier: number) =>
    trainingPrivacy({ ...cifar, noiseMultiplier, batchSize: (4096 * noiseMultiplier) / 3 }).epsilon;

  it("keeps epsilon within 1.3 % while the noise multiplier is 6 or more", () => {
    for (const sigma of [6, 12, 24]) expect(epsilonAt(sigma) / epsilonAt(24) - 1).toBeLessThan(0.013);
  });

  it("does not keep it below: 4 % at 3, 9 % at 2, 45 % at 1, and without end", () => {
    expect(epsilonAt(3) / epsilonAt(24) - 1).toBeGreaterThan(0.04);
    expect(epsilonAt(2) / epsilonAt(24) - 1).toBeGreaterThan(0.09);
    expect(epsilonAt(1) / epsilonAt(24) - 1).toBeGreaterThan(0.45);
    expect(epsilonAt(0.1875)).toBeGreaterThan(40 * epsilonAt(24));
  });
});

describe("the total amount of noise", () => {
  it("is .9654 as eta at CIFAR-10's plan, with 7.484 in closed form", () => {
    const noise = totalNoise({ samplingRate: 4096 / 50_000, noiseMultiplier: 3, steps: 2500 }, 1e-5);
    expect(noise.eta).toBeCloseTo(0.9654, 4);
    expect(noise.totalAmountOfNoise).toBeCloseTo(1 / 0.9654, 3);
    expect(noise.closedFormEpsilon).toBeCloseTo(7.484, 3);
    expect(noise.closedFormHolds).toBe(true);
  });

  it("is the same whatever the batch, and says where the closed form ends", () => {
    const small = totalNoise({ samplingRate: 256 / 50_000, noiseMultiplier: 0.1875, steps: 2500 }, 1e-5);
    expect(small.eta).toBeCloseTo(0.9654, 4);
    expect(small.closedFormHolds).toBe(false);
  });

  it("bounds the older conversion's epsilon from below where noise is large", () => {
    const steps = { samplingRate: 32768 / 50_000, noiseMultiplier: 24, steps: 2500 };
    const older = trainingPrivacy({ ...cifar, batchSize: 32768, noiseMultiplier: 24, conversion: "mironov2017" });
    expect(older.epsilon / totalNoise(steps, 1e-5).closedFormEpsilon - 1).toBeLessThan(0.01);
  });

  it.each([
    [{ samplingRate: 0, noiseMultiplier: 1, steps: 1 }, 1e-5, "samplingRate"],
    [{ samplingRate: 0.1, noiseMultiplier: -1, steps: 1 }, 1e-5, "noiseMultiplier"],
    [{ samplingRate: 0.1, noiseMultiplier: 1, steps: 0 }, 1e-5, "steps"],
    [{ samplingRate: 0.1, noiseMultiplier: 1, steps: 1 }, 1, "delta"],
  ])("refuses %j at delta %d", (steps, delta, field) => {
    expect(() => totalNoise(steps, delta)).toThrow(new RegExp(`^${field} must be`));
  });
});

describe("the noise for an epsilon", () => {
  it.each([0.5, 2, 20, 300])("spends %d and hardly less", (epsilon) => {
    const { noiseMultiplier, spent } = noiseForEpsilon({ epsilon, delta: 1e-6, samplingRate: 0.01, steps: 1000 });
    expect(spent.epsilon).toBeLessThanOrEqual(epsilon);
    expect(spent.epsilon / epsilon).toBeGreaterThan(1 - 1e-4);
    expect(spent.steps).toEqual([{ samplingRate: 0.01, noiseMultiplier, steps: 1000 }]);
  });

  it("is refused where no noise gives it", () => {
    expect(() => noiseForEpsilon({ epsilon: 1e-6, delta: 1e-12, samplingRate: 1, steps: 1e6 })).toThrow(/not reached, even with/);
    expect(() => noiseForEpsilon({ epsilon: 5, delta: 1e-5, samplingRate: 0, steps: 10 })).toThrow(/not reached, because/);
    expect(() => noiseForEpsilon({ epsilon: -1, delta: 1e-5, samplingRate: 0.1, steps: 10 })).toThrow("epsilon must be above 0, got -1");
  });
});
