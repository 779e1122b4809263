import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { formatBaseShapes } from "../../../infra/model-files/base-shapes.ts";
import { parseModelFile, readModelFile } from "../../../infra/model-files/model-file.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-model-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function written(name: string, content: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const at = (width: number) => ({
  "tok_emb.weight": [100, width],
  "blocks.0.q.weight": [width, width],
  "norm_f.weight": [width],
  "readout.weight": [100, width],
});
const base = {
  "tok_emb.weight": [null, 32],
  "blocks.0.q.weight": [32, 32],
  "norm_f.weight": [32],
  "readout.weight": [null, 32],
};
const rows = [
  ["tok_emb.weight", "input", 100, 32],
  ["blocks.0.q.weight", "hidden", 32, 32],
  ["norm_f.weight", "normGain", 32],
  ["readout.weight", "output", 100, 32],
];

async function load(...request: Parameters<typeof readModelFile>) {
  const { pairs, origin, guesses, hasAttention } = await readModelFile(...request);
  return { origin, hasAttention, guesses, rows: pairs.map(({ base: { name, role, shape } }) => [name, role, ...shape]) };
}

describe("every form says the same of the same model", () => {
  test("a list with roles: nothing is guessed", async () => {
    const tensors = [
      { name: "tok_emb.weight", role: "input", shape: [100, 128], baseShape: [null, 32] },
      { name: "blocks.0.q.weight", role: "hidden", shape: [128, 128], baseShape: [32, 32], module: "attention.query" },
      { name: "norm_f.weight", role: "normGain", shape: [128], baseShape: [32] },
      { name: "readout.weight", role: "output", shape: [100, 128], baseShape: [null, 32] },
    ];
    expect(await load(await written("listed.json", { tensors }))).toEqual({ origin: "listed", hasAttention: true, guesses: [], rows });
  });

  test("shapes and base shapes in one file, in a file beside it, and in a file given apart", async () => {
    await written("base.bsh", formatBaseShapes(new Map(Object.entries(base))));
    const found = await Promise.all([
      load(await written("inside.json", { shapes: at(128), baseShapes: base })),
      load(await written("beside.json", { shapes: at(128), baseShapes: "base.bsh" })),
      load(await written("plain.json", at(128)), { baseShapesPath: join(folder, "base.bsh") }),
    ]);
    for (const one of found) expect(one).toMatchObject({ origin: "baseShapes", hasAttention: true, rows });
    expect(found[0].guesses.map(({ confidence }) => confidence)).toEqual(["likely", "certain", "likely", "likely"]);
  });

  test("shapes at the base in one file or two", async () => {
    const found = await Promise.all([
      load(await written("both.json", { shapes: at(128), atBase: at(32) })),
      load(await written("wide.json", at(128)), { baseModelPath: await written("narrow.json", at(32)) }),
    ]);
    for (const one of found) expect(one).toMatchObject({ origin: "baseModel", rows });
  });

  test("shapes and two widths: all of it guessed from names", async () => {
    const found = await load(await written("names.json", at(128)), { width: 128, baseWidth: 32 });
    expect(found).toMatchObject({ origin: "names", rows });
    expect(found.guesses.every(({ reason }) => reason.length > 0)).toBe(true);
  });
});

describe("what is wrong names file, field, value and fix", () => {
  test.each<[string, unknown, RegExp]>([
    ["no JSON", "{", /wrong.json is no JSON/],
    ["a list", [1], /wrong.json: file \[1\] must be an object/],
    [
      "a misspelt field",
      { tensors: [{ name: "w", role: "hidden", shape: [1, 1], baseshape: [1, 1] }] },
      /tensors\[0\].baseshape .*not a known field/,
    ],
    ["an unknown role", { tensors: [{ name: "w", role: "huge", shape: [1] }] }, /tensors\[0\].role "huge" is not one of/],
    ["no base shape", { tensors: [{ name: "w", role: "hidden", shape: [4, 4] }] }, /w is a hidden tensor whose base shape is unknown/],
    ["a shape that is none", { w: [4, "four"] }, /w\[1\] "four" must be a number|w\[1\] "four" must be a whole number/],
    ["nothing", {}, /names no parameter/],
    ["shapes without a base", { "w.weight": [4, 4] }, /nothing says which of their dimensions grow/],
    ["two bases", { shapes: { w: [4] }, baseShapes: { w: [2] }, atBase: { w: [2] } }, /given more than once: baseShapes; atBase/],
    ["a base of other tensors", { shapes: { w: [4] }, atBase: { v: [2] } }, /w has no base; v is only in the base/],
    ["what cannot be guessed", { shapes: { zeta: [9, 4] }, atBase: { zeta: [9, 2] } }, /zeta: its last dimension alone grows/],
  ])("%s", async (_what, content, message) => {
    await expect(readModelFile(await written("wrong.json", content))).rejects.toThrow(message);
  });

  test("files that are not there", async () => {
    await expect(readModelFile(join(folder, "absent.json"))).rejects.toMatchObject({ kind: "missing", code: "MODEL_FILE_MISSING" });
    const beside = await written("lost.json", { shapes: at(128), baseShapes: "lost.bsh" });
    await expect(readModelFile(beside)).rejects.toThrow(/lost.bsh cannot be read/);
  });

  test("a second base beside one that the file has", async () => {
    const listed = await written("l.json", { tensors: [{ name: "w", role: "scalar", shape: [1] }] });
    await expect(readModelFile(listed, { baseModelPath: "other.json" })).rejects.toThrow(/given more than once/);
    const both = await written("b.json", { shapes: at(128), atBase: at(32) });
    await expect(readModelFile(both, { baseShapesPath: "other.bsh" })).rejects.toThrow(/given more than once/);
  });

  test("a parameter may itself be called tensors or shapes", () => {
    expect(parseModelFile('{"tensors": [3, 4], "shapes": [5]}', "m.json")).toEqual({
      kind: "shapes",
      shapes: [
        { name: "tensors", shape: [3, 4] },
        { name: "shapes", shape: [5] },
      ],
    });
  });
});
