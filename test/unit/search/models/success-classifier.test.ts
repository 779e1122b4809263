import { describe, expect, it } from "vitest";
import { randomStream } from "../../../../analysis/numerics/random-stream.ts";
import { fitKernel, priorCoordinates } from "../../../../analysis/search/models/kernel-fit.ts";
import { conditionClassifier, negativeLogClassLikelihood } from "../../../../analysis/search/models/success-classifier.ts";

const prior = { smoothness: 1, scale: [2, 1], logLinear: [1, 1.5], noise: [1.1, 30] } as const;

/** Trials in three dimensions; they fail above a slanted plane, and a few anywhere. */
function trials(count: number): { values: Float64Array; labels: Float64Array } {
  const random = randomStream(3, "trials");
  const values = new Float64Array(count * 3).map(() => random.uniform() - 0.5);
  const labels = new Float64Array(count).map((_, index) => {
    const latent = 4 * (0.2 - (values[index * 3] ?? 0) - (values[index * 3 + 1] ?? 0));
    return latent + 0.7 * random.normal() > 0 ? 1 : -1;
  });
  return { values, labels };
}

describe("the classifier of success", () => {
  it("has slopes that differences of its likelihood confirm", () => {
    const { values, labels } = trials(25);
    const likelihood = negativeLogClassLikelihood({ values, count: 25, dimensions: 3 }, new Float64Array(3), labels);
    const at = priorCoordinates(3);
    const slopes = new Float64Array(6);
    const unused = new Float64Array(6);
    likelihood(at, slopes);
    for (let index = 0; index < 5; index += 1) {
      const above = Float64Array.from(at, (value, place) => value + (place === index ? 1e-4 : 0));
      const below = Float64Array.from(at, (value, place) => value - (place === index ? 1e-4 : 0));
      expect(slopes[index]).toBeCloseTo((likelihood(above, unused) - likelihood(below, unused)) / 2e-4, 5);
    }
  });

  it("gives probabilities that come true: of 2,000 unseen trials as many succeed as it said, in every fifth of its range", () => {
    const { values, labels } = trials(2120);
    const seen = { values: values.slice(0, 360), count: 120, dimensions: 3 };
    const fit = fitKernel(negativeLogClassLikelihood(seen, new Float64Array(3), labels.slice(0, 120)), 3, null, {
      prior,
      leastNoise: 1e-6,
      evaluations: 40,
      starts: 1,
    });
    const classifier = conditionClassifier(fit.coordinates, new Float64Array(3), seen, labels.slice(0, 120));
    const probabilities = new Float64Array(2000);
    classifier?.predict(values.slice(360), 2000, probabilities);
    for (let fifth = 0; fifth < 5; fifth += 1) {
      const chosen = [...probabilities.entries()].filter(([, probability]) => Math.min(4, Math.floor(probability * 5)) === fifth);
      const said = chosen.reduce((sum, [, probability]) => sum + probability / chosen.length, 0);
      const came = chosen.filter(([index]) => labels[120 + index] === 1).length / chosen.length;
      expect(chosen.length).toBeGreaterThan(50);
      expect(Math.abs(said - came)).toBeLessThan(0.12);
    }
  });
});
