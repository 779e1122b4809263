import { describe, expect, it } from "vitest";
import { runVerificationSchema } from "../../../analysis/verification/run-verification.ts";
import { expectedInitialRms } from "../../../analysis/verification/tensor-sizes.ts";
import { verifyRun, type VerifyOptions } from "../../../analysis/verification/verify-run.ts";
import { type Mistake, plantedPoints, plantedRun, schedule } from "./planted-run.ts";

const run = plantedRun();
const verify = (mistake: Mistake = {}, options: VerifyOptions = {}) => verifyRun(run, plantedPoints(run, mistake), options);
const hidden = ["blocks.0.query", "blocks.0.key", "blocks.0.up"];

describe("a trainer that used what was resolved", () => {
  it("passes, and it is said how much was compared", () => {
    const result = verify();
    expect(result).toMatchObject({
      status: "passed",
      findings: [],
      compared: {
        tensors: 7,
        learningRate: { names: 4, tensors: 7, points: 80, convention: "update" },
        initialRms: { tensors: 7, small: 0 },
        movement: { tensors: 7 },
        unknownNames: [],
      },
    });
    expect(result.words).toBe(
      "the learning rates of 7 of 7 tensors are as resolved at 80 points; the RMS at step 0 of 7 of 7 is as resolved",
    );
    expect(runVerificationSchema.parse(JSON.parse(JSON.stringify(result)))).toEqual(result);
  });

  it("may log the rate of the next update instead: one convention for all points", () => {
    expect(verify({ logsNextUpdate: true })).toMatchObject({ status: "passed", compared: { learningRate: { convention: "next-update" } } });
  });

  it("may not change its convention on the way", () => {
    const early = plantedPoints(run).filter(({ step }) => step <= 10);
    const late = plantedPoints(run, { logsNextUpdate: true }).filter(({ step }) => step > 10);
    expect(verifyRun(run, [...early, ...late]).status).toBe("failed");
  });

  it("may log float32 and five digits, but not three", () => {
    const digits = (count: number): Mistake => ({ rate: (_group, { peak, factor }) => Number((peak * factor).toPrecision(count)) });
    expect(verify({ rate: (_group, { peak, factor }) => Math.fround(peak * factor) }).status).toBe("passed");
    expect(verify(digits(5)).status).toBe("passed");
    expect(verify(digits(3)).status).toBe("failed");
  });

  it("may log rates by tensor", () => {
    const points = run.tensors.flatMap(({ name, group }) =>
      plantedPoints(run)
        .filter((point) => point.name === `learningRate/${group}`)
        .map((point) => ({ ...point, name: `learningRate/${name}` })),
    );
    expect(verifyRun(run, points)).toMatchObject({ status: "passed", compared: { learningRate: { names: 7, tensors: 7 } } });
  });

  it("constant schedules fit both conventions", () => {
    const constant = plantedRun({ schedule: { ...schedule, shape: "constant", warmupSteps: 0 } });
    expect(verifyRun(constant, plantedPoints(constant)).compared.learningRate.convention).toBe("either");
  });
});

describe("a trainer that says nothing", () => {
  it("has not passed: what it used is not known", () => {
    const result = verifyRun(run, [{ attempt: 1, name: "loss", step: 1, value: 2 }]);
    expect(result).toMatchObject({ status: "not-logged", findings: [] });
    expect(result.words).toContain("what it used is not known");
  });

  it("under names that nobody knows has said nothing either, and the names are shown", () => {
    const result = verifyRun(run, [{ attempt: 1, name: "learningRate/0", step: 1, value: 2 }]);
    expect(result).toMatchObject({ status: "not-logged", compared: { unknownNames: ["learningRate/0"] } });
    expect(result.words).toContain("learningRate/0");
  });

  it("of a model without tensors has nothing to be compared with", () => {
    const empty = plantedRun({ tensors: [] });
    expect(verifyRun(empty, plantedPoints(run))).toMatchObject({ status: "not-logged" });
  });

  it("of one of the two is told so", () => {
    const rates = plantedPoints(run).filter(({ name }) => name.startsWith("learningRate/"));
    expect(verifyRun(run, rates).words).toContain("the RMS of tensors at step 0 was not logged");
    const sizes = plantedPoints(run).filter(({ name }) => name.startsWith("parameterRms/"));
    expect(verifyRun(run, sizes)).toMatchObject({ status: "passed" });
    expect(verifyRun(run, sizes).words).toContain("learning rates were not logged");
  });
});

describe("a learning rate that is not the resolved one", () => {
  it("dropped multiplier: the group, its tensors and the factor are named", () => {
    const result = verify({ rate: (group, { peak, factor }) => (group === "hidden" ? 16 * peak * factor : peak * factor) });
    expect(result.status).toBe("failed");
    expect(result.findings).toMatchObject([
      {
        quantity: "learningRate",
        kind: "group-factor",
        tensors: hidden,
        step: 1,
        points: 20,
        expected: 2 ** -12,
        used: 2 ** -8,
        ratio: 16,
      },
    ]);
    expect(result.words).toBe(
      "learning rate of blocks.0.query, blocks.0.key, blocks.0.up at step 1: 0.00391 was used, 0.000244 resolved (× 16): as if its factor 1/16 had been dropped",
    );
  });

  it.each([
    [1 / 16, "as if its factor 1/16 had been applied twice"],
    [4, "as if 1/4 had been used in place of its factor 1/16"],
    [256, "as if its factor 1/16 had been inverted"],
    [3, "a factor 3 that no rule of this run explains"],
  ])("hidden times %s: %s", (ratio, cause) => {
    const { findings } = verify({ rate: (group, { peak, factor }) => (group === "hidden" ? ratio * peak * factor : peak * factor) });
    expect(findings.map(({ likelyCause }) => likelyCause)).toEqual([cause]);
  });

  it("one absolute rate for all groups, from the step at which the scheduler took over", () => {
    const { findings } = verify({ rate: (_group, { peak, factor, update }) => (update < 3 ? peak * factor : 2 ** -6 * factor) });
    expect(findings).toMatchObject([{ kind: "one-rate-for-all", tensors: [...hidden, "readout"], step: 4, points: 34 }]);
    expect(findings[0]?.likelyCause).toContain("a scheduler that regrouped the optimizer");
  });

  it("one rate for all where two groups have rates of their own: the missing factor is named too", () => {
    const two = plantedRun({ tensors: run.tensors.filter(({ group }) => group !== "output") });
    const { findings } = verifyRun(two, plantedPoints(two, { rate: (_group, { factor }) => 2 ** -6 * factor }));
    expect(findings).toMatchObject([{ kind: "one-rate-for-all", tensors: hidden }]);
    expect(findings[0]?.likelyCause).toContain("the factor 1/16 is gone");
  });

  it.each([false, true])("another peak: every group by the same factor at every step (next update: %s)", (logsNextUpdate) => {
    const { findings } = verify({ logsNextUpdate, rate: (_group, { peak, factor }) => 2 * peak * factor });
    expect(findings).toMatchObject([{ quantity: "schedule", kind: "peak", ratio: 2, tensors: run.tensors.map(({ name }) => name) }]);
  });

  it("the only logged group without its factor, and without the schedule too", () => {
    const only = (mistake: Mistake) => plantedPoints(run, mistake).filter(({ name }) => name === "learningRate/hidden");
    const causeOf = (mistake: Mistake) => verifyRun(run, only(mistake)).findings.map(({ likelyCause }) => likelyCause);
    expect(causeOf({ rate: (_group, { peak, factor }) => 16 * peak * factor })).toEqual(["as if its factor 1/16 had been dropped"]);
    expect(causeOf({ rate: () => 2 ** -6 })).toEqual([
      "as if its factor 1/16 had been dropped and the schedule were constant without warm-up",
    ]);
  });

  it("another schedule: all groups alike, and the one that explains it is named", () => {
    const { findings } = verify({ rate: (_group, { peak, update }) => peak * Math.min(1, (update + 1) / 4) });
    expect(findings).toMatchObject([{ quantity: "schedule", kind: "schedule", step: 6 }]);
    expect(findings[0]?.likelyCause).toBe("all groups alike, as if the schedule were constant after 4 warm-up steps");
  });

  it("a dropped multiplier and another peak are told apart", () => {
    const { findings } = verify({ rate: (group, { peak, factor }) => 3 * (group === "hidden" ? 16 : 1) * peak * factor });
    expect(findings).toMatchObject([
      { kind: "group-factor", tensors: hidden },
      { kind: "peak", tensors: ["embedding", "readout", "norm", "bias"] },
    ]);
  });

  it("a scheduler that drives one group only", () => {
    const { findings } = verify({ rate: (group, { peak, factor }) => (group === "output" ? peak : peak * factor) });
    expect(findings).toMatchObject([{ kind: "group-schedule", tensors: ["readout"], logged: ["output"] }]);
  });

  it("a rate that is no number", () => {
    const { findings } = verify({ rate: (group, { peak, factor }) => (group === "output" ? Number.NaN : peak * factor) });
    expect(findings).toMatchObject([{ kind: "not-finite", tensors: ["readout"], used: null, ratio: null }]);
  });

  it("a rate above 0 for a tensor that should not be trained", () => {
    const frozen = plantedRun({ tensors: run.tensors.map((row) => (row.name === "readout" ? { ...row, learningRate: 0 } : row)) });
    const { findings } = verifyRun(
      frozen,
      plantedPoints(frozen, { rate: (group, { peak, factor }) => (group === "output" ? 0.1 : peak * factor) }),
    );
    expect(findings).toMatchObject([{ kind: "group-factor", tensors: ["readout"], likelyCause: "its rate should be zero", ratio: null }]);
  });

  it("a resumed attempt whose schedule began again", () => {
    const first = plantedPoints(run, { steps: [0, 1, 2, 3, 4, 5, 6, 7, 8] });
    const restarted = plantedPoints(run, { attempt: 2, steps: [9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20] });
    expect(verifyRun(run, [...first, ...restarted]).status).toBe("passed");
    const fresh = new Map(plantedPoints(run).map((point) => [`${point.name} ${point.step}`, point.value]));
    const lost = restarted.map((point) =>
      point.name.startsWith("learningRate/") ? { ...point, value: fresh.get(`${point.name} ${point.step - 8}`) ?? 0 } : point,
    );
    const { findings } = verifyRun(run, [...first, ...lost]);
    expect(findings).toMatchObject([{ kind: "schedule-restarted", attempt: 2, step: 9 }]);
    expect(findings[0]?.likelyCause).toContain("began again at step 8");
  });

  it("a schedule that the trainer says it followed instead", () => {
    expect(verify({}, { followed: schedule }).status).toBe("passed");
    expect(verify({}, { followed: { ...schedule, decaySteps: 9 } }).status).toBe("passed");
    const { findings } = verify({}, { followed: { ...schedule, shape: "linear", warmupSteps: 0 } });
    expect(findings).toMatchObject([{ quantity: "schedule", expected: null }]);
    expect(findings[0]?.words).toContain("shape linear in place of cosine, warmupSteps 0 in place of 4");
  });
});

describe("a tensor that was not drawn as resolved", () => {
  it.each([
    [16, "as if a factor 1/16 on its deviation had been dropped"],
    [4, "as if a factor 1/4 on its deviation had been dropped"],
    [1 / 4, "as if a factor 1/4 on its deviation had been applied once too often"],
    [0, "as if it had been set to zero"],
    [16 / Math.sqrt(3 * 256), "as if it had been drawn by PyTorch's default for linear layers, 1/√(3 fan-in)"],
    [16 * Math.sqrt(2 / 256), "as if it had been drawn by √(2/fan-in) (He)"],
    [16 * 0.02, "as if it had been drawn by the constant 0.02 (GPT-2)"],
    [1.05, "a factor 1.05 on its deviation that no rule of this run explains"],
  ])("hidden matrices times %s: %s", (ratio, cause) => {
    const { status, findings } = verify({ initialRms: (row, drawn) => (row.group === "hidden" ? ratio * drawn : drawn) });
    expect(status).toBe("failed");
    expect(findings.filter(({ quantity }) => quantity === "initialRms")).toMatchObject([
      { tensors: hidden, likelyCause: cause, expected: 1 / 16 },
    ]);
  });

  it("a tensor that should start at zero, or at one", () => {
    const { findings } = verify({ initialRms: (row, drawn) => (row.name === "bias" ? 0.02 : row.name === "norm" ? 0.99 : drawn) });
    expect(findings.map(({ tensors, expected, used }) => [tensors, expected, used])).toEqual([
      [["norm"], 1, 0.99],
      [["bias"], 0, 0.02],
    ]);
  });

  it("all drawn tensors by one factor: a global mistake is one finding", () => {
    const { findings } = verify({ initialRms: (row, drawn) => (row.initStd > 0 ? 1.5 * drawn : drawn) });
    expect(findings).toHaveLength(1);
    expect(findings[0]?.likelyCause).toBe("every tensor that is drawn is off by the same factor 1.5");
  });

  it("is allowed five standard errors of its sampling and 1e-3, by its size", () => {
    const tolerance = (shape: number[], changes = {}) => expectedInitialRms({ ...(run.tensors[1] ?? fail()), shape, ...changes }).tolerance;
    expect(tolerance([256, 256])).toBeCloseTo(5 / Math.sqrt(2 * 65536) + 1e-3, 12);
    expect(tolerance([8])).toBeCloseTo(5 / 4 + 1e-3, 12);
    // Around a mean the noise counts for less: (1 + x)^2 has variance 4 std^2 to first order.
    expect(tolerance([100], { initMean: 1, initStd: 0.01 })).toBeCloseTo((5 * 0.01) / 10 + 1e-3, 4);
    expect(tolerance([256, 256], { initStd: 0 })).toBe(1e-6);
  });

  it("of few entries is counted as small: it could not have shown much", () => {
    const small = plantedRun({ tensors: run.tensors.map((row) => (row.name === "norm" ? { ...row, initMean: 0, initStd: 1 } : row)) });
    const result = verifyRun(small, plantedPoints(small));
    expect(result).toMatchObject({ status: "passed", compared: { initialRms: { tensors: 7, small: 1 } } });
    expect(result.words).toContain("1 too small to show less than 20 %");
  });
});

describe("a tensor along the run", () => {
  it("that never moves although its rate is above 0 is named", () => {
    const { findings } = verify({ rmsAt: (row, _step, moved) => (row.name === "blocks.0.key" ? 0.0625 : row.name === "bias" ? 0 : moved) });
    expect(findings).toMatchObject([{ quantity: "movement", kind: "frozen", tensors: ["blocks.0.key", "bias"], step: 20 }]);
  });

  it("that moves although its rate is 0 is named", () => {
    const still = plantedRun({ tensors: run.tensors.map((row) => (row.group === "normGain" ? { ...row, learningRate: 0 } : row)) });
    expect(verifyRun(still, plantedPoints(still)).status).toBe("passed");
    const { findings } = verifyRun(
      still,
      plantedPoints(still, { rmsAt: (row, step, moved) => (row.name === "norm" && step > 3 ? 1.5 : moved) }),
    );
    expect(findings).toMatchObject([{ kind: "moved-without-rate", tensors: ["norm"], step: 4 }]);
  });

  it("whose log has three digits, or whose rates are below its rounding, is not called frozen", () => {
    expect(
      verify({ rmsAt: (_row, _step, moved) => Number(moved.toPrecision(3)) }).findings.filter(({ kind }) => kind === "frozen"),
    ).toEqual([]);
    const slow = plantedRun({
      hyperparameters: { learningRate: 1e-12 },
      tensors: run.tensors.filter(({ initStd }) => initStd > 0).map((row) => ({ ...row, learningRate: 1e-12 })),
    });
    expect(verifyRun(slow, plantedPoints(slow)).status).toBe("passed");
  });

  it("that is no number any more is named, unless the run diverged", () => {
    const mistake: Mistake = { rmsAt: (row, step, moved) => (row.name === "readout" && step > 12 ? Number.POSITIVE_INFINITY : moved) };
    expect(verify(mistake).findings).toMatchObject([
      { quantity: "movement", kind: "not-finite", tensors: ["readout"], step: 13, used: null },
    ]);
    expect(verify(mistake, { diverged: true }).status).toBe("passed");
  });
});

function fail(): never {
  throw new Error("the planted run has a second tensor");
}
