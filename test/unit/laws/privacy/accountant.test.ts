import { describe, expect, it } from "vitest";
import { defaultOrders, privacySpent } from "../../../../analysis/laws/privacy/accountant.ts";
import { sampledGaussianDivergence } from "../../../../analysis/laws/privacy/sampled-gaussian.ts";
import { randomStream } from "../../../../analysis/numerics/random-stream.ts";

const cifar = { samplingRate: 4096 / 50_000, noiseMultiplier: 3, steps: 2500 };

describe("an epsilon", () => {
  it("carries orders, conversion, accountant and version", () => {
    const spent = privacySpent({ steps: [cifar], delta: 1e-5, examples: 50_000 });
    expect(spent).toMatchObject({ conversion: "balle2020", delta: 1e-5, order: 4.1, steps: [cifar], warnings: [] });
    expect(spent.orders).toBe(defaultOrders);
    expect(spent.accountant).toEqual({ name: "ladder-renyi-sampled-gaussian", version: 1 });
    expect(JSON.parse(JSON.stringify(spent))).toEqual(spent);
  });

  it("is read on 1.1 … 10.9 by tenths and 12 … 63", () => {
    expect(defaultOrders).toHaveLength(151);
    expect(defaultOrders[0]).toBe(1.1);
    expect(defaultOrders[9]).toBe(2);
    expect(defaultOrders.slice(98, 100)).toEqual([10.9, 12]);
    expect(defaultOrders.at(-1)).toBe(63);
  });

  it("is smaller by the newer conversion", () => {
    const older = privacySpent({ steps: [cifar], delta: 1e-5, conversion: "mironov2017" });
    expect(older.epsilon).toBeCloseTo(7.817, 3);
    expect(privacySpent({ steps: [cifar], delta: 1e-5 }).epsilon).toBeLessThan(older.epsilon);
  });

  it("warns of a delta that is not below 1 / examples", () => {
    const codes = (delta: number) => privacySpent({ steps: [cifar], delta, examples: 50_000 }).warnings.map(({ code }) => code);
    expect(codes(2e-5)).toEqual(["DELTA_NOT_SMALL"]);
    expect(codes(1.99e-5)).toEqual([]);
  });

  it("warns when the best order is an end of the list", () => {
    const low = privacySpent({ steps: [{ samplingRate: 256 / 50_000, noiseMultiplier: 0.1875, steps: 2500 }], delta: 1e-5 });
    expect(low.warnings.map(({ words }) => words)).toEqual([expect.stringContaining("smallest of the list, 1.1")]);
    const high = privacySpent({ steps: [cifar], delta: 1e-5, orders: [2, 3] });
    expect(high.warnings.map(({ words }) => words)).toEqual([expect.stringContaining("largest of the list, 3")]);
  });

  it("of nothing done is 0", () => {
    expect(privacySpent({ steps: [], delta: 1e-5 }).epsilon).toBe(0);
    expect(privacySpent({ steps: [{ ...cifar, samplingRate: 0 }], delta: 1e-5 }).epsilon).toBe(0);
  });

  it("adds up over phases", () => {
    const whole = privacySpent({ steps: [cifar], delta: 1e-5 });
    const halves = privacySpent({
      steps: [
        { ...cifar, steps: 1500 },
        { ...cifar, steps: 1000 },
      ],
      delta: 1e-5,
    });
    expect(halves.epsilon).toBeCloseTo(whole.epsilon, 12);
  });

  it.each([
    [{ steps: [{ ...cifar, samplingRate: 1.2 }], delta: 1e-5 }, "samplingRate must be in [0, 1]: batch size / examples, got 1.2"],
    [
      { steps: [{ ...cifar, noiseMultiplier: 0 }], delta: 1e-5 },
      "noiseMultiplier must be above 0: without noise there is no privacy, got 0",
    ],
    [{ steps: [{ ...cifar, steps: 2.5 }], delta: 1e-5 }, "steps must be a whole number, at least 0, got 2.5"],
    [{ steps: [cifar], delta: 0 }, "delta must be in (0, 1), got 0"],
    [{ steps: [cifar], delta: 1e-5, orders: [] }, "orders must be a list of at least one order, got 0"],
    [{ steps: [cifar], delta: 1e-5, orders: [3, 2] }, "order must be above the order before it, got 2"],
    [{ steps: [cifar], delta: 1e-5, orders: [1, 2] }, "order must be above 1, got 1"],
  ])("refuses %j", (question, message) => {
    expect(() => privacySpent(question)).toThrow(expect.objectContaining({ kind: "input", code: "PRIVACY_DOMAIN", message }));
  });
});

describe("the divergence of a step", () => {
  it("is that of a Gaussian when every example joins", () => {
    expect(sampledGaussianDivergence(1, 2, 3)).toBe(0.375);
    expect(sampledGaussianDivergence(1 - 1e-13, 2, 3)).toBeCloseTo(0.375, 9);
  });

  it("at order 2 is ln(1 + q^2 (e^(1 / sigma^2) - 1))", () => {
    for (const [q, sigma] of [
      [0.3, 1.2],
      [0.01, 0.5],
    ] as const)
      expect(sampledGaussianDivergence(q, sigma, 2)).toBeCloseTo(Math.log1p(q * q * Math.expm1(1 / (sigma * sigma))), 12);
  });

  it("rises with rate and order and falls with noise, whole and fractional orders alike", () => {
    const stream = randomStream(3, "privacy");
    for (let round = 0; round < 60; round += 1) {
      const q = 0.001 + 0.9 * stream.uniform();
      const sigma = 0.5 + 5 * stream.uniform();
      const order = 1.1 + 12 * stream.uniform();
      const here = sampledGaussianDivergence(q, sigma, order);
      expect(here).toBeGreaterThan(0);
      expect(here).toBeLessThan(order / (2 * sigma * sigma));
      expect(sampledGaussianDivergence(q * 1.05, sigma, order)).toBeGreaterThan(here);
      expect(sampledGaussianDivergence(q, sigma * 1.05, order)).toBeLessThan(here);
      expect(sampledGaussianDivergence(q, sigma, order + 0.3)).toBeGreaterThan(here);
      const below = sampledGaussianDivergence(q, sigma, Math.floor(order) + 1 - 1e-7);
      expect(below / sampledGaussianDivergence(q, sigma, Math.floor(order) + 1) - 1).toBeCloseTo(0, 5);
    }
  });
});
