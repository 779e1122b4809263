import { describe, expect, it } from "vitest";
import { bootstrapFits, bootstrapInterval } from "../../../analysis/fits/bootstrap.ts";
import type { FitRows } from "../../../analysis/fits/contract.ts";
import { fitLaw } from "../../../analysis/fits/fit-law.ts";
import { prepareFit } from "../../../analysis/fits/prepared-fit.ts";
import { findLaw } from "../../../analysis/laws/index.ts";
import { factorCholesky, solveCholesky } from "../../../analysis/numerics/cholesky.ts";
import { exp } from "../../../analysis/numerics/elementary.ts";
import { type RandomStream, randomStream } from "../../../analysis/numerics/random-stream.ts";

const law = findLaw("model-collapse");
const features = 10;
const samples = 40;
const generationSamples = 25;

/** Weights by least squares from `count` noisy labels of a linear teacher. */
function learn(teacher: Float64Array, count: number, noise: number, stream: RandomStream): Float64Array {
  const gram = new Float64Array(features * features);
  const products = new Float64Array(features);
  const row = new Float64Array(features);
  for (let sample = 0; sample < count; sample += 1) {
    let label = noise * stream.normal();
    for (let j = 0; j < features; j += 1) {
      row[j] = stream.normal();
      label += (row[j] ?? 0) * (teacher[j] ?? 0);
    }
    for (let j = 0; j < features; j += 1) {
      products[j] = (products[j] ?? 0) + (row[j] ?? 0) * label;
      for (let k = 0; k < features; k += 1) gram[j * features + k] = (gram[j * features + k] ?? 0) + (row[j] ?? 0) * (row[k] ?? 0);
    }
  }
  factorCholesky(gram, features);
  solveCholesky(gram, features, products);
  return products;
}

/** Squared error of the weights that are learned after `generation` generations of labels, one run. */
function collapse(generation: number, stream: RandomStream): number {
  let teacher = new Float64Array(features);
  for (let round = 0; round < generation; round += 1) teacher = Float64Array.from(learn(teacher, generationSamples, 1, stream));
  return learn(teacher, samples, 1, stream).reduce((sum, weight) => sum + weight * weight, 0);
}

/** Rows of mean error over repeats, several a generation. */
function simulate(generations: readonly number[], repeats: number, groups: number): FitRows {
  const points = generations.flatMap((generation) => Array.from({ length: groups }, (_, group) => ({ generation, group })));
  const constant = (value: number) => new Float64Array(points.length).fill(value);
  return {
    columns: {
      generation: Float64Array.from(points, ({ generation }) => generation),
      features: constant(features),
      samples: constant(samples),
      generationSamples: constant(generationSamples),
    },
    output: Float64Array.from(points, ({ generation, group }) => {
      const stream = randomStream(1, "collapse", generation, group);
      let sum = 0;
      for (let repeat = 0; repeat < repeats; repeat += 1) sum += collapse(generation, stream);
      return sum / repeats;
    }),
  };
}

describe("model collapse simulated", () => {
  const objective = { kind: "leastSquares" } as const;
  const rows = simulate([0, 1, 2, 3, 5], 400, 3);
  const fit = fitLaw(law, rows, { objective });
  const best = Float64Array.from(fit.parameters, ({ coordinate }) => coordinate);

  it("has the slope in generations within 5 %", () => {
    expect(Math.abs((fit.parameters[1]?.value ?? 0) - 1)).toBeLessThan(0.05);
    expect(Math.abs((fit.parameters[0]?.value ?? 0) - 1)).toBeLessThan(0.1);
  });

  it("predicts generation 10 inside its interval", () => {
    const draws = bootstrapFits(prepareFit(law, rows, { objective }), best, { kind: "pairs", seed: 1, count: 400 });
    const expectedAt10 = ([noise = 0, generationNoise = 0]: Float64Array): number =>
      (exp(noise) * features) / (samples - features - 1) + (10 * exp(generationNoise) * features) / (generationSamples - features - 1);
    const interval = bootstrapInterval(draws, expectedAt10);
    const [held = 0] = simulate([10], 1200, 1).output;
    expect(held).toBeGreaterThan(interval.low);
    expect(held).toBeLessThan(interval.high);
    expect((interval.high - interval.low) / held).toBeLessThan(0.2);
  });

  it("is refused where there are no more samples than features", () => {
    const few = { ...rows.columns, samples: new Float64Array(rows.output.length).fill(11) };
    expect(() => fitLaw(law, { columns: few, output: rows.output })).toThrow(/samples of row 0 is 11 with 10 features; .* more than 11/);
  });
});
