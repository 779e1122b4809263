import { ApplicationFailure } from "@temporalio/common";
import { describe, expect, it } from "vitest";
import { failing, toFailure } from "../../../activities/failure.ts";
import { withinBudget } from "../../../activities/next-runs.ts";
import { createRecent } from "../../../activities/recent.ts";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import { breakerLimit, continueStreak, noFailures } from "../../../workflows/failure-streak.ts";

describe("a budget", () => {
  const run = (runKey: string, trainingFlops: number) => ({ runKey, trainingFlops });

  it("lets everything through when it has no limit", () => {
    expect(withinBudget({}, [], [run("a", 1), run("b", 1)], new Set())).toEqual({ allowed: [run("a", 1), run("b", 1)], reason: null });
  });

  it("counts runs that have begun, and lets those go on", () => {
    const { allowed, reason } = withinBudget({ runs: 2 }, [run("a", 1)], [run("a", 1), run("b", 1), run("c", 1)], new Set(["a"]));
    expect(allowed.map(({ runKey }) => runKey)).toEqual(["a", "b"]);
    expect(reason).toBe("the budget is spent: 2 of 2 runs; 1 runs are left");
  });

  it("takes a smaller run where a larger one no longer fits", () => {
    const { allowed } = withinBudget(
      { trainingFlops: 10 },
      [run("done", 4)],
      [run("large", 8), run("small", 5), run("tiny", 1)],
      new Set(),
    );
    expect(allowed.map(({ runKey }) => runKey)).toEqual(["small", "tiny"]);
  });
});

describe("the breaker", () => {
  it("opens at the same error in a row, in whatever runs", () => {
    const streak = ["bug: #", "bug: #", "bug: #"].reduce((before, signature) => continueStreak(before, [signature], false), noFailures);
    expect(streak.count).toBe(breakerLimit);
  });

  it("begins anew at another error, and is closed by a success", () => {
    const two = continueStreak(continueStreak(noFailures, ["a"], false), ["a"], false);
    expect(continueStreak(two, ["b"], false)).toEqual({ signature: "b", count: 1 });
    expect(continueStreak(two, [], true)).toEqual(noFailures);
    expect(continueStreak(two, [], false)).toEqual(two);
  });

  it("counts the attempts of one run too", () => {
    expect(continueStreak(noFailures, ["a", "a", "a"], false).count).toBe(3);
  });
});

describe("errors at the boundary", () => {
  it("are retried when a system is away, and not otherwise; the type is the kind", () => {
    const retried = (error: unknown) => {
      const failure = toFailure(error);
      return failure instanceof ApplicationFailure ? [failure.type, failure.nonRetryable === true] : undefined;
    };
    expect(retried(new LadderError("unavailable", "X", "away"))).toEqual(["unavailable", false]);
    for (const kind of ["input", "missing", "conflict", "rejected", "defect"] as const)
      expect(retried(new LadderError(kind, "X", "no"))).toEqual([kind, true]);
    expect(retried(Object.assign(new Error("disk full"), { code: "ENOSPC" }))).toEqual(["unavailable", false]);
    expect(retried(new TypeError("undefined is not a function"))).toEqual(["defect", true]);
    expect(retried("text")).toEqual(["defect", true]);
  });

  it("keep their code and hint", async () => {
    const activity = failing(() => Promise.reject(new LadderError("conflict", "TRAINER_CHANGED", "it differs", { hint: "submit again" })));
    await expect(activity()).rejects.toMatchObject({
      message: "it differs (submit again)",
      details: [{ code: "TRAINER_CHANGED", hint: "submit again" }],
    });
  });
});

describe("a recent answer", () => {
  it("is shared by all who ask within its life, and a failure is not remembered", async () => {
    let asked = 0;
    const recent = createRecent(60_000, (value: number) => {
      asked++;
      return value < 0 ? Promise.reject(new Error("no")) : Promise.resolve(value);
    });
    expect(await Promise.all([recent("a", 1), recent("a", 2), recent("b", 3)])).toEqual([1, 1, 3]);
    expect(asked).toBe(2);
    await expect(recent("c", -1)).rejects.toThrow("no");
    expect(await recent("c", 4)).toBe(4);
  });
});
