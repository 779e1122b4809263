import { describe, expect, it } from "vitest";
import { binomialInterval } from "../../../analysis/numerics/binomial-interval.ts";

describe("the interval of a share", () => {
  // Shares at which the exact binomial tails are 2.5 %.
  it.each([
    [19, 20, 0.751269, 0.998735],
    [0, 10, 0, 0.308497],
    [10, 10, 0.691503, 1],
    [5, 10, 0.187086, 0.812914],
    [177, 180, 0.952068, 0.99655],
  ])("of %d in %d is Clopper and Pearson's", (inside, count, low, high) => {
    const found = binomialInterval(inside, count);
    expect(Math.abs(found[0] - low)).toBeLessThan(2e-6);
    expect(Math.abs(found[1] - high)).toBeLessThan(2e-6);
  });
});
