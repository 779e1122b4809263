import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { architectures } from "../../../analysis/parametrizations/architectures/index.ts";
import { hyperparameterDefinitions } from "../../../analysis/parametrizations/hyperparameters.ts";
import { parametrizationDefinitions } from "../../../analysis/parametrizations/index.ts";
import { searchStrategies } from "../../../analysis/search/index.ts";
import { dataSpecSchema, studySpecSchema } from "../../../analysis/study/study-spec.ts";
import { parseStudyFile } from "../../../infra/configs/study-file.ts";
import { isRecord } from "../../../infra/configs/partial-spec.ts";

const read = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
const studyFile = read("study-file.md");
const blocks = [...studyFile.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");

test("the study of the manual is a study, and its other blocks fit into it", () => {
  const [first = "", ...others] = blocks;
  expect(parseStudyFile(first, "manual").study).toBe("width-transfer");
  expect(others.length).toBe(3);
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

test("the page on parametrizations has a row for each", () => {
  for (const { id } of parametrizationDefinitions) expect(read("parametrizations.md")).toContain(`| \`${id}\` |`);
});
