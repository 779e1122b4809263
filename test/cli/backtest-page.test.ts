import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { measures } from "../../analysis/search/recorded/strategy-ranks.ts";
import { backtestCommand } from "../../cli/commands/backtest.ts";
import { Command } from "commander";
import { typeCommand } from "./type-command.ts";

const read = (path: string): string => readFileSync(join(import.meta.dirname, path), "utf8");
const page = read("../../docs/backtest.md");
const block = (language: string): string => new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "m").exec(page)?.[1] ?? "";
const lines = block("sh").trim().split("\n");

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-backtest-page-"));
  // The page's columns need no quotes.
  const [header = "", ...rows] = read("../published/steplaw/runs.csv").split("\n");
  const own = rows.filter((row) => row.includes(",214663680"));
  await writeFile(join(folder, "runs.csv"), [header.replace("smooth loss", "smooth_loss"), ...own].join("\n"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const typed = (line: string) => {
  const [program, ...words] = line.split(" ");
  expect(program).toBe("ladder");
  return typeCommand(...words.map((word) => (/^[a-z]+\.(csv|html)$/.test(word) ? join(folder, word) : word)));
};

describe("the commands of docs/backtest.md, in its order", () => {
  it.each(lines)("%s", async (line) => {
    const { code, out, err } = await typed(line);
    expect(code, err).toBe(0);
    expect(out.length).toBeGreaterThan(20);
  });
});

describe("what docs/backtest.md shows", () => {
  it("is what its first command prints", async () => {
    const { out } = await typed(lines[0] ?? "");
    expect(block("text")).toBe(out);
  });

  it("is every measure and every option that is not shared", () => {
    for (const measure of measures) expect(page).toMatch(new RegExp(`^\\| \`${measure}\``, "m"));
    const command = new Command();
    backtestCommand.configure(command);
    const shared = ["--data", "--strategies", "--map", "--where", "--theme", "--characters"];
    for (const { long } of command.options) if (long != null && !shared.includes(long)) expect(page).toContain(`\`${long}\``);
  });
});
