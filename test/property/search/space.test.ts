import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { adaptTrials } from "../../../analysis/search/space/adapt-trials.ts";
import { prepareSpace } from "../../../analysis/search/space/prepare-space.ts";
import { type SearchSpace, searchSpaceSchema, type SearchValues } from "../../../analysis/search/space/search-space.ts";

type ParameterInput = Parameters<typeof searchSpaceSchema.parse>[0];

const share = fc.double({ min: 0, max: 1, noNaN: true });
const numeric = fc.record({
  scale: fc.constantFrom("linear", "log", "logit"),
  low: share,
  width: fc.double({ min: 0.05, max: 1, noNaN: true }),
  steps: fc.constantFrom("none", "integer", "multiple", "powers"),
  special: fc.boolean(),
});

/** A number whose range follows its scale: 0.001 … 0.999 on a logit axis, decades on a log axis. */
function numberParameter(name: string, { scale, low, width, steps, special }: typeof numeric extends fc.Arbitrary<infer T> ? T : never) {
  const [from, to] =
    scale === "logit"
      ? [0.001 + 0.4 * low, 0.5 + 0.499 * width]
      : scale === "log"
        ? [10 ** (-3 + 4 * low), 10 ** (2 + 4 * width)]
        : [-50 + 100 * low, 60 + 1000 * width];
  const grid =
    scale === "logit" || steps === "none"
      ? {}
      : steps === "integer"
        ? { integer: true }
        : steps === "multiple"
          ? { multipleOf: scale === "log" ? 8 : 0.1 }
          : scale === "log"
            ? { powersOf: 2 }
            : { integer: true, multipleOf: 3 };
  return { kind: "numeric", name, scale, from, to, ...grid, special: special ? [-1000] : [] };
}

const spaces = fc
  .record({
    numbers: fc.array(numeric, { minLength: 1, maxLength: 3 }),
    choices: fc.array(fc.record({ count: fc.integer({ min: 1, max: 5 }), ordered: fc.boolean() }), { maxLength: 2 }),
    conditional: fc.boolean(),
  })
  .map(
    ({ numbers, choices, conditional }): SearchSpace =>
      parse({
        parameters: [
          ...numbers.map((number, index) => numberParameter(`n${index}`, number)),
          ...choices.map(({ count, ordered }, index) => ({
            kind: "choice",
            name: `c${index}`,
            values: Array.from({ length: count }, (_, value) => (value % 2 === 0 ? `v${value}` : value)),
            ordered,
          })),
          { kind: "choice", name: "warm", values: [true, false] },
          {
            kind: "numeric",
            name: "warmup",
            scale: "log",
            from: 1,
            to: 1000,
            integer: true,
            ...(conditional ? { when: { parameter: "warm", values: [true] } } : {}),
          },
          { kind: "fixed", name: "decay", value: 0.1 },
          { kind: "context", name: "width", scale: "log", from: 64, to: 4096 },
        ],
      }),
  );

const context = { width: 512 };
const constrained = parse({
  parameters: [
    { kind: "numeric", name: "headDimension", scale: "log", from: 16, to: 256, powersOf: 2 },
    { kind: "numeric", name: "heads", scale: "log", from: 1, to: 64, integer: true },
    { kind: "numeric", name: "width", scale: "log", from: 128, to: 8192, multipleOf: 128 },
    { kind: "numeric", name: "learningRate", scale: "log", from: 1e-5, to: 0.1 },
  ],
  constraints: ["headDimension * heads == width", "learningRate * width <= 1.2"],
});

function parse(input: ParameterInput): SearchSpace {
  return searchSpaceSchema.parse(input);
}

/** The same values, but for the last bits of what went through a logarithm. */
function expectSame(actual: SearchValues | null, expected: SearchValues): void {
  expect(Object.keys(actual ?? {})).toEqual(Object.keys(expected));
  for (const [name, value] of Object.entries(expected)) {
    const other = actual?.[name];
    if (typeof value === "number" && typeof other === "number")
      expect(Math.abs(other - value), name).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(value)));
    else expect(other, name).toBe(value);
  }
}

describe("the geometry of a space", () => {
  it("decodes every point to legal values, which come back from their own place", () => {
    fc.assert(
      fc.property(spaces, fc.array(fc.double({ min: -0.5, max: 1.5, noNaN: true }), { minLength: 16, maxLength: 16 }), (space, unit) => {
        const prepared = prepareSpace(space);
        const values = prepared.decode(unit, context);
        if (values === null) throw new Error("no constraint, and yet nothing legal");
        expect(prepared.isLegal(values)).toBe(true);
        expectSame(prepared.decode(prepared.place(values), context), values);
        expect(prepared.place(values).every((place) => place >= 0 && place <= 1)).toBe(true);
        expect(prepared.encode(values)).toHaveLength(prepared.features.length);
        expect([...prepared.encode(values)].every((coordinate) => Math.abs(coordinate) <= 0.7072)).toBe(true);
      }),
      { numRuns: 300, seed: 1 },
    );
  });

  it("reaches both ends of a range to the bit", () => {
    fc.assert(
      fc.property(numeric, (number) => {
        const parameter = { ...numberParameter("n", number), special: [] };
        const prepared = prepareSpace(parse({ parameters: [parameter] }));
        const ends = [0, 1].map((place) => prepared.decode([place], {})?.["n"]);
        const isStepped = "integer" in parameter || "multipleOf" in parameter || "powersOf" in parameter;
        if (!isStepped) expect(ends).toEqual([parameter.from, parameter.to]);
        for (const end of ends) expect(prepared.isLegal({ n: end ?? Number.NaN })).toBe(true);
        expect(ends.map((end) => prepared.onBound({ n: end ?? Number.NaN }).map((bound) => bound.end))).toEqual([["from"], ["to"]]);
        if (!isStepped) expect(prepared.isLegal({ n: parameter.to + 1 })).toBe(false);
      }),
      { numRuns: 200, seed: 2 },
    );
  });

  it("has different places for different values, and coordinates that tell them apart", () => {
    fc.assert(
      fc.property(spaces, fc.integer(), (space, seed) => {
        const prepared = prepareSpace(space);
        const random = randomStream(seed, "test");
        const [first, second] = [prepared.sample(random, context), prepared.sample(random, context)];
        const isSame = JSON.stringify(first) === JSON.stringify(second);
        expect(prepared.encode(first).every((value, index) => value === prepared.encode(second)[index])).toBe(isSame);
      }),
      { numRuns: 100, seed: 3 },
    );
  });

  it("keeps constraints in every draw, decoded point and neighbour", () => {
    const prepared = prepareSpace(constrained);
    fc.assert(
      fc.property(fc.array(share, { minLength: 4, maxLength: 4 }), fc.integer(), (unit, seed) => {
        const drawn = prepared.sample(randomStream(seed, "test"), {});
        const decoded = prepared.decode(unit, {});
        for (const values of [drawn, ...(decoded === null ? [] : [decoded]), ...prepared.neighbours(drawn, 0.1)]) {
          expect(prepared.isLegal(values)).toBe(true);
          expect(Number(values["headDimension"]) * Number(values["heads"])).toBe(values["width"]);
          expect(Number(values["learningRate"]) * Number(values["width"])).toBeLessThanOrEqual(1.2);
        }
      }),
      { numRuns: 60, seed: 4 },
    );
  });

  it("loses no trial when the space changes", () => {
    fc.assert(
      fc.property(spaces, spaces, fc.integer(), (from, to, seed) => {
        const random = randomStream(seed, "test");
        const trials = Array.from({ length: 5 }, (_, index) => ({ id: index, values: prepareSpace(from).sample(random, context) }));
        const adapted = adaptTrials(trials, from, to);
        expect(adapted.map(({ id }) => id)).toEqual([0, 1, 2, 3, 4]);
        for (const { values } of adapted) {
          expect(Object.keys(values).every((name) => to.parameters.some((parameter) => parameter.name === name))).toBe(true);
          expect(prepareSpace(to).encode(values).every(Number.isFinite)).toBe(true);
        }
        for (const [index, { values }] of adaptTrials(trials, from, from).entries()) expect(values).toEqual(trials[index]?.values);
      }),
      { numRuns: 60, seed: 5 },
    );
  });
});
