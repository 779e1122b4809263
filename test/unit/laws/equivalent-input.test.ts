import { describe, expect, it } from "vitest";
import { toCoordinate } from "../../../analysis/fits/coordinates.ts";
import { equivalentInput } from "../../../analysis/laws/equivalent-input.ts";
import { findLaw } from "../../../analysis/laws/index.ts";
import { log, pow } from "../../../analysis/numerics/elementary.ts";

const law = findLaw("routed");
const published = law.published[0]?.values ?? {};
const coordinates = Float64Array.from(law.parameters, (parameter) => toCoordinate(parameter, published[parameter.name] ?? 0));
const log10 = (value: number): number => log(value) / 2.302585092994046;

/** Clark et al.'s closed form: solve a n + b e1 + c n e1 = a m + b e + c m e for n, all in log10. */
function closedForm(N: number, experts: number): number {
  const { a = 0, b = 0, c = 0, Estart = 1, Emax = 1 } = published;
  const effective = log10(1 / (1 / (experts - 1 + 1 / (1 / Estart - 1 / Emax)) + 1 / Emax));
  const least = log10(Estart);
  return pow(10, (log10(N) * (a + c * effective) + b * (effective - least)) / (a + c * least));
}

describe("effective parameter count of a routed model", () => {
  it.each([
    [1.5e7, 8],
    [1.3e8, 64],
    [1.3e9, 512],
    [7e10, 128],
  ])("of %d parameters with %d experts is the closed form", (N, experts) => {
    const { value, words } = equivalentInput(law, coordinates, { N, experts });
    expect(Math.abs((value ?? 0) / closedForm(N, experts) - 1)).toBeLessThan(1e-9);
    expect(value).toBeGreaterThan(N);
    expect(words).toMatch(/^as good as N = .* at experts = 1$/);
  });

  it("is its own at one expert, to the last bit", () => {
    for (const N of [1, 12345.678, 3e8]) expect(equivalentInput(law, coordinates, { N, experts: 1 }).value).toBe(N);
  });

  it("falls below its own where routing costs, and that is said", () => {
    const cutoff = pow(10, -(published["b"] ?? 0) / (published["c"] ?? 1));
    expect(equivalentInput(law, coordinates, { N: cutoff / 2, experts: 64 }).value).toBeGreaterThan(cutoff / 2);
    const beyond = equivalentInput(law, coordinates, { N: cutoff * 2, experts: 64 });
    expect(beyond.value).toBeLessThan(cutoff * 2);
    expect(beyond.words).toMatch(/past where it helps/);
  });

  it("is none where no dense model within a factor of 1e9 is as good", () => {
    const strong = coordinates.slice();
    strong[1] = -5;
    const { value, words } = equivalentInput(law, strong, { N: 1e8, experts: 256 });
    expect(value).toBeNull();
    expect(words).toMatch(/no N within a factor of 1e9/);
  });

  it("asks for what is missing, and for a law that compares", () => {
    expect(() => equivalentInput(law, coordinates, { N: 1e8 })).toThrow(/routed also depends on experts/);
    expect(() => equivalentInput(findLaw("chinchilla"), coordinates, { N: 1e8, D: 1e9 })).toThrow(/chinchilla does not compare/);
  });
});
