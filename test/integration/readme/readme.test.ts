import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");
const readme = readFileSync(join(root, "README.md"), "utf8");

function blocks(language: string): readonly string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map((match) => match[1] ?? "");
}

describe("a newcomer types what the README says", () => {
  let folder = "";
  let bin = "";

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ladder-readme-"));
    bin = join(folder, "bin");
    mkdirSync(bin);
    const ladder = join(bin, "ladder");
    writeFileSync(ladder, `#!/bin/sh\nexec "${process.execPath}" "${join(root, "dist/cli/main.js")}" "$@"\n`);
    chmodSync(ladder, 0o755);
    const [trainer] = blocks("python");
    writeFileSync(join(folder, "train.py"), trainer ?? "");
  });
  afterAll(() => {
    spawnSync(join(bin, "ladder"), ["down"], { cwd: join(folder, "my-study") });
    rmSync(folder, { recursive: true, force: true });
  });

  it("names npm commands that exist", () => {
    const scripts = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };
    const named = [...readme.matchAll(/^npm (?:run )?(\S+)$/gm)].map((match) => match[1] ?? "");
    expect(named).toContain("demo");
    for (const name of named) expect(Object.keys(scripts.scripts)).toContain(name);
  });

  it("every `ladder` line works, in order, with the 20-line trainer and with the example", () => {
    const lines = blocks("sh")
      .flatMap((block) => block.split("\n"))
      .map((line) => line.replace(/\s+#.*$/, "").trim())
      .filter((line) => line.startsWith("ladder ") || line.startsWith("cd "));
    expect(lines.length).toBeGreaterThan(8);
    let here = folder;
    for (const line of lines) {
      if (line.startsWith("cd ")) {
        here = join(here, line.slice(3));
        continue;
      }
      // The newcomer reads the page in a checkout, and types in a folder of his own.
      const words = line.split(" ").map((word) => (word.startsWith("examples/") ? join(root, word) : word));
      const { status, stdout, stderr } = spawnSync(words[0] ?? "", words.slice(1), {
        cwd: here,
        encoding: "utf8",
        timeout: 170_000,
        env: { ...process.env, PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` },
      });
      // A study may well end in a scientific no (10) or undecided (11): that is an answer, not a failure.
      expect([0, 10, 11], `${line}\n${stdout}\n${stderr}`).toContain(status);
      expect(stdout.length, line).toBeGreaterThan(0);
    }
  }, 400_000);

  it("links to pages that exist", () => {
    for (const [, target] of readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g))
      expect(() => readFileSync(join(root, target ?? ""))).not.toThrow();
  });
});
