import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAnswers } from "../../infra/configs/checklist-answers.ts";
import { typeCommand } from "./type-command.ts";

const read = (path: string): string => readFileSync(join(import.meta.dirname, path), "utf8");
const pages = { allocate: read("../../docs/allocate.md"), checklist: read("../../docs/checklist.md") };
const blocks = (page: string, language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map((match) => match[1] ?? "");

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-pages-"));
  const sizes = [1e7, 2e7, 4e7, 8e7];
  const rows = sizes.flatMap((N) =>
    [5, 10, 20, 40].map((ratio, step) => `${N},${ratio * N},${(1.8 + 400 / N ** 0.34 + (2000 + step) / (ratio * N) ** 0.37).toFixed(4)}`),
  );
  await writeFile(join(folder, "runs.csv"), ["N,D,loss", ...rows].join("\n"));
  await writeFile(join(folder, "answers.yaml"), blocks(pages.checklist, "yaml")[0] ?? "");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(Object.entries(pages))("docs/%s.md", (_name, page) => {
  const lines = blocks(page, "sh").flatMap((block) => block.trim().split("\n"));

  it.each(lines)("%s", async (line) => {
    const [program, ...words] = line.split(" ");
    expect(program).toBe("ladder");
    const files = /^(?:runs\.csv|fit\.json|answers\.yaml|checklist\.md)$/;
    const { code, out, err } = await typeCommand(
      ...words.map((word) => (files.test(word) ? join(folder, word) : word.replaceAll('"', ""))),
    );
    // Answers to three items leave others open.
    expect(code, err).toBe(words.includes("--strict") ? 10 : 0);
    expect(out.length).toBeGreaterThan(200);
  });
});

describe("what the pages show", () => {
  it("is what the commands print for published runs", () => {
    const [chinchilla, marin, misfitting] = blocks(pages.allocate, "text");
    expect(chinchilla).toBe(read("__snapshots__/allocate.txt"));
    expect(read("__snapshots__/allocate-marin.txt")).toContain(marin);
    expect(misfitting).toBe(read("__snapshots__/sensitivity.txt"));
  });

  it("is a file of answers that is read", () => {
    expect(Object.keys(parseAnswers(blocks(pages.checklist, "yaml")[0] ?? "", "docs/checklist.md"))).toEqual(["1.4", "2.7", "+1"]);
  });
});
