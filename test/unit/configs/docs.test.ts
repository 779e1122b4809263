import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { architectures } from "../../../analysis/parametrizations/architectures/index.ts";
import { evidenceTags } from "../../../analysis/parametrizations/contract.ts";
import { evidenceMeanings } from "../../../analysis/parametrizations/pages/describe-rules.ts";
import { forms } from "../../../analysis/parametrizations/forms.ts";
import { hyperparameterDefinitions } from "../../../analysis/parametrizations/hyperparameters.ts";
import { parametrizationDefinitions } from "../../../analysis/parametrizations/index.ts";
import { modelFamilies } from "../../../analysis/parametrizations/models/index.ts";
import { mup } from "../../../analysis/parametrizations/rule-sets/mup.ts";
import { optimizerDefinitions } from "../../../analysis/parametrizations/optimizers/index.ts";
import { readOptions } from "../../../analysis/parametrizations/options.ts";
import { searchStrategies } from "../../../analysis/search/index.ts";
import { dataSpecSchema, studySpecSchema } from "../../../analysis/study/study-spec.ts";
import { parseStudyFile } from "../../../infra/configs/study-file.ts";
import { isRecord } from "../../../infra/configs/partial-spec.ts";
import { countNumbers } from "../../golden/parametrizations/tally.ts";
import { docsPage, generatedPages } from "./rule-set-docs.ts";

const read = (name: string) => readFileSync(docsPage(name), "utf8");
const studyFile = read("study-file.md");
const blocks = [...studyFile.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");

test("the study of the manual is a study, and its other blocks fit into it", () => {
  const [first = "", ...others] = blocks;
  expect(parseStudyFile(first, "manual").study).toBe("width-transfer");
  expect(others.length).toBe(7);
  for (const block of others) {
    const base: unknown = parse(first);
    const change: unknown = parse(block);
    if (!isRecord(base) || !isRecord(change)) throw new Error("a block is no mapping");
    const model = { architecture: "transformer", sequenceLength: 32, vocabularySize: 96 };
    expect(parseStudyFile(JSON.stringify({ ...base, model, ...change }), "manual").study).toBe("width-transfer");
  }
});

test("the manual names every field, hyperparameter, architecture, kind of data and strategy", () => {
  const names = [
    ...Object.keys(studySpecSchema.shape),
    ...hyperparameterDefinitions.map(({ name }) => name),
    ...architectures.map(({ id }) => id),
    ...dataSpecSchema.options.map((option) => option.shape.kind.value),
    ...searchStrategies.map(({ id }) => id),
  ];
  for (const name of names) expect(studyFile, name).toContain(`\`${name}\``);
});

describe("pages made from the registry", () => {
  for (const { page, text } of generatedPages())
    test(`${basename(page.pathname)} is what npx tsx test/unit/configs/write-rule-sets.ts writes`, () => {
      expect(readFileSync(page, "utf8")).toBe(text);
    });

  test("rules are told whole: every source, option, optimizer, form and family is on the page of rule sets", () => {
    const page = read("rule-sets.md");
    for (const definition of parametrizationDefinitions) {
      expect(page).toContain(`## \`${definition.id}\``);
      for (const { name, meaning, source } of definition.options) {
        expect(page).toContain(`**\`${name}\`**`);
        expect(page).toContain(meaning.slice(1));
        expect(page).toContain(source);
      }
      for (const { components, transfers } of [definition.build(readOptions(definition, ""))])
        for (const { source } of [
          ...transfers,
          ...components.flatMap(({ tensorRules, operationRules }) => [...tensorRules, ...operationRules]),
        ])
          expect(page).toContain(source);
    }
    for (const id of [...optimizerDefinitions, ...Object.values(forms), ...modelFamilies].map((entry) => entry.id))
      expect(page).toContain(`\`${id}\``);
  });
});

describe("the page on parametrizations", () => {
  const page = read("parametrizations.md");

  test("has a row for each rule set and component", () => {
    for (const { id } of parametrizationDefinitions) expect(page).toContain(`| \`${id}\` |`);
  });

  test("says which option every reading is, and what its default is", () => {
    for (const { name, allowed } of mup.options) {
      if ("from" in allowed) continue;
      for (const value of allowed) expect(page, `${name}=${value}`).toMatch(new RegExp(`mup:${name}=[^\`]*\\b${value}\\b|\`${value}\``));
    }
  });

  test("explains every code with which a rule set refuses or warns", () => {
    const folder = new URL("../../../analysis/parametrizations/", import.meta.url);
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
    const sources = [...files.map((name) => new URL(name, folder)), new URL("../../../analysis/search/base-scale.ts", import.meta.url)];
    const codes = sources.flatMap((source) => {
      const text = readFileSync(source, "utf8");
      const refusals = [...text.matchAll(/LadderError\(\s*"(?!defect)[a-z]+",\s*"([A-Z_]+)"/g)];
      return [...refusals, ...text.matchAll(/code: "([A-Z_]+)"/g)].map((match) => match[1] ?? "");
    });
    expect(codes.length).toBeGreaterThan(20);
    for (const code of codes) expect(page).toContain(`\`${code}\``);
  });

  test("accounts for every number of the golden files", () => {
    const rows = [...page.matchAll(/\| `([a-z-]+\.json)` \|[^|]*\| ([\d,]+) \| ([\d,]+) \|/g)];
    expect(rows.length).toBe(4);
    for (const [, name = "", compared = "", excluded = ""] of rows) {
      const golden: unknown = JSON.parse(readFileSync(new URL(`../../golden/parametrizations/${name}`, import.meta.url), "utf8"));
      const sum = [compared, excluded].reduce((total, text) => total + Number(text.replaceAll(",", "")), 0);
      expect(sum, name).toBe(countNumbers(golden));
    }
  });

  test("gives every evidence tag the meaning that the rules' own page gives it", () => {
    for (const tag of evidenceTags) expect(page).toContain(`| ${tag} | ${evidenceMeanings[tag].split(";")[0] ?? ""}`);
  });
});
