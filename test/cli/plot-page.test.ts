import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fitFigureNames } from "../../operations/fit-figures.ts";
import { chromiumOrReason } from "../browser/browser.ts";
import { typeCommandWith } from "./type-command.ts";

const read = (path: string): string => readFileSync(join(import.meta.dirname, path), "utf8");
const page = read("../../docs/plot.md");
const block = (language: string): string => new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "m").exec(page)?.[1] ?? "";
const lines = block("sh").trim().split("\n");
const hasChromium = !("missing" in (await chromiumOrReason()));
const environment = { PATH: process.env["PATH"] ?? "", LADDER_CHROMIUM: process.env["LADDER_CHROMIUM"] ?? "" };

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-plot-page-"));
  const [header = "", ...rows] = read("../published/isoflop/porian-owt2.csv").split("\n");
  const own = rows.filter((row) => row.startsWith("owt2_base_long_kaplan_standard_val,"));
  await writeFile(join(folder, "runs.csv"), [header, ...own].join("\n"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the commands of docs/plot.md, in its order", () => {
  it.each(lines)("%s", async (line) => {
    const [program, ...words] = line.split(" ");
    expect(program).toBe("ladder");
    const files = words.map((word) => (/^[a-z]+\.(csv|json|html|svg|png)$/.test(word) ? join(folder, word) : word));
    const { code, out, err } = await typeCommandWith(environment, ...files);
    // Pictures need a Chromium; without one the command says so.
    const needsChromium = /\.(svg|png)/.test(line);
    expect(code, err).toBe(needsChromium && !hasChromium ? 5 : 0);
    if (code === 0) expect(out.length).toBeGreaterThan(20);
  });
});

describe("what docs/plot.md shows", () => {
  it("is what the command prints", () => {
    expect(block("text")).toBe(read("__snapshots__/plot-isoflop.txt"));
  });

  it("is every figure and every kind of file", () => {
    for (const name of fitFigureNames) expect(page).toMatch(new RegExp(`^\\| \`${name}\``, "m"));
    for (const ending of [".html", ".json", ".svg", ".png"]) expect(page).toMatch(new RegExp(`^\\|.*\`\\${ending}\``, "m"));
  });
});
