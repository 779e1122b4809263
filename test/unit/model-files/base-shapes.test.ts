import { describe, expect, test } from "vitest";
import { guessModel, requireGuessed } from "../../../analysis/parametrizations/models/guess-model.ts";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import { alignBaseShapes, formatBaseShapes, parseBaseShapes } from "../../../infra/model-files/base-shapes.ts";
import { golden, shapesOf } from "../../golden/parametrizations/mup-cases.ts";

/** What PyYAML 6.0.3 writes for `yaml.dump(shapes, None, indent=4)`, as the mup package calls it, without its comment. */
const fromPyYaml = `h.0.c_attn.weight:
- 384
- 128
h.0.ln:
- 128
logit_scale: []
readout.bias:
- null
transformer.wte.weight:
- null
- 128
'yes':
- 4
`;

function problemsOf(text: string): readonly string[] {
  try {
    parseBaseShapes(text, "model.bsh");
  } catch (error) {
    if (!(error instanceof LadderError)) throw error;
    return [error.message, ...error.problems.map(({ path, message, value }) => `${path} ${value ?? ""} ${message}`)];
  }
  return [];
}

test("a file of the mup package is read, and written again byte for byte", () => {
  const shapes = parseBaseShapes(fromPyYaml, "model.bsh");
  expect(shapes.get("transformer.wte.weight")).toEqual([null, 128]);
  expect(shapes.get("logit_scale")).toEqual([]);
  const written = formatBaseShapes(shapes);
  expect(
    written
      .split("\n")
      .filter((line) => !line.startsWith("#"))
      .join("\n"),
  ).toBe(fromPyYaml);
  expect(parseBaseShapes(written, "model.bsh")).toEqual(shapes);
});

describe("a model with a file of base shapes has the roles of the mup package", () => {
  test.each(golden.cases.map((found) => [found.id, found] as const))("%s", (_id, found) => {
    const text = formatBaseShapes(new Map(found.params.map(({ name, base_shape }) => [name, base_shape])));
    const baseDimensions = parseBaseShapes(text, "model.bsh");
    expect([...baseDimensions].sort()).toEqual(found.params.map(({ name, base_shape }) => [name, base_shape]).sort());
    const roles = requireGuessed(guessModel(found.params, { baseDimensions })).map(({ tensor }) => tensor.role);
    // Ours calls what grows nowhere a scalar, whatever it is; the golden file calls a readout's bias a bias.
    const wanted = found.params.map((parameter) =>
      parameter.base_shape.every((size) => size === null) ? "scalar" : shapesOf(parameter).tensor.role,
    );
    expect(roles).toEqual(wanted);
  });
});

test("one number without dimensions is a scalar", () => {
  const baseDimensions = parseBaseShapes(fromPyYaml, "model.bsh");
  const shapes = { "h.0.c_attn.weight": [768, 256], "h.0.ln": [256], logit_scale: [], "readout.bias": [9], yes: [8] };
  const list = Object.entries({ ...shapes, "transformer.wte.weight": [9, 256] }).map(([name, shape]) => ({ name, shape }));
  const guess = guessModel(list, { baseDimensions });
  expect(guess.guesses.find(({ name }) => name === "logit_scale")?.role).toBe("scalar");
  expect(guess.problems.map(({ path }) => path)).toEqual(["yes"]);
});

test("a prefix of parallel wrappers is put on or taken off whole, and letters of names stay", () => {
  const shapes = new Map([
    ["module.model.embed", [null, 4]],
    ["module.lm_head", [null, 4]],
  ]);
  expect([...alignBaseShapes(shapes, ["model.embed", "lm_head"]).keys()]).toEqual(["model.embed", "lm_head"]);
  expect([...alignBaseShapes(new Map([["w", [4]]]), ["module.w"]).keys()]).toEqual(["module.w"]);
  expect(alignBaseShapes(shapes, ["module.model.embed", "other"])).toBe(shapes);
});

test("what is wrong is named with its place and value", () => {
  expect(problemsOf("a: [1, two]\nb: 3\n")).toEqual([
    expect.stringMatching(/^model.bsh is no file of base shapes: a\[1\]/),
    expect.stringMatching(/^a\[1\] "two" .*\(line 1\)/),
    expect.stringMatching(/^b 3 must be a list \(line 2\)/),
  ]);
  expect(problemsOf("a: [0]\n")[1]).toMatch(/a\[0\] 0 must be above 0|at least/);
  expect(problemsOf("a: [1\n")[0]).toMatch(/line/);
  expect(problemsOf("a: [1]\na: [2]\n")[1]).toMatch(/line 2 .*unique/);
  expect(problemsOf("")[0]).toMatch(/no file of base shapes/);
  expect(problemsOf("{}")[0]).toMatch(/names no parameter/);
});
