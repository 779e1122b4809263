import { describe, expect, test } from "vitest";
import { planTrial } from "../../../analysis/search/plan.ts";
import { canonicalJson, contentHash, type JsonObject, type JsonValue } from "../../../analysis/study/content-hash.ts";
import { differingFields, type ResolvedRun, runIdentity, runKey } from "../../../analysis/study/run-key.ts";
import { studySpecSchema } from "../../../analysis/study/study-spec.ts";
import { type Data, trainerRunSchema } from "../../../analysis/study/trainer-contract.ts";

const data: Data = { kind: "text", id: "text", path: "/here/data.txt", sha256: "ab".repeat(32), heldOutFraction: 0.05 };
const trainer = { version: "1", programDigest: "cd".repeat(32) };
const spec = studySpecSchema.parse({
  study: "s",
  model: { architecture: "transformer", sequenceLength: 8, vocabularySize: 96 },
  data: { kind: "text", path: "data.txt" },
  optimizer: { name: "adam", beta1: 0.9, beta2: 0.95 },
  base: { width: 16 },
  scales: { width: [16], depth: 1, headDimension: 8, batchSizeTokens: 16, tokenHorizon: 160 },
  parametrizations: ["mup"],
  space: { learningRate: { values: [0.1] } },
  seeds: [1],
});

function resolvedRun(): ResolvedRun {
  const run = planTrial(spec, data, trainer, { parametrization: "mup", hyperparameters: { learningRate: 0.1 }, scale: {}, seeds: [1] })
    .runs[0];
  if (run === undefined) throw new Error("no run");
  return { ...run.resolved, parents: [{ relation: "checkpoint", runKey: "k", path: "/here/checkpoint" }] };
}
const resolved = resolvedRun();
const keyOf = (run: ResolvedRun, identity = trainer) => runKey(runIdentity(run, identity));
const key = keyOf(resolved);

test("a key is 32 hexadecimal digits, and the same run has the same key whatever the order of its fields", () => {
  expect(key).toMatch(/^[0-9a-f]{32}$/);
  expect(runKey(Object.fromEntries(Object.entries(runIdentity(resolved, trainer)).reverse()))).toBe(key);
});

test("paths are no identity: data, a parent's checkpoint", () => {
  expect(keyOf({ ...resolved, data: { ...data, path: "/there/other.txt" } })).toBe(key);
  expect(keyOf({ ...resolved, parents: [{ relation: "checkpoint", runKey: "k", path: "/there" }] })).toBe(key);
  expect(keyOf({ ...resolved, parents: [{ relation: "checkpoint", runKey: "k" }] })).toBe(key);
});

test("the identity leaves out who and where: attempt, checkpoints, resume point, and nothing else of the contract", () => {
  const whole: ResolvedRun = { ...resolved, coordinates: { steps: [0, 1] }, precision: { forward: "e4m3", backward: "e5m2" } };
  const inIdentity = new Set(Object.keys(runIdentity(whole, trainer)));
  const outside = Object.keys(trainerRunSchema.shape).filter((field) => !inIdentity.has(field));
  expect(outside.sort()).toEqual(["attempt", "checkpoint", "resumeFrom", "runKey"]);
});

describe("every other field changes the key", () => {
  const leaves = leafPaths(runIdentity(resolved, trainer));
  test(`all ${leaves.length} leaves of an identity`, () => {
    expect(leaves.length).toBeGreaterThan(100);
    const identity = runIdentity(resolved, trainer);
    const hashes = leaves.map((path) => contentHash(changeAt(identity, path)));
    expect(new Set([contentHash(identity), ...hashes]).size).toBe(leaves.length + 1);
  });

  test("the trainer's declared version and its program", () => {
    expect(keyOf(resolved, { ...trainer, version: "2" })).not.toBe(key);
    expect(keyOf(resolved, { ...trainer, programDigest: "ef".repeat(32) })).not.toBe(key);
  });
});

describe("differing fields", () => {
  test("are named by path, down to the leaf", () => {
    const other: ResolvedRun = {
      ...resolved,
      seed: 2,
      tensors: resolved.tensors.map((row, index) => (index === 3 ? { ...row, learningRate: 9 } : row)),
    };
    expect([...differingFields(runIdentity(resolved, trainer), runIdentity(other, trainer))].sort()).toEqual([
      "seed",
      "tensors[3].learningRate",
    ]);
  });

  test("a field that one side lacks is one difference; equal values are none", () => {
    expect(differingFields({ a: 1, b: { c: [1, 2] } }, { a: 1, b: { c: [1, 3] }, d: null })).toEqual(["b.c[1]", "d"]);
    expect(differingFields({ a: [1, 2] }, { a: [1] })).toEqual(["a[1]"]);
    expect(differingFields({ a: [1] }, { a: { 0: 1 } })).toEqual(["a"]);
    expect(differingFields(runIdentity(resolved, trainer), runIdentity(resolved, trainer))).toEqual([]);
  });
});

describe("canonical JSON", () => {
  test("sorts keys by code unit, drops undefined, writes -0 as 0 and numbers in their shortest form", () => {
    expect(canonicalJson({ b: 1e21, a: -0, é: 0.1, A: undefined, _: "x\ny" })).toBe(String.raw`{"_":"x\ny","a":0,"b":1e+21,"é":0.1}`);
    expect(contentHash({})).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  });

  test("refuses numbers that JSON cannot hold", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) expect(() => canonicalJson({ value })).toThrow(/no JSON form/);
  });
});

type Path = readonly string[];

function leafPaths(value: JsonValue, path: Path = []): readonly Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return membersOf(value).flatMap(([step, member]) => leafPaths(member, [...path, step]));
}

/** A copy with one leaf changed. */
function changeAt(value: JsonValue, [step, ...rest]: Path): JsonValue {
  if (step === undefined)
    return typeof value === "number"
      ? value + 1
      : typeof value === "string"
        ? `${value}!`
        : typeof value === "boolean"
          ? !value
          : "was null";
  if (typeof value !== "object" || value === null) return value;
  const members = membersOf(value).map(([key, member]) => [key, key === step ? changeAt(member, rest) : member] as const);
  return Array.isArray(value) ? members.map(([, member]) => member) : Object.fromEntries(members);
}

function membersOf(value: readonly JsonValue[] | JsonObject): readonly (readonly [string, JsonValue])[] {
  const members: readonly [string, JsonValue | undefined][] = Object.entries(value);
  return members.flatMap(([key, member]) => (member === undefined ? [] : [[key, member] as const]));
}
