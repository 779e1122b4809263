import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ConfigField, ConfigFormat, ConfigValues } from "../../../infra/configs/config-format.ts";
import { configFormats, findConfigFormat } from "../../../infra/configs/index.ts";
import { LadderError } from "../../../analysis/study/ladder-error.ts";

/** What the suite needs to know of a format: a real config, and texts that it must refuse to change. To add a format, add one. */
interface FormatExample {
  readonly fileName: string;
  readonly text: string;
  /** Fields that the format has a key for. */
  readonly fields: readonly ConfigField[];
  /** Changes to the text that make `learningRate` impossible to replace safely, and the line that must be named. */
  readonly unsafe: readonly { readonly why: string; readonly text: string; readonly line: number }[];
  /** Values of keys that follow each other in the example (one is computed from the other). */
  readonly entangled: readonly ConfigValues[];
  /** How the text is split into assignments and everything else, for "everything else stays". */
  readonly commentSign: string;
}

const nanoGpt = readFileSync(new URL("../../../examples/configs/nanogpt-mup.py", import.meta.url), "utf8");
const examples: Readonly<Record<string, FormatExample>> = {
  "nanogpt-mup": {
    fileName: "nanogpt-mup.py",
    text: nanoGpt,
    commentSign: "#",
    // lr_decay_iters = max_iters, which is 200: changing one must not move the other.
    entangled: [{ totalSteps: 500, decayEndStep: 200 }, { totalSteps: 500, decayEndStep: 500 }, { totalSteps: 500 }],
    fields: [
      "learningRate",
      "finalLearningRate",
      "warmupSteps",
      "decayEndStep",
      "totalSteps",
      "weightDecay",
      "beta1",
      "beta2",
      "sequencesPerBatch",
      "sequenceLength",
      "width",
      "depth",
      "heads",
      "initialDeviation",
      "maximalUpdate",
      "widthMultiplier",
      "embeddingMultiplier",
      "outputMultiplier",
      "attentionDividesBySquareRoot",
    ],
    unsafe: [
      { why: "assigned twice", text: "learning_rate = 1\nn_embd = 4\nlearning_rate = 2\n", line: 3 },
      { why: "in an if", text: "n_embd = 4\nif n_embd:\n    learning_rate = 2\n", line: 3 },
      { why: "in an else", text: "learning_rate = 1\nif n_embd:\n    pass\nelse:\n    learning_rate = 2\n", line: 5 },
      { why: "in a function", text: "n_embd = 4\ndef set():\n    global learning_rate\n    learning_rate = 2\n", line: 3 },
      { why: "in a loop", text: "for learning_rate in [1, 2]:\n    pass\n", line: 1 },
      { why: "in a tuple", text: "n_embd = 4\nlearning_rate, beta1 = 1, 2\n", line: 2 },
      { why: "in a parenthesized tuple", text: "(learning_rate, beta1) = 1, 2\n", line: 1 },
      { why: "in a chain", text: "x = learning_rate = 1\n", line: 1 },
      { why: "changed in place", text: "learning_rate = 1\nlearning_rate *= 2\n", line: 2 },
      { why: "by :=", text: "n_embd = 4\nprint(learning_rate := 3)\n", line: 2 },
      { why: "deleted", text: "learning_rate = 1\ndel learning_rate\n", line: 2 },
      { why: "imported", text: "from rates import learning_rate\n", line: 1 },
      { why: "with … as", text: "with open('f') as learning_rate:\n    pass\n", line: 1 },
      { why: "in a try", text: "n_embd = 1\ntry:\n    learning_rate = 1\nexcept Exception:\n    pass\n", line: 3 },
      { why: "by := inside brackets", text: "learning_rate = 1\nx = [learning_rate := 2]\n", line: 2 },
      { why: "as a pattern", text: "learning_rate = 1\nmatch n_embd:\n    case learning_rate:\n        pass\n", line: 3 },
      { why: "perhaps by a star import", text: "learning_rate = 1\nfrom base import *\n", line: 2 },
      { why: "possibly by exec", text: "learning_rate = 1\nexec(open('other.py').read())\n", line: 2 },
      { why: "in a text that is no Python", text: "learning_rate = 1\nn_embd = (2\nbatch_size = 3\n", line: 3 },
    ],
  },
};

const integers: ReadonlySet<ConfigField> = new Set([
  "warmupSteps",
  "decayEndStep",
  "totalSteps",
  "sequencesPerBatch",
  "sequenceLength",
  "width",
  "depth",
  "heads",
]);
const booleans: ReadonlySet<ConfigField> = new Set(["maximalUpdate", "attentionDividesBySquareRoot"]);

function valuesFor(fields: readonly ConfigField[]): fc.Arbitrary<ConfigValues> {
  const arbitraryOf = (field: ConfigField): fc.Arbitrary<number | boolean> =>
    integers.has(field)
      ? fc.integer({ min: 0, max: 1e9 })
      : booleans.has(field)
        ? fc.boolean()
        : fc.double({ min: 0, max: 1e6, noNaN: true }).map((value) => (value === 0 ? 0 : value));
  return fc
    .subarray([...fields], { minLength: 1 })
    .chain((chosen) =>
      fc
        .tuple(...chosen.map((field) => arbitraryOf(field).map((value) => [field, value] as const)))
        .map((entries): ConfigValues => Object.fromEntries(entries)),
    );
}

for (const format of configFormats)
  describe(`config format ${format.id}`, () => {
    const example = examples[format.id];
    if (example === undefined) throw new Error(`write an example of ${format.id}`);

    test("says what it is and which version of the target it speaks", () => {
      expect(format.summary.length).toBeGreaterThan(10);
      expect(format.targetVersion.length).toBeGreaterThan(3);
      expect(format.detect(example.text, example.fileName)).toBe(true);
      expect(findConfigFormat(example.text, example.fileName)).toBe(format);
      for (const other of ["", "\u0000", "study: a\n", "{}", "x = 1"]) expect(format.detect(other, "something.txt")).toBe(false);
    });

    test("what is written is read back", () => {
      fc.assert(
        fc.property(valuesFor(example.fields), (values) => {
          const patched = format.patch(example.text, values, "header");
          expect(format.parse(patched.text)).toMatchObject(values);
        }),
        { seed: 21, numRuns: 200, examples: example.entangled.map((values) => [values]) },
      );
    });

    test("everything that is not changed stays, byte for byte and in order", () => {
      fc.assert(
        fc.property(valuesFor(example.fields), fc.constantFrom("\n", "\r\n"), fc.boolean(), (values, newline, endsWithNewline) => {
          const text = (endsWithNewline ? example.text : example.text.trimEnd()).replaceAll("\n", newline);
          const { text: patched, changes } = format.patch(text, values, "line one\n\nline three");
          const before = text.split(newline);
          const after = patched.split(newline);
          const headerLength = after.indexOf(before[0] ?? "");
          expect(headerLength).toBe(5);
          const added = changes.filter((change) => change.before === null).length;
          const kept = after.slice(headerLength);
          const changed = new Set(changes.filter((change) => change.before !== null).map((change) => change.line - 1));
          const insertedAt = changes.find((change) => change.before === null)?.line ?? 0;
          const withoutAdded = added === 0 ? kept : [...kept.slice(0, insertedAt), ...kept.slice(insertedAt + added)];
          before.forEach((line, index) => {
            const now = withoutAdded[index] ?? "";
            if (!changed.has(index)) expect(now).toBe(line);
            // A changed line keeps its key, and its comment to the end.
            else {
              expect(now.slice(0, now.indexOf("="))).toBe(line.slice(0, line.indexOf("=")));
              const comment = line.indexOf(example.commentSign);
              if (comment !== -1) expect(now.endsWith(line.slice(line.slice(0, comment).trimEnd().length))).toBe(true);
            }
          });
        }),
        { seed: 22, numRuns: 100 },
      );
    });

    test("writing the same again changes nothing but the header, which is replaced", () => {
      const values: ConfigValues = { learningRate: 0.01, width: 512, maximalUpdate: true, attentionDividesBySquareRoot: true };
      const once = format.patch(example.text, values, "rec-1");
      expect(once.changes.length).toBeGreaterThan(0);
      const twice = format.patch(once.text, values, "rec-2");
      expect(twice.changes).toEqual([]);
      expect(twice.text).toBe(once.text.replace("rec-1", "rec-2"));
      expect(twice.text).not.toContain("rec-1");
    });

    test("changes name the key, what stood there, what stands there now, and the line", () => {
      const { changes } = format.patch(example.text, { learningRate: 0.03125 }, "header");
      expect(changes).toHaveLength(1);
      const [change] = changes;
      expect(example.text.split("\n")[(change?.line ?? 0) - 1]).toContain(`${change?.key ?? "?"} = ${change?.before ?? "?"}`);
      expect(change?.after).toBe("0.03125");
    });

    test("numbers that no config can hold are refused", () => {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
        expect(refusal(format, example.text, { learningRate: value })).toMatch(/finite/);
      expect(refusal(format, example.text, { width: 1.5 })).toMatch(/whole number/);
    });

    test.each([...example.unsafe])("refuses to replace a value that is set $why, and names line $line", ({ text, line }) => {
      expect(refusal(format, text, { learningRate: 0.5 })).toMatch(new RegExp(`line ${line}: `));
    });

    test("never throws anything but a LadderError, whatever the text", () => {
      fc.assert(
        fc.property(fc.oneof(fc.string({ maxLength: 60 }), mutated(example.text)), (text) => {
          expect(typeof format.detect(text, example.fileName)).toBe("boolean");
          for (const attempt of [
            () => format.parse(text),
            () => format.readScale(text),
            () => format.patch(text, { learningRate: 0.5 }, "header"),
          ])
            try {
              attempt();
            } catch (error) {
              expect(error).toBeInstanceOf(LadderError);
            }
        }),
        { seed: 23, numRuns: 200 },
      );
    });
  });

function refusal(format: ConfigFormat, text: string, values: ConfigValues): string {
  try {
    format.patch(text, values, "header");
  } catch (error) {
    if (!(error instanceof LadderError)) throw error;
    expect([error.kind, error.code]).toEqual(["rejected", "CONFIG_UNSUPPORTED"]);
    expect(error.problems.length).toBeGreaterThan(0);
    return error.message;
  }
  throw new Error("the patch was not refused");
}

/** A text with a stretch cut out, doubled or replaced. */
function mutated(text: string): fc.Arbitrary<string> {
  return fc
    .tuple(fc.nat(text.length), fc.nat(40), fc.constantFrom("", "(", '"""', "\\", "\n    ", "\t", "é"))
    .map(([from, length, insert]) => text.slice(0, from) + insert + text.slice(from + length));
}

test("a file that no format knows is an input error that lists the known ones", () => {
  expect(() => findConfigFormat("hello", "notes.txt")).toThrow(/no training config that Ladder knows/);
});
