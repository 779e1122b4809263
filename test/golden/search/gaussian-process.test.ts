import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { log } from "../../../analysis/numerics/elementary.ts";
import { logImprovement, logNormalProbability, normalProbability, normalQuantile } from "../../../analysis/numerics/normal-distribution.ts";
import { invertPowerTransform, likeliestPower, powerTransform } from "../../../analysis/numerics/power-transform.ts";
import { scaledErfc } from "../../../analysis/numerics/scaled-erfc.ts";
import { conditionGaussianProcess } from "../../../analysis/search/models/gaussian-process.ts";
import { negativeLogMarginalLikelihood } from "../../../analysis/search/models/marginal-likelihood.ts";

const rows = z.array(z.array(z.number()));
const numbers = z.array(z.number());
const golden = z
  .object({
    processes: z.array(
      z.object({
        points: rows,
        centre: numbers,
        targets: numbers,
        inverseSquares: numbers,
        scale: z.number(),
        linear: z.number(),
        noise: z.number(),
        logMarginalLikelihood: z.number(),
        slopes: numbers,
        places: rows,
        means: numbers,
        covariance: rows,
        leaveOneOut: rows,
      }),
    ),
    normal: z.array(
      z.object({ z: z.number(), probability: z.number(), logProbability: z.number(), scaledErfc: z.number().nullable(), logImprovement: z.number() }),
    ),
    quantiles: z.array(z.tuple([z.number(), z.number()])),
    power: z.object({ values: numbers, power: z.number(), transformed: numbers }),
  })
  .parse(JSON.parse(readFileSync(new URL("gaussian-process.json", import.meta.url), "utf8")));

/** At most 1e-9 apart, relative to the size or 1. */
function expectNear(found: number, wanted: number, tolerance = 1e-9): void {
  expect(Math.abs(found - wanted), `${found} for ${wanted}`).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(wanted)));
}

describe.each(golden.processes)("a Gaussian process of $targets.length readings", (wanted) => {
  const dimensions = wanted.centre.length;
  const count = wanted.targets.length;
  const points = { values: Float64Array.from(wanted.points.flat()), count, dimensions };
  const centre = Float64Array.from(wanted.centre);
  const targets = Float64Array.from(wanted.targets);
  const { scale, linear, noise } = wanted;
  const process = conditionGaussianProcess({ inverseSquares: Float64Array.from(wanted.inverseSquares), scale, linear, noise }, centre, points, targets);

  it("has scikit-learn's log marginal likelihood and its slopes", () => {
    const slopes = new Float64Array(dimensions + 3);
    const coordinates = Float64Array.from([...wanted.inverseSquares, scale, linear, noise], log);
    expectNear(-negativeLogMarginalLikelihood(points, centre, targets)(coordinates, slopes), wanted.logMarginalLikelihood);
    for (const [index, slope] of wanted.slopes.entries()) expectNear(-(slopes[index] ?? 0), slope, 1e-8);
  });

  it("predicts scikit-learn's means and covariances", () => {
    const places = Float64Array.from(wanted.places.flat());
    const size = wanted.places.length;
    const means = new Float64Array(size);
    const variances = new Float64Array(size);
    process?.predict(places, size, means, variances);
    const joint = new Float64Array(size * size);
    const jointMeans = new Float64Array(size);
    process?.predictJointly(places, size, jointMeans, joint);
    for (const [index, mean] of wanted.means.entries()) {
      expectNear(means[index] ?? 0, mean);
      expectNear(jointMeans[index] ?? 0, mean);
      expectNear(variances[index] ?? 0, wanted.covariance[index]?.[index] ?? 0);
    }
    for (const [index, value] of wanted.covariance.flat().entries()) expectNear(joint[index] ?? 0, value);
  });

  it("leaves one reading out as if it were refitted without it", () => {
    const left = process?.leaveOneOut();
    for (const [index, [mean = 0, variance = 0]] of wanted.leaveOneOut.entries()) {
      expectNear(left?.means[index] ?? 0, mean, 1e-8);
      expectNear(left?.variances[index] ?? 0, variance, 1e-8);
    }
  });
});

describe("the normal distribution", () => {
  it("has SciPy's values far into its tails", () => {
    for (const { z: place, probability, logProbability, scaledErfc: scaled, logImprovement: improvement } of golden.normal) {
      expect(Math.abs(normalProbability(place) - probability)).toBeLessThanOrEqual(1e-13 * probability);
      expectNear(logNormalProbability(place), logProbability, 1e-14);
      if (scaled !== null) expect(Math.abs(scaledErfc(place) / scaled - 1)).toBeLessThan(1e-14);
      expectNear(logImprovement(place), improvement, 1e-12);
    }
    for (const [probability, quantile] of golden.quantiles) expectNear(normalQuantile(probability), quantile, 1e-14);
  });
});

describe("the power transform", () => {
  it("finds scikit-learn's power and values, and goes back", () => {
    const { values, power, transformed } = golden.power;
    expectNear(likeliestPower(values, -4, 4), power, 1e-3);
    for (const [index, value] of values.entries()) {
      expectNear(powerTransform(value, power), transformed[index] ?? 0, 1e-12);
      expectNear(invertPowerTransform(powerTransform(value, power), power), value, 1e-10);
      for (const special of [0, 2]) expectNear(invertPowerTransform(powerTransform(value, special), special), value, 1e-12);
    }
  });
});
