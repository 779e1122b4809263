import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseDocument, stringify } from "yaml";
import { parseStudyFile } from "../../../infra/configs/study-file.ts";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import { studySpecSchema } from "../../../analysis/study/study-spec.ts";

const files = ["width-transfer.yaml", "mlp-teacher.yaml", "own-trainer/study.yaml"].map((name) =>
  readFileSync(new URL(`../../../examples/${name}`, import.meta.url), "utf8"),
);
const [demo = ""] = files;

/** The spec, or the problems; anything else that is thrown fails the test. */
function read(text: string): { readonly spec?: unknown; readonly problems: LadderError["problems"] } {
  try {
    return { spec: parseStudyFile(text, "study.yaml"), problems: [] };
  } catch (error) {
    if (!(error instanceof LadderError)) throw error;
    expect([error.kind, error.code]).toEqual(["input", "SPEC_INVALID"]);
    expect(error.problems.length).toBeGreaterThan(0);
    return { problems: error.problems };
  }
}

/** Every path of the demo's study, lists and mappings included. */
function pathsOf(value: unknown, path: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  if (typeof value !== "object" || value === null) return [path];
  const members: readonly [string, unknown][] = Object.entries(value);
  const own = path.length === 0 ? [] : [path];
  return [...own, ...members.flatMap(([key, member]) => pathsOf(member, [...path, Array.isArray(value) ? Number(key) : key]))];
}
const paths = pathsOf(parseDocument(demo).toJS());

test("any text gives a study or problems with words, never another error", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 200 }),
        fc.jsonValue().map((value) => stringify(value)),
        fc
          .tuple(
            fc.constantFrom(...files),
            fc.nat(1500),
            fc.nat(30),
            fc.constantFrom("", "[", "- ", ": ", "*a", "&a ", "\t", '"', "999999999999", "-1", ".nan"),
          )
          .map(([text, from, length, insert]) => text.slice(0, from) + insert + text.slice(from + length)),
      ),
      (text) => {
        for (const { path, message } of read(text).problems) {
          expect(path).not.toBe("");
          expect(message).not.toBe("");
        }
      },
    ),
    { seed: 31, numRuns: 150 },
  );
});

test("whatever one field is replaced by, a study that comes back is one that the schema takes, and a problem has a line in the file", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...paths),
      fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(0, -1, 1.5, "x", [], {}, [1, 1], null)),
      (path, value) => {
        const document = parseDocument(demo);
        document.setIn(path, value);
        const text = String(document);
        const { spec, problems } = read(text);
        if (spec !== undefined) expect(studySpecSchema.parse(spec)).toEqual(spec);
        for (const { message } of problems) {
          const line = Number(/\(line (\d+)\)$/.exec(message)?.[1]);
          expect(line).toBeGreaterThanOrEqual(1);
          expect(line).toBeLessThanOrEqual(text.split("\n").length);
        }
      },
    ),
    { seed: 32, numRuns: 120 },
  );
});

test("every top-level field that is removed or misspelt is noticed, or has a default", () => {
  const optional = new Set(["question", "schedule", "evaluation", "hyperparameters", "target"]);
  for (const key of Object.keys(studySpecSchema.shape)) {
    const document = parseDocument(demo);
    if (!document.has(key)) continue;
    document.delete(key);
    const { problems } = read(String(document));
    if (optional.has(key)) expect(problems).toEqual([]);
    else expect(problems.map((problem) => problem.path)).toContain(key);
    const misspelt = read(demo.replace(new RegExp(`^${key}:`, "m"), `${key}x:`)).problems;
    expect(misspelt.map(({ path, fix }) => [path, fix])).toContainEqual([`${key}x`, `did you mean ${key}?`]);
  }
});

test("a study too large to plan is refused at once", () => {
  const many = Array.from({ length: 300 }, (_, index) => (index + 1) * 8);
  const document = parseDocument(demo);
  document.setIn(["scales", "width"], many);
  document.setIn(["scales", "depth"], many);
  document.setIn(["scales", "headDimension"], many);
  const started = read(String(document)).problems;
  expect(started.some(({ message }) => /gives \d+ runs/.test(message))).toBe(true);
});
