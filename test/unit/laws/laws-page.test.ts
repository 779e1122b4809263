import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { laws } from "../../../analysis/laws/index.ts";
import { lawsPage } from "../../../analysis/laws/pages/laws-page.ts";
import { docsPage } from "../configs/rule-set-docs.ts";

const page = readFileSync(docsPage("laws.md"), "utf8");

test("laws.md is what npx tsx test/unit/configs/write-laws.ts writes", () => {
  expect(page).toBe(lawsPage());
});

describe.each(laws.map((law) => [law.id, law] as const))("%s", (_, law) => {
  const [, section = ""] = page.split(`\n## ${law.id}\n`);
  const [own = ""] = section.split("\n## ");

  test("is told whole: formula, source, parameters and published constants", () => {
    for (const text of [law.name, law.formula, law.source, ...law.published.map(({ source }) => source)]) expect(own).toContain(text);
    for (const { name, meaning } of [...law.inputs, law.output, ...law.parameters]) expect(own).toContain(`| \`${name}\` | ${meaning} |`);
  });

  test("says which data it was checked on, or that it was not", () => {
    expect(own).toContain(law.checkedOn.length === 0 ? "Checked on: **not checked on data**" : `Checked on: ${law.checkedOn.join(", ")}`);
  });

  test("has a test that fits it on each of those", () => {
    const published = new URL("../../published/", import.meta.url);
    for (const set of law.checkedOn) {
      const tests = testsOf[set] ?? [];
      expect(tests, set).not.toEqual([]);
      const texts = tests.map((name) => new URL(name, published)).map((file) => (existsSync(file) ? readFileSync(file, "utf8") : ""));
      expect(
        texts.some((text) => (text.includes(`laws/${law.id}.ts`) || text.includes(`"${law.id}"`)) && text.includes("fitLaw(")),
        set,
      ).toBe(true);
    }
  });
});

/** Tests of published fits that fit laws to a data set, by its id. */
const testsOf: Readonly<Record<string, readonly string[]>> = {
  "annealing-curves": ["annealing-curves.test.ts"],
  "chinchilla-svg": ["chinchilla.test.ts", "chinchilla-forms.test.ts"],
  datablations: ["datablations.test.ts"],
  "four-digit-addition": ["four-digit-addition.test.ts"],
  gemstones: ["gemstones-clusters.test.ts", "gemstones-curves.test.ts", "gemstones-shapes.test.ts"],
  "isoflop-extracted": ["isoflop-minima.test.ts", "isoflop.test.ts"],
  "ladder-olmo": ["ladder-olmo.test.ts"],
  misfitting: ["misfitting.test.ts"],
  overtraining: ["overtraining.test.ts"],
  "private-batches": ["private-batches.test.ts"],
  "routed-lm": ["routed-lm.test.ts"],
  "simulated-collapse": ["simulated-collapse.test.ts"],
  "steplaw-dense": ["steplaw-laws.test.ts"],
};
