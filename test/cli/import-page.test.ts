import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { exclusionReasons } from "../../analysis/rows/row.ts";
import { formatList } from "../../operations/import-runs.ts";
import { typeCommand } from "./type-command.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/import.md"), "utf8");
const block = (language: string): string => new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "m").exec(page)?.[1] ?? "";

it("docs/import.md shows what its command prints for its file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "ladder-import-page-"));
  try {
    const file = join(folder, "runs.csv");
    await writeFile(file, block("csv"));
    const words = block("sh").trim().split(" ").slice(1);
    const { code, out } = await typeCommand(...words.map((word) => (word === "runs.csv" ? file : word)));
    expect(code).toBe(0);
    expect(out).toBe(block("text"));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it("docs/import.md lists every format and every reason", () => {
  for (const { id, reads } of formatList()) expect(page).toContain(`\n| \`${id}\` | ${reads} |\n`);
  for (const reason of exclusionReasons) expect(page).toMatch(new RegExp(`^\\|.*\`${reason}\`.*\\|.*\\|$`, "m"));
});
