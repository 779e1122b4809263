import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { typeCommand } from "./type-command.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/parametrizations.md"), "utf8");
const lines = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap((match) => (match[1] ?? "").trim().split("\n"));

describe("the commands of docs/parametrizations.md", () => {
  test("are of every kind", () => {
    for (const verb of ["list", "table", "convert", "diff", "export"]) expect(lines.some((line) => line.split(" ")[2] === verb)).toBe(true);
  });

  for (const line of lines)
    test(line, async () => {
      const [program, ...words] = line.split(" ");
      expect(program).toBe("ladder");
      const { code, out, err } = await typeCommand(...words);
      // Two rule sets that differ are an answer with exit code 10.
      expect(code, err).toBe(words[1] === "diff" ? 10 : 0);
      expect(out.length).toBeGreaterThan(100);
    });
});
