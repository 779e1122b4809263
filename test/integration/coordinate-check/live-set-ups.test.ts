import { describe, expect, it } from "vitest";
import { checkSetUp } from "./broken-set-ups.ts";

describe("the reference trainer, set up as in the golden file", () => {
  it.each(["mup", "mup-zero-readout"] as const)("passes under Adam as %s", async (setUp) => {
    const check = await checkSetUp(setUp, "adam", 0.01);
    expect(check.words).toMatch(/^pass /);
    expect(check.reasons).toEqual([]);
    const sizes = check.slopes.filter(({ quantity, step, module }) => quantity === "l1" && step === 4 && module !== "logits");
    for (const { slope } of sizes) expect(Math.abs(slope ?? 1)).toBeLessThan(0.05);
  });

  it.each([
    ["sp", "layers.1", 1],
    ["mup-readout-mult-missing", "logits", 1],
    ["mup-adam-lr-unscaled", "layers.1", 1],
    ["mup-hidden-init-unscaled", "layers.1", 1],
  ] as const)("fails under Adam as %s, and names %s, which scales upward", async (setUp, module, sign) => {
    const check = await checkSetUp(setUp, "adam", 0.01);
    expect(check.verdict).toBe("fail");
    const named = check.reasons.filter((reason) => reason.verdict === "fail" && reason.module === module);
    expect(named.length).toBeGreaterThan(0);
    expect(Math.max(...named.map(({ slope }) => sign * (slope ?? 0)))).toBeGreaterThan(0.4);
  });

  it("is told from a vector learning rate that is not scaled under SGD, by the change, where sizes alone cannot", async () => {
    const [right, wrong] = [await checkSetUp("mup", "sgd", 0.1), await checkSetUp("mup-sgd-vector-lr-unscaled", "sgd", 0.1)];
    expect(right.verdict).toBe("pass");
    expect(wrong.verdict).toBe("fail");
    expect(wrong.reasons.filter(({ verdict }) => verdict === "fail").map(({ kind, module }) => [kind, module])).toEqual([
      ["change-slope", "layers.0"],
    ]);
    expect(wrong.reasons[0]?.slope).toBeCloseTo(-1, 1);
  });

  it("passes under SGD with a readout that starts at zero, once a larger learning rate moves its hidden layer by 5 %", async () => {
    expect((await checkSetUp("mup-zero-readout", "sgd", 0.2)).words).toMatch(/^pass /);
  });

  it.each(["sp", "mup-readout-mult-missing", "mup-hidden-init-unscaled"] as const)("fails under SGD as %s", async (setUp) => {
    expect((await checkSetUp(setUp, "sgd", 0.1)).verdict).toBe("fail");
  });

  it("is undecided where it hardly moved", async () => {
    const check = await checkSetUp("mup", "sgd", 0.01);
    expect(check.verdict).toBe("undecided");
    expect(check.reasons).toContainEqual(expect.objectContaining({ kind: "small-movement", module: "layers.1" }));
  });
});
