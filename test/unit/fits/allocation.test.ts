import { describe, expect, it } from "vitest";
import { allocateCompute } from "../../../analysis/fits/allocation.ts";
import { findLaw } from "../../../analysis/laws/index.ts";

const law = findLaw("chinchilla");
const coordinates = (E: number, A: number, B: number, alpha: number, beta: number) =>
  Float64Array.of(Math.log(E), Math.log(A), Math.log(B), alpha, beta);

describe("the compute-optimal split", () => {
  it("is Hoffmann's closed form: N = G (C/6)^a, D = (C/6)^b / G", () => {
    const [A, B, alpha, beta, compute] = [477.84, 2143.86, 0.347313, 0.367183, 5.76e23];
    const G = ((alpha * A) / (beta * B)) ** (1 / (alpha + beta));
    const found = allocateCompute(law, coordinates(1.817236, A, B, alpha, beta), compute);
    expect(found.size / (G * (compute / 6) ** (beta / (alpha + beta)))).toBeCloseTo(1, 6);
    expect(found.tokens / ((compute / 6) ** (alpha / (alpha + beta)) / G)).toBeCloseTo(1, 6);
    expect(6 * found.size * found.tokens).toBeCloseTo(compute, -14);
    expect(found.loss).toBeCloseTo(1.817236 + A / found.size ** alpha + B / found.tokens ** beta, 12);
    // Recomputed from the 240 points of the figure: 73.2B parameters, 1.312T tokens, 17.9 a parameter, loss 1.9739.
    expect(found.size / 73.2e9).toBeCloseTo(1, 1);
    expect(found.tokensPerParameter).toBeCloseTo(17.9, 0);
    expect(found.loss).toBeCloseTo(1.974, 3);
  });

  it("is refused where a term is missing, and for a law that splits nothing", () => {
    expect(() => allocateCompute(law, coordinates(1.8, 1e-300, 2000, 0.35, 0.37), 1e21)).toThrow(/one of its two terms is not there/);
    const { allocation: _allocation, ...bare } = law;
    expect(() => allocateCompute(bare, coordinates(1.8, 400, 2000, 0.35, 0.37), 1e21)).toThrow(/does not say how loss depends on both/);
  });
});
