import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { typeCommand } from "./type-command.ts";

let folder = "";
let file = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-import-"));
  file = join(folder, "runs.csv");
  const rows = [10e6, 20e6, 40e6].flatMap((params) =>
    [1e8, 2e8].map(
      (tokens) =>
        `width-${params / 1e4},${params},${tokens / 4096},4096,adam,${(2 + 400 / params ** 0.34 + 300 / tokens ** 0.28).toFixed(6)}`,
    ),
  );
  const odd = [
    "width-1000,,24414,4096,adam,3.1",
    "width-1000,1e7,24414,4096,adam,nan",
    "width-9,9e6,1000,4096,sgd,4.5",
    "width-9,9e6,1000,4096,sgd,4.75",
  ];
  await writeFile(file, `${["model,params,steps,batch,optimizer,final_loss", ...rows, ...odd].join("\n")}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const map = "N=params,D=steps*batch,loss=final_loss";

describe("ladder import without a study", () => {
  it("says what it would read, row by row what it leaves out, and that nothing was stored", async () => {
    const { code, out, err } = await typeCommand("import", file, "--map", map, "--counting", "total", "--cluster", "model");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    await expect(out).toMatchFileSnapshot("__snapshots__/import.txt");
    expect(out.split("\n").filter((line) => line.length > 80)).toEqual([]);
  });

  it("is one JSON document with every record in it", async () => {
    const { code, out } = await typeCommand("import", file, "--map", map, "--where", "optimizer == 'adam'", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual({
      source: "runs.csv",
      contentHash: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
      status: "read",
      study: null,
      import: null,
      replaced: [],
      format: "csv",
      place: "line",
      counting: "unknown",
      variables: [
        { name: "N", from: "params", smallest: 1e7, largest: 4e7 },
        { name: "D", from: "steps*batch", smallest: 1e8, largest: 2e8 },
        { name: "loss", from: "final_loss", smallest: expect.any(Number) as unknown, largest: expect.any(Number) as unknown },
      ],
      clusterColumn: null,
      seedColumn: null,
      clusters: 6,
      computeOverSixND: null,
      warnings: [expect.stringContaining("--counting") as unknown],
      rows: {
        read: 10,
        kept: 6,
        excludedByReason: { where: 2, missing: 1, nan: 1 },
        excluded: [
          { line: 8, reason: "missing", variable: "N", words: "N (params) is empty" },
          { line: 9, reason: "nan", variable: "loss", words: "loss (final_loss) is NaN" },
          { line: 10, reason: "where", words: "not optimizer == 'adam'" },
          { line: 11, reason: "where", words: "not optimizer == 'adam'" },
        ],
      },
    });
  });

  it("shows twenty left-out records and says how to see the others", async () => {
    const many = join(folder, "many.csv");
    await writeFile(many, `N,loss\n1,3\n${Array.from({ length: 30 }, (_, index) => `${index + 2},`).join("\n")}\n`);
    const { out } = await typeCommand("import", many);
    expect(out).toContain("line 22: loss is empty\n  and 10 more: --all shows every one, and so does --json\n");
    expect(out).not.toContain("line 23:");
    expect((await typeCommand("import", many, "--all")).out).toContain("line 32: loss is empty\n");
  });
});

describe("ladder import of what it cannot read", () => {
  it.each<[string, readonly string[], number, string]>([
    ["a column that is not there", ["--map", "N=parms,loss=final_loss"], 2, "found: parms\n      fix:   did you mean params?"],
    ["no loss", ["--map", "N=params"], 2, "error: runs.csv has no column loss\nhint: say which column it is: --map loss=COLUMN."],
    ["a wrong counting", ["--counting", "both"], 2, "Allowed choices are total, non-embedding."],
    ["a wrong condition", ["--map", map, "--where", "params <"], 2, "cannot be read at its end"],
    ["no row left", ["--map", map, "--where", "params < 0"], 2, "no row of runs.csv can be used: each of its 10 records is left out"],
    ["a wrong name of a study", ["--map", map, "--study", "My Study"], 2, '--study "My Study" is no name of a study'],
  ])("%s", async (_what, words, expected, message) => {
    const { code, out, err } = await typeCommand("import", file, ...words);
    expect({ code, out }).toEqual({ code: expected, out: "" });
    expect(err.replace(/\n\s+/g, (found) => (message.includes("\n") ? found : " "))).toContain(message);
  });

  it("a file that is not there has exit code 3", async () => {
    expect(await typeCommand("import", join(folder, "none.csv"))).toMatchObject({ code: 3 });
  });
});
