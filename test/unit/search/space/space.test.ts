import { describe, expect, it } from "vitest";
import { randomStream } from "../../../../analysis/numerics/random-stream.ts";
import { adaptTrials } from "../../../../analysis/search/space/adapt-trials.ts";
import { prepareSpace } from "../../../../analysis/search/space/prepare-space.ts";
import { searchSpaceSchema } from "../../../../analysis/search/space/search-space.ts";
import { LadderError } from "../../../../analysis/study/ladder-error.ts";

const space = (parameters: readonly unknown[], constraints: readonly string[] = []) => searchSpaceSchema.parse({ parameters, constraints });
const number = (name: string, more: Readonly<Record<string, unknown>> = {}) => ({
  kind: "numeric",
  name,
  scale: "linear",
  from: 0,
  to: 1,
  ...more,
});

function refusal(parameters: readonly unknown[], constraints: readonly string[] = []): LadderError {
  try {
    prepareSpace(space(parameters, constraints));
  } catch (error) {
    if (error instanceof LadderError) return error;
    throw error;
  }
  throw new Error("the space was accepted");
}

describe("a space that cannot be searched is refused with parameter, value and fix", () => {
  it.each([
    ["from at to", [number("width", { from: 4, to: 4 })], "width.from", "4", /fixed parameter/],
    ["a log axis from 0", [number("decay", { scale: "log" })], "decay.from", "0", /special values/],
    ["a logit axis to 1", [number("beta", { scale: "logit", from: 0.1 })], "beta.to", "1", /0\.999/],
    ["a centre outside", [number("rate", { center: 3 })], "rate.center", "3", /in 0 to 1/],
    [
      "a preferred range outside",
      [number("rate", { preferred: { from: 0.5, to: 2 } })],
      "rate.preferred",
      '{"from":0.5,"to":2}',
      /in 0 to 1/,
    ],
    ["no multiple in the range", [number("width", { from: 1, to: 100, multipleOf: 128 })], "width.multipleOf", "128", /wider range/],
    ["steps of a half for whole numbers", [number("width", { integer: true, multipleOf: 0.5 })], "width.multipleOf", "0.5", /whole/],
    ["a special value on the axis", [number("rate", { special: [0.5] })], "rate.special", "0.5", /leave it out/],
    ["a choice twice", [{ kind: "choice", name: "optimizer", values: ["adam", "adam"] }], "optimizer.values", '"adam"', /leave one out/],
    [
      "a centre that is no choice",
      [{ kind: "choice", name: "optimizer", values: ["adam"], center: "sgd" }],
      "optimizer.center",
      '"sgd"',
      /adam/,
    ],
    ["two of a name", [number("rate"), number("rate")], "rate.name", '"rate"', /rename/],
    [
      "a condition of nothing",
      [number("warmup", { when: { parameter: "schedule", values: ["cosine"] } })],
      "warmup.when",
      '"schedule"',
      /one of warmup/,
    ],
    [
      "a condition that never holds",
      [{ kind: "choice", name: "schedule", values: ["linear"] }, number("warmup", { when: { parameter: "schedule", values: ["cosine"] } })],
      "warmup.when",
      '["cosine"]',
      /values that schedule can have/,
    ],
    [
      "conditions in a circle",
      [number("a", { when: { parameter: "b", values: [1] } }), number("b", { when: { parameter: "a", values: [1] } })],
      "parameters",
      '["a","b"]',
      /there always/,
    ],
  ])("%s", (_, parameters, path, value, fix) => {
    const error = refusal(parameters);
    expect([error.kind, error.code]).toEqual(["input", "SPACE_INVALID"]);
    expect(error.problems).toHaveLength(1);
    expect(error.problems[0]).toMatchObject({ path, value });
    expect(error.problems[0]?.fix).toMatch(fix);
    expect(error.hint).toContain(path);
  });

  it("a constraint of unknown parameters, one that cannot be read, and those that leave nothing", () => {
    const shape = [number("width", { to: 64, integer: true }), number("heads", { to: 8, integer: true })];
    expect(refusal(shape, ["heads * headDimension == width"]).problems[0]).toMatchObject({
      path: "constraints[0]",
      value: '"headDimension"',
      fix: "one of width, heads",
    });
    expect(refusal(shape, ["heads * == width"])).toMatchObject({ code: "EXPRESSION_INVALID" });
    expect(refusal(shape, ["heads <= width", "heads > 9"])).toMatchObject({
      code: "SPACE_INFEASIBLE",
      fields: { constraints: ["heads > 9"] },
    });
    expect(refusal([number("first"), number("second")], ["first + second == 1"]).problems.map(({ message }) => message)).toEqual(
      ["first", "second"].map(
        (name) => `constraint "first + second == 1" asks for an equality of ${name}, which is continuous: no draw ever meets it`,
      ),
    );
  });

  it("all problems at once", () => {
    expect(refusal([number("a", { from: 2 }), number("b", { center: 5 })]).problems.map(({ path }) => path)).toEqual([
      "a.from",
      "b.center",
    ]);
  });
});

describe("values and places", () => {
  it("steps share the interval evenly, by value on a linear axis and by ratio on a log axis", () => {
    const prepared = prepareSpace(
      space([
        number("heads", { from: 1, to: 4, integer: true }),
        number("width", { scale: "log", from: 100, to: 1000, powersOf: 2 }),
        number("dropout", { from: 0.1, to: 0.3, multipleOf: 0.1 }),
      ]),
    );
    const column = (name: string) =>
      [0, 0.2, 0.3, 0.4, 0.6, 0.7, 0.9, 1].map((place) => prepared.decode([place, place, place], {})?.[name]);
    expect(column("heads")).toEqual([1, 1, 2, 2, 3, 3, 4, 4]);
    expect(column("width")).toEqual([128, 128, 128, 256, 256, 512, 512, 512]);
    expect(column("dropout")).toEqual([0.1, 0.1, 0.1, 0.2, 0.2, 0.3, 0.3, 0.3]);
  });

  it("a special value has a tenth of the draws, a coordinate of its own and no place on the axis", () => {
    const prepared = prepareSpace(space([number("weightDecay", { scale: "log", from: 1e-3, to: 1, special: [0] })]));
    expect(prepared.features.map(({ kind }) => kind)).toEqual(["place", "special"]);
    expect([...prepared.encode({ weightDecay: 0 })]).toEqual([0, 0.5]);
    expect(prepared.encode({ weightDecay: 1 })[1]).toBe(-0.5);
    const random = randomStream(1, "test");
    const zeros = Array.from({ length: 2000 }, () => prepared.sample(random, {})).filter((values) => values["weightDecay"] === 0).length;
    expect(zeros).toBeGreaterThan(150);
    expect(zeros).toBeLessThan(250);
    expect(prepared.onBound({ weightDecay: 0 })).toEqual([]);
    const [neighbour, ...others] = prepared.neighbours({ weightDecay: 0 }, 0.1);
    expect(others).toEqual([]);
    expect(neighbour?.["weightDecay"]).toBeCloseTo(Math.sqrt(1e-3), 12);
  });

  it("a conditional parameter is there only under its condition, and chains of conditions hold", () => {
    const prepared = prepareSpace(
      space([
        number("beta", { when: { parameter: "schedule", values: ["cosine"] } }),
        { kind: "choice", name: "schedule", values: ["cosine", "constant"], when: { parameter: "decays", values: [true] } },
        { kind: "choice", name: "decays", values: [true, false] },
      ]),
    );
    expect(prepared.decode([0.5, 0, 0], {})).toEqual({ beta: 0.5, schedule: "cosine", decays: true });
    expect(prepared.decode([0.5, 0.9, 0], {})).toEqual({ schedule: "constant", decays: true });
    expect(prepared.decode([0.5, 0, 0.9], {})).toEqual({ decays: false });
    expect(prepared.isLegal({ decays: false, beta: 0.5 })).toBe(false);
    expect(prepared.isLegal({ decays: true, schedule: "cosine" })).toBe(false);
    expect(prepared.features.map(({ parameter, kind }) => `${parameter} ${kind}`)).toEqual([
      "beta place",
      "beta absent",
      "schedule choice",
      "schedule absent",
      "decays choice",
    ]);
    expect(prepared.neighbours({ decays: false }, 0.1)).toEqual([{ beta: 0.5, schedule: "cosine", decays: true }]);
  });

  it("unordered choices are one apart from each other, ordered ones as far as their ranks", () => {
    const values = ["a", "b", "c"];
    const apart = (ordered: boolean, first: string, second: string): number => {
      const prepared = prepareSpace(space([{ kind: "choice", name: "choice", values, ordered }]));
      const [left, right] = [prepared.encode({ choice: first }), prepared.encode({ choice: second })];
      return Math.hypot(...Array.from(left, (coordinate, index) => coordinate - (right[index] ?? 0)));
    };
    for (const distance of [apart(false, "a", "b"), apart(false, "a", "c"), apart(false, "b", "c")]) expect(distance).toBeCloseTo(1, 12);
    expect([apart(true, "a", "b"), apart(true, "a", "c")]).toEqual([0.5, 1]);
  });

  it("a context is modelled and must be given; fixed values are in every assignment", () => {
    const prepared = prepareSpace(
      space([
        number("rate"),
        { kind: "context", name: "width", scale: "log", from: 64, to: 4096 },
        { kind: "fixed", name: "depth", value: 8 },
      ]),
    );
    expect(prepared.dimensions.map(({ parameter }) => parameter)).toEqual(["rate"]);
    expect(prepared.center({ width: 128 })).toEqual({ rate: 0.5, width: 128, depth: 8 });
    expect(prepared.encode({ rate: 0.5, width: 512, depth: 8 })[1]).toBeCloseTo(0, 12);
    expect(() => prepared.decode([0.5], {})).toThrow(/context parameter width has no value/);
    expect(() => prepared.decode([0.5], { width: 8 })).toThrow(expect.objectContaining({ code: "CONTEXT_INVALID" }));
  });

  it("natural units are decades, odds in decades, and the preferred range", () => {
    const prepared = prepareSpace(
      space([
        number("rate", { scale: "log", from: 1e-6, to: 1, center: 1e-3, preferred: { from: 1e-4, to: 1e-2 } }),
        number("beta", { scale: "logit", from: 0.01, to: 0.99 }),
        number("shift", { from: -1, to: 1, preferred: { from: 0, to: 0.5 } }),
      ]),
    );
    const [rate, beta, shift] = prepared.dimensions;
    for (const [actual, expected] of [
      [rate?.naturalUnits, 6],
      [beta?.naturalUnits, 2 * Math.log10(99)],
      [shift?.naturalUnits, 4],
      [rate?.center, 1 / 2],
      [rate?.preferred.from, 1 / 3],
      [rate?.preferred.to, 2 / 3],
    ] as const)
      expect(actual).toBeCloseTo(expected, 12);
  });
});

describe("a space changed in mid-search", () => {
  const before = space([
    number("rate", { scale: "log", from: 1e-6, to: 1 }),
    number("gone"),
    { kind: "choice", name: "optimizer", values: ["adam", "sgd"] },
    { kind: "fixed", name: "weightDecay", value: 0.3 },
  ]);
  const trial = { id: "one", values: { rate: 1e-5, gone: 0.5, optimizer: "sgd" } };

  it("keeps values outside a narrowed range, and gives new parameters the value that they had", () => {
    const after = space([
      number("rate", { scale: "log", from: 1e-3, to: 1 }),
      { kind: "choice", name: "optimizer", values: ["adam", "lion", "muon"] },
      number("weightDecay", { scale: "log", from: 0.01, to: 1, center: 0.1 }),
      number("dropout", { center: 0.25 }),
    ]);
    const [adapted] = adaptTrials([trial], before, after);
    expect(adapted).toEqual({ id: "one", values: { rate: 1e-5, optimizer: "sgd", weightDecay: 0.3, dropout: 0.25 } });
    const prepared = prepareSpace(after);
    const coordinates = [...prepared.encode(adapted?.values ?? {})];
    expect(coordinates[0]).toBeCloseTo(-2 / 3 - 0.5, 12);
    expect(coordinates.slice(1, 4)).toEqual([0, 0, 0]);
    expect(prepared.isLegal(adapted?.values ?? {})).toBe(false);
  });

  it("refuses to read a word as a number", () => {
    expect(() => adaptTrials([trial], before, space([number("optimizer")]))).toThrow(
      expect.objectContaining({ code: "SPACE_CHANGE_UNREADABLE" }),
    );
  });
});
