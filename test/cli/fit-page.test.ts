import { readFileSync } from "node:fs";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { typeCommand } from "./type-command.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/fit.md"), "utf8");
const lines = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap((match) => (match[1] ?? "").trim().split("\n"));

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-fit-page-"));
  await copyFile(join(root, "test/published/chinchilla/runs.csv"), join(folder, "runs.csv"));
  await copyFile(join(root, "test/published/steplaw/runs.csv"), join(folder, "sweeps.csv"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Words of a line as a shell parts them, with files of this folder. */
function wordsOf(line: string): readonly string[] {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? "");
  return words.map((word) => (/\.(csv|json)$/.test(word) ? join(folder, word) : word));
}

describe("the commands of docs/fit.md, in its order", () => {
  for (const line of lines)
    test(line, async () => {
      const [program, ...words] = wordsOf(line);
      expect(program).toBe("ladder");
      // The page's sweeps are said to have their columns by name; the file has its own.
      const mapped = line.includes("sweeps.csv") ? ["--map", "learningRate=lr,B=bs*2048,loss=`smooth loss`"] : [];
      const { code, out, err } = await typeCommand(...words, ...mapped);
      expect(code, err).toBe(0);
      expect(out.length).toBeGreaterThan(100);
    });
});
