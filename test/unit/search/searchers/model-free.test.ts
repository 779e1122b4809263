import { describe, expect, it } from "vitest";
import type { SearchTask, SearchTrial } from "../../../../analysis/search/searchers/contract.ts";
import { findSearcher } from "../../../../analysis/search/searchers/index.ts";
import { searchSpaceSchema, type SearchValues } from "../../../../analysis/search/space/search-space.ts";

const parameters = [
  { kind: "numeric", name: "learningRate", scale: "log", from: 1e-4, to: 1 },
  { kind: "numeric", name: "tokens", scale: "log", from: 1e6, to: 1e8, integer: true },
  { kind: "choice", name: "schedule", values: ["cosine", "constant"] },
];

function task(more: Partial<SearchTask> = {}, extra: Readonly<Record<string, unknown>> = {}): SearchTask {
  const space = searchSpaceSchema.parse({ parameters, ...extra });
  return { space, seed: 3, settings: {}, maximumCost: null, knownCost: null, context: {}, ...more };
}

/** Answers whatever is asked at once, `width` at a time, until nothing more comes or there are `most`. */
function run(
  id: string,
  of: SearchTask,
  width: number,
  most: number,
  loss: (values: SearchValues) => number | null,
): readonly SearchTrial[] {
  const trials: SearchTrial[] = [];
  while (trials.length < most) {
    const found = findSearcher(id).suggest(of, trials, Math.min(width, most - trials.length));
    if (found.length === 0) break;
    for (const { id: trialId, values, kind } of found) {
      const value = loss(values);
      trials.push({ id: trialId, values, kind, status: value === null ? "diverged" : "finished", loss: value, cost: 1 });
    }
  }
  return trials;
}

describe.each(["random", "sobol", "enumerate"])("%s", (id) => {
  it("ends with the same trials at any parallelism", () => {
    const alone = run(id, task(), 1, 40, () => 1);
    expect(alone).toHaveLength(40);
    for (const width of [8, 40]) expect(run(id, task(), width, 40, () => 1)).toEqual(alone);
  });

  it("keeps a known cap, and says of repeated values which trial they repeat", () => {
    const known = task({
      maximumCost: 1e7,
      knownCost: (values) => Number(values["tokens"]),
      settings: id === "enumerate" ? { points: 9 } : {},
    });
    const trials = run(id, known, 5, 60, () => 1);
    expect(trials).toHaveLength(60);
    expect(trials.every(({ values }) => Number(values["tokens"]) <= 1e7)).toBe(true);
    const two = task({ seed: 1 }, { parameters: [{ kind: "choice", name: "schedule", values: ["cosine", "constant"] }] });
    const found = findSearcher(id).suggest(two, [], 5);
    expect(found).toHaveLength(id === "enumerate" ? 2 : 5);
    for (const { values, replicateOf } of found) {
      const first = found.find((other) => other.values["schedule"] === values["schedule"]);
      expect(replicateOf).toBe(first?.values === values ? null : first?.id);
    }
  });
});

describe("random", () => {
  it("draws evenly over the axes", () => {
    const trials = run("random", task(), 64, 600, () => 1);
    const below = (limit: number) => trials.filter(({ values }) => Number(values["learningRate"]) < limit).length;
    // Thirds of the four decades; three standard deviations of 600 draws are 35.
    expect(Math.abs(below(10 ** (-4 + 4 / 3)) - 200)).toBeLessThan(35);
    expect(Math.abs(below(10 ** (-4 + 8 / 3)) - 400)).toBeLessThan(35);
  });
});

describe("enumerate", () => {
  it("asks for ends and even places of numbers, all choices and special values, the last parameter fastest", () => {
    const trials = run("enumerate", task({ settings: { points: 2, pointsOf: { learningRate: 3 } } }), 7, 99, () => 1);
    expect(trials.map(({ values }) => [values["tokens"], values["schedule"]])).toEqual(
      [1, 2, 3].flatMap(() => [1e6, 1e8].flatMap((tokens) => ["cosine", "constant"].map((schedule) => [tokens, schedule]))),
    );
    const rates = [1e-4, 1e-4, 1e-4, 1e-4, 0.01, 0.01, 0.01, 0.01, 1, 1, 1, 1];
    for (const [index, { values }] of trials.entries()) expect(Number(values["learningRate"]) / (rates[index] ?? 0)).toBeCloseTo(1, 12);
  });

  it("leaves out what breaks a constraint, and asks once where a condition makes two the same", () => {
    const conditional = {
      parameters: [
        { kind: "choice", name: "schedule", values: ["cosine", "constant"] },
        {
          kind: "numeric",
          name: "warmup",
          scale: "linear",
          from: 0,
          to: 8,
          integer: true,
          when: { parameter: "schedule", values: ["cosine"] },
        },
      ],
      constraints: ["warmup <= 4"],
    };
    const trials = run("enumerate", task({ settings: { points: 9 } }, conditional), 4, 99, () => 1);
    expect(trials.map(({ values }) => values)).toEqual([
      ...[0, 1, 2, 3, 4].map((warmup) => ({ schedule: "cosine", warmup })),
      { schedule: "constant" },
    ]);
  });

  it("refuses a grid that nobody can run", () => {
    expect(() => run("enumerate", task({ settings: { points: 500 } }), 1, 1, () => 1)).toThrow(
      expect.objectContaining({ code: "GRID_TOO_LARGE" }),
    );
    expect(() => run("enumerate", task({ settings: { pointsOf: { width: 2 } } }), 1, 1, () => 1)).toThrow(/one of|no parameter/);
  });
});

describe("one-epoch", () => {
  const settings = { fidelity: "tokens", candidates: 6, keep: 2 };
  const loss = (values: SearchValues) =>
    values["schedule"] === "constant" ? null : Math.abs(Math.log(Number(values["learningRate"]) / 0.01));

  it("trains the best of the first rung in full, and nothing else", () => {
    const trials = run("one-epoch", task({ settings }), 4, 99, loss);
    expect(trials.map(({ values }) => values["tokens"])).toEqual([1e6, 1e6, 1e6, 1e6, 1e6, 1e6, 1e8, 1e8]);
    const best = trials
      .slice(0, 6)
      .filter(({ status }) => status === "finished")
      .sort((left, right) => (left.loss ?? 0) - (right.loss ?? 0))
      .slice(0, 2);
    expect(trials.slice(6).map(({ values }) => values)).toEqual(best.map(({ values }) => ({ ...values, tokens: 1e8 })));
  });

  it("waits for what is outstanding, and not for what is lost", () => {
    const of = task({ settings });
    const rung = run("one-epoch", of, 6, 6, (values) => loss(values) ?? 9);
    const change = (status: "outstanding" | "lost") => rung.map((trial, index) => (index === 2 ? { ...trial, status, loss: null } : trial));
    expect(findSearcher("one-epoch").suggest(of, change("outstanding"), 4)).toEqual([]);
    expect(findSearcher("one-epoch").suggest(of, change("lost"), 4)).toHaveLength(2);
  });

  it("draws only what keeps to the cap in full", () => {
    const cost = (values: SearchValues) => Number(values["tokens"]) * Number(values["learningRate"]);
    const trials = run("one-epoch", task({ settings, maximumCost: 1e6, knownCost: cost }), 3, 99, loss);
    for (const { values } of trials) expect(Number(values["learningRate"]) * 1e8).toBeLessThanOrEqual(1e6);
  });

  it("names a fidelity that is none", () => {
    for (const [wrong, words] of [
      [{ fidelity: "schedule" }, /one of|no number/],
      [{ fidelity: "tokens", first: 5 }, /settings.first: tokens cannot be 5/],
      [{ fidelity: "tokens", first: 1e8 }, /both rungs/],
    ] as const)
      expect(() => findSearcher("one-epoch").suggest(task({ settings: wrong }), [], 1)).toThrow(words);
  });
});
