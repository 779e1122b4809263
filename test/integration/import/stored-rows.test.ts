import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listExcludedRows, listRowImports, readImportedRows } from "../../../infra/postgres/imported-rows.ts";
import type { RowRequest } from "../../../infra/run-tables/read-rows.ts";
import { readFileOfRuns, storeImport } from "../../../operations/import-runs.ts";
import { typeCommandWith } from "../../cli/type-command.ts";
import { createTestDatabase, startTestPostgres, type TestDatabase, type TestPostgres } from "../postgres/server.ts";

let postgres: TestPostgres;
let database: TestDatabase;
let folder = "";

beforeAll(async () => {
  postgres = await startTestPostgres();
  database = await createTestDatabase(postgres.url);
  folder = await mkdtemp(join(tmpdir(), "ladder-import-"));
});
afterAll(async () => {
  await database.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Options extends RowRequest {
  readonly replace?: boolean;
  readonly name?: string;
}

async function store(study: string, lines: readonly string[], { replace = false, name = "runs.csv", ...request }: Options = {}) {
  const path = join(folder, name);
  await writeFile(path, `${lines.join("\n")}\n`);
  return storeImport({ db: database.db }, await readFileOfRuns(path, { counting: "total", ...request }), { study, replace });
}
const rows = async (study: string) =>
  (await readImportedRows(database.db, study)).map(({ line, columns: { N, D, loss } }) => [line, N, D, loss]);

const lines = ["N,D,loss,note", "1e7,1e9,3.5,a", "2e7,1e9,,b", "2e7,1e9,3.25,c"];

describe("rows of a study", () => {
  it("come back as they were, with cells, cluster and seed; what was left out is kept with its reason", async () => {
    const stored = await store(
      "whole",
      ["N,D,C,loss,model,seed", "1200000000,21000000000,1.512e20,2.5000000000000004,big,7", "1,1,6,nan,small,7"],
      {
        cluster: "model",
      },
    );
    expect(stored).toMatchObject({ status: "stored", study: "whole", import: expect.stringMatching(/^import-[0-9a-f]{10}$/) as unknown });
    expect(await readImportedRows(database.db, "whole")).toEqual([
      {
        importId: stored.import,
        line: 2,
        identity: expect.stringMatching(/^[0-9a-f]{64}$/) as unknown,
        columns: { N: 1.2e9, D: 2.1e10, C: 1.512e20, loss: 2.5000000000000004 },
        cluster: "big",
        seed: "7",
        cells: ["1200000000", "21000000000", "1.512e20", "2.5000000000000004", "big", "7"],
      },
    ]);
    expect(await listExcludedRows(database.db, stored.import ?? "")).toEqual([
      { line: 3, reason: "nan", variable: "loss", words: "loss is NaN" },
    ]);
    expect(await listRowImports(database.db, "whole")).toMatchObject([{ source: "runs.csv", counting: "total", replacedBy: null }]);
  });

  it("are there once, however often the same content is imported and whatever the file is called", async () => {
    const first = await store("again", lines);
    const second = await store("again", lines, { name: "copy.csv" });
    expect(second).toEqual({ ...first, source: "copy.csv", status: "unchanged" });
    expect(await rows("again")).toEqual([
      [2, 1e7, 1e9, 3.5],
      [4, 2e7, 1e9, 3.25],
    ]);
    expect(await listRowImports(database.db, "again")).toHaveLength(1);
    // Another study has rows of its own.
    expect((await store("another", lines)).import).not.toBe(first.import);
  });

  it("are there once also when two import them at the same moment", async () => {
    const path = join(folder, "runs.csv");
    await writeFile(path, `${lines.join("\n")}\n`);
    const file = await readFileOfRuns(path, { counting: "total" });
    const reports = await Promise.all([1, 2, 3].map(() => storeImport({ db: database.db }, file, { study: "at-once", replace: false })));
    expect(reports.map(({ status }) => status).sort()).toEqual(["stored", "unchanged", "unchanged"]);
    expect(await rows("at-once")).toHaveLength(2);
  });

  it("grow with their file: what was imported before is left out as a duplicate, also when a column came along", async () => {
    const first = await store("growing", lines);
    const grown = await store("growing", ["N,D,loss,note,later", "1e7,1e9,3.5,a,", "4e7,1e9,3,d,", "2e7,1e9,3.25,c,"]);
    expect(grown.rows).toEqual({
      read: 3,
      kept: 1,
      excludedByReason: { duplicate: 2 },
      excluded: [
        { line: 2, reason: "duplicate", words: `already imported: line 2 of ${first.import ?? ""}` },
        { line: 4, reason: "duplicate", words: `already imported: line 4 of ${first.import ?? ""}` },
      ],
    });
    expect(await rows("growing")).toHaveLength(3);
  });

  it("never contradict an earlier import: that is a conflict, and nothing is written", async () => {
    const first = await store("firm", lines);
    const changed = ["N,D,loss,note", "1e7,1e9,3.75,a", "4e7,1e9,3,d"];
    await expect(store("firm", changed)).rejects.toMatchObject({
      kind: "conflict",
      code: "IMPORT_CONTRADICTS",
      message: "study firm holds a row of this file already, with another loss",
      problems: [{ path: "line 2", message: `loss is 3.5 in line 2 of ${first.import ?? ""}`, value: "3.75" }],
      hint: expect.stringContaining("--replace") as unknown,
    });
    expect(await rows("firm")).toHaveLength(2);
    const replaced = await store("firm", changed, { replace: true });
    expect(replaced).toMatchObject({ status: "stored", replaced: [first.import] });
    expect(await rows("firm")).toEqual([
      [2, 1e7, 1e9, 3.75],
      [3, 4e7, 1e9, 3],
    ]);
    // The earlier one is hidden, not deleted, and can come back.
    await expect(store("firm", lines)).rejects.toMatchObject({ kind: "conflict", code: "IMPORT_REPLACED" });
    expect(await store("firm", lines, { replace: true })).toMatchObject({
      status: "unchanged",
      import: first.import,
      replaced: [replaced.import],
    });
    expect(await rows("firm")).toHaveLength(2);
    expect(await listRowImports(database.db, "firm")).toHaveLength(2);
    expect(await store("firm", changed, { replace: true, keepRepeated: true })).toMatchObject({ replaced: [first.import] });
  });

  it("all count N in one way", async () => {
    await store("counted", lines);
    await expect(store("counted", ["N,D,loss", "5e7,1e9,2.75"], { counting: "non-embedding" })).rejects.toMatchObject({
      kind: "conflict",
      code: "IMPORT_COUNTING_DIFFERS",
    });
    expect(await rows("counted")).toHaveLength(2);
  });

  it("may hold text that Postgres has no form for", async () => {
    await store("odd", ['{"N": 1, "loss": 3, "note": "nul \\u0000", "acc": NaN}'], { name: "runs.jsonl" });
    expect((await readImportedRows(database.db, "odd")).map(({ cells }) => cells)).toEqual([[1, 3, "nul \uFFFD", "NaN"]]);
  });

  it("are many at a time", async () => {
    const many = Array.from({ length: 5000 }, (_, index) => `${1e6 + index},1e9,${3 + index / 4096},${index % 2 === 0 ? "" : "x"}`);
    const stored = await store("many", ["N,D,loss,note", ...many, ...Array.from({ length: 1500 }, () => "1,1,,")]);
    expect(stored.rows).toMatchObject({ read: 6500, kept: 5000, excludedByReason: { missing: 1500 } });
    expect((await rows("many")).at(-1)).toEqual([5001, 1004999, 1e9, 3 + 4999 / 4096]);
    expect(await listExcludedRows(database.db, stored.import ?? "")).toHaveLength(1500);
  });
});

describe("the database itself refuses", () => {
  it.each([
    ["a counting that nobody knows", `update row_imports set counting = 'both'`],
    ["an import that replaces itself", `update row_imports set replaced_by = id`],
    ["rows without an import", `insert into imported_rows values ('import-0000000000', 1, repeat('0', 64), '{}', null, null, '[]')`],
    ["two rows of one line", `insert into imported_rows select * from imported_rows limit 1`],
    ["an exclusion without a reason", `update excluded_rows set reason = ''`],
  ])("%s", async (_what, statement) => {
    await expect(sql.raw(statement).execute(database.db)).rejects.toBeDefined();
  });
});

describe("ladder import --study", () => {
  it("keeps the rows, says so, and changes nothing the second time", async () => {
    const path = join(folder, "typed.csv");
    await writeFile(path, "N,D,loss\n1e7,1e9,3.5\n2e7,1e9,\n");
    const environment = { DATABASE_URL: database.url, TEMPORAL_ADDRESS: "127.0.0.1:1" };
    const type = (...words: readonly string[]) =>
      typeCommandWith(environment, "import", path, "--counting", "total", "--study", "typed", ...words);
    const first = await type();
    expect(first).toMatchObject({ code: 0, err: "" });
    expect(first.out).toMatch(/kept in study typed as import-[0-9a-f]{10}\n$/);
    const second = await type("-o", "name");
    expect(second).toMatchObject({ code: 0, out: `${/import-[0-9a-f]{10}/.exec(first.out)?.[0] ?? ""}\n` });
    expect((await type()).out).toContain("study typed has exactly these rows already");
    expect(await rows("typed")).toEqual([[2, 1e7, 1e9, 3.5]]);
    await writeFile(path, "N,D,loss\n1e7,1e9,4.5\n");
    expect(await type()).toMatchObject({ code: 4, out: "" });
    expect((await type("--replace")).out).toContain("in place of import-");
  });
});
