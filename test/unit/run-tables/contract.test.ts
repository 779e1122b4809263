import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseCsv } from "../../../infra/run-tables/csv.ts";
import { runTableFormats } from "../../../infra/run-tables/index.ts";
import { readRows } from "../../../infra/run-tables/read-rows.ts";

/** A source of each format: a name and a text, or a file beside this one. Some of its records cannot be rows. */
type Example = ({ readonly name: string; readonly text: string } | { readonly file: string }) & { readonly map?: string };
const examples: Readonly<Record<string, Example>> = {
  csv: { name: "a.csv", text: "N,loss\n1,3\n2\n3,nan\n" },
  jsonl: { name: "a.jsonl", text: '{"N":1,"loss":3}\n{"N":\n{"N":3,"loss":NaN}\n' },
  wandb: {
    name: "b.csv",
    text: "Name,State,Runtime,N,loss\na,finished,1,1,3\nb,crashed,1,2,3\nc,finished,1,3,nan\n",
  },
  tensorboard: { file: "tensorboard", map: "N=params,loss=loss/eval" },
  parquet: { file: "runs-snappy.parquet", map: "N=params,D=tokens,loss=final_loss" },
  optuna: { file: "optuna.db", map: "loss=value" },
};

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-contract-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function sourceOf(id: string): Promise<string> {
  const example = examples[id];
  if (example === undefined) throw new Error(`the format ${id} needs an example here`);
  if ("file" in example) return join(import.meta.dirname, "files", example.file);
  await writeFile(join(folder, example.name), example.text);
  return join(folder, example.name);
}

describe.each(runTableFormats.map(({ id }) => id))("the format %s", (id) => {
  it("is recognised, and reads every record once, the same each time", async () => {
    const source = await sourceOf(id);
    const map = examples[id]?.map;
    const first = await readRows(source, { map });
    expect(first.report.format).toBe(id);
    const lines = [...first.rows, ...first.excluded].map(({ line }) => line).sort((left, right) => left - right);
    expect(lines).toHaveLength(first.report.read);
    expect(new Set(lines).size).toBe(lines.length);
    expect(first.excluded.length).toBeGreaterThan(0);
    for (const { words } of first.excluded) expect(words).not.toBe("");
    for (const { cells } of first.rows) expect(cells.length).toBeLessThanOrEqual(first.columns.length);
    expect(new Set(first.columns).size).toBe(first.columns.length);
    const again = await readRows(source, { map, readAs: id });
    expect(again).toEqual(first);
  });
});

describe("any table", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", "1", ",", ";", '"', "\n", "\r\n", " ", "é"), maxLength: 6 });
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

  it("comes back from CSV as it was written", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 2, maxLength: 2 }), { maxLength: 8 }),
        fc.constantFrom("\n", "\r\n"),
        (rows, end) => {
          const text = [["x", "y"], ...rows].map((row) => row.map(quoted).join(",")).join(end);
          const { records } = parseCsv(text, "a.csv");
          expect(records.map(({ cells }) => cells)).toEqual(rows);
          // A line is where a record begins: after all line ends that stand before it.
          let line = 2;
          for (const [index, row] of rows.entries()) {
            expect(records[index]?.line).toBe(line);
            line += 1 + row.join("").split("\n").length - 1;
          }
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });

  it("loses no line, whatever stands in it", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom("a", "1", ",", " ", "é"), maxLength: 8 }), { maxLength: 12 }), (lines) => {
        const { records } = parseCsv(["x,y", ...lines].join("\n"), "a.csv");
        expect(records).toHaveLength(lines.filter((line) => line.trim() !== "").length);
      }),
      { seed: 2, numRuns: 300 },
    );
  });
});
