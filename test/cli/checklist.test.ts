import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { typeCommand } from "./type-command.ts";

const chinchilla = fileURLToPath(new URL("../published/chinchilla/runs.csv", import.meta.url));
const reportSchema = z.object({
  law: z.string(),
  items: z.array(
    z.strictObject({
      id: z.string(),
      section: z.string(),
      item: z.string(),
      state: z.enum(["filled", "answered", "open"]),
      text: z.string(),
    }),
  ),
  open: z.array(z.string()),
  notes: z.array(z.string()),
});

let folder = "";
let fit = "";
const report = async (...words: readonly string[]) =>
  reportSchema.parse(JSON.parse((await typeCommand("checklist", fit, "--json", ...words)).out));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-checklist-"));
  fit = join(folder, "fit.json");
  const made = await typeCommand(
    "fit",
    "--from",
    chinchilla,
    "--drop-worst",
    "5",
    "--counting",
    "total",
    "--draws",
    "200",
    "--output",
    fit,
  );
  expect(made.code, made.err).toBe(0);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("ladder checklist", () => {
  it("fills what a fit of a file knows, and asks for the rest, in 80 columns", async () => {
    const { code, out, err } = await typeCommand("checklist", fit, "--compute", "5.76e23");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const text = out.replaceAll(fit, "fit.json").replace(/\(rows [0-9a-f]{12}\), Ladder .*/, "(rows …)");
    expect(text).toContain(
      "1.4  principle the form is derived from (open)\n     why this form, and what does it assume between its variables?",
    );
    expect(text).toContain(
      "+6   how far it is to be extrapolated\n     fitted from 1.40e18 to 1.30e22 FLOPs; 5.76e23 is 44.5 times the largest",
    );
    expect(out.split("\n").filter((line) => line.length > 80 && !line.includes(fit))).toEqual([]);
    const { items, open } = await report();
    expect(items).toHaveLength(29);
    expect(open).toEqual(["1.4", "1.5", "2.3", "2.5", "2.6", "2.7", "3.1", "3.2", "3.3", "3.4", "3.5", "+1", "+4", "+6"]);
    expect(items.filter(({ text: answer }) => answer.trim() === "")).toEqual([]);
  });

  it("takes answers from a file and from the line, which wins; --strict is refused while one is missing", async () => {
    const answers = join(folder, "answers.yaml");
    const asked = (await report("--compute", "5.76e23")).open;
    await writeFile(answers, asked.map((id) => `"${id}": the author's word on ${id}\n`).join(""));
    const settled = await typeCommand("checklist", fit, "--compute", "5.76e23", "--answers", answers, "--strict");
    expect({ code: settled.code, err: settled.err }).toEqual({ code: 0, err: "" });
    expect(settled.out).toContain("all 29 items are settled");
    await writeFile(
      answers,
      asked
        .slice(1)
        .map((id) => `"${id}": the author's word on ${id}\n`)
        .join(""),
    );
    const missing = await typeCommand("checklist", fit, "--compute", "5.76e23", "--answers", answers, "--strict", "--json");
    expect(missing.code).toBe(10);
    expect(missing.err.replace(/\s+/g, " ")).toContain("1 of 29 items are open: 1.4.");
    const typed = await report("--answers", answers, "--answer", "2.7=commit 1a2b3c, image 4d5e6f");
    expect(typed.items.find(({ id }) => id === "2.7")).toMatchObject({ state: "answered", text: "commit 1a2b3c, image 4d5e6f" });
    expect(typed.items.find(({ id }) => id === "+1")).toMatchObject({ state: "answered" });
  });

  it("is a page of Markdown, printed or written", async () => {
    const page = join(folder, "checklist.md");
    const printed = await typeCommand("checklist", fit, "--markdown", "--output", page);
    expect(printed.code).toBe(0);
    const written = await readFile(page, "utf8");
    expect(printed.out).toBe(written);
    expect(written.match(/^\| (?:\d\.\d|\+\d) \|/gm)).toHaveLength(29);
    expect(written).toContain("| 1.1 | form of the law | loss = E + A / N^alpha + B / D^beta (chinchilla) | filled |");
  });

  it("refuses answers to nothing, and files that hold none", async () => {
    const unknown = await typeCommand("checklist", fit, "--answer", "9.9=x");
    expect(unknown.code).toBe(2);
    expect(unknown.err).toContain("must be ITEM=TEXT");
    const wrong = join(folder, "wrong.yaml");
    await writeFile(wrong, "2.7: commit\n8.1: what\n3.1:\n");
    const refused = await typeCommand("checklist", fit, "--answers", wrong);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("8.1 (line 2): there is no such item");
    expect(refused.err).toContain("3.1 (line 3): an answer is a text");
    expect((await typeCommand("checklist", fit, "--answers", join(folder, "absent.yaml"))).code).toBe(3);
  });
});
