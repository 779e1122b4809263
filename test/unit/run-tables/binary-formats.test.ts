import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRows } from "../../../infra/run-tables/read-rows.ts";

const files = join(import.meta.dirname, "files");
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-binary-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("Parquet, as pyarrow writes it", () => {
  it.each(["snappy", "zstd", "gzip", "brotli", "none"])("compressed by %s", async (compression) => {
    const found = await readRows(join(files, `runs-${compression}.parquet`), { map: "N=params,D=tokens,loss=final_loss" });
    expect(found.report).toMatchObject({ format: "parquet", place: "record", read: 4 });
    expect(found.rows.map(({ line, columns }) => [line, columns])).toEqual([
      [1, { N: 1e7, D: 1e9, loss: 3.5 }],
      [2, { N: 1.2e9, D: 2.1e10, loss: 2.5 }],
    ]);
    expect(found.excluded.map(({ line, words }) => [line, words])).toEqual([
      [3, "N (params) is empty"],
      [4, "D (tokens) is NaN"],
    ]);
  });

  it("has 64-bit integers as doubles, structures by their path, times as text", async () => {
    const found = await readRows(join(files, "runs-snappy.parquet"), {
      map: "N=params,C=6*params*tokens,loss=final_loss",
      where: "lr < 0.25 and optimizer == 'adam'",
    });
    expect(found.columns).toEqual([
      "params",
      "tokens",
      "final_loss",
      "optimizer",
      "tied",
      "started",
      "config.lr",
      "config.sizes",
      "config",
    ]);
    expect(found.rows[1]?.columns["C"]).toBe(1.512e20);
    expect(found.rows[1]?.cells.slice(3)).toEqual(["adam", false, "2023-11-14T22:13:20.000Z", 0.2, "[]"]);
    expect(found.excluded.map(({ reason }) => reason)).toEqual(["where", "where"]);
  });

  it("that is damaged is refused by name", async () => {
    await writeFile(join(folder, "cut.parquet"), "PAR1 and then nothing of the kind");
    await expect(readRows(join(folder, "cut.parquet"))).rejects.toMatchObject({ kind: "input", code: "RUN_TABLE_INVALID" });
  });
});

describe("an Optuna database", () => {
  const database = join(files, "optuna.db");

  it("has trials as runs, with parameters, attributes and the values of categories", async () => {
    const before = await readdir(files);
    const found = await readRows(database, { map: "loss=value", where: "study == 'width'" });
    expect(found.report).toMatchObject({ format: "optuna", place: "trial", read: 6, kept: 2 });
    const cell = (line: number, column: string) => found.rows.find((row) => row.line === line)?.cells[found.columns.indexOf(column)];
    expect(found.rows.map(({ line, columns }) => [line, columns])).toEqual([
      [1, { N: 1e7, D: 2.1e10, loss: 3.5 }],
      [2, { N: 1.2e9, D: 2.1e10, loss: 2.5 }],
    ]);
    expect(
      ["params.lr", "params.layers", "params.optimizer", "user_attrs.data.name", "user_attrs.tied", "last_step"].map((column) =>
        cell(2, column),
      ),
    ).toEqual([0.02, 4, "adam", "web", true, 2]);
    expect(found.excluded.map(({ label, reason, words }) => [label, reason, words])).toEqual([
      ["width 2", "unfinished", "its state is pruned"],
      ["width 3", "unfinished", "its state is fail"],
      ["width 4", "infinite", "loss (value) is infinite"],
      ["two-objectives 0", "where", "not study == 'width'"],
    ]);
    // Nothing is left beside the user's database.
    expect(await readdir(files)).toEqual(before);
  });

  it("has a column for each of several objectives", async () => {
    const found = await readRows(database, { map: "loss=values.1", where: "study == 'two-objectives'" });
    expect(found.rows.map(({ columns }) => columns["loss"])).toEqual([12]);
  });

  it("in write-ahead mode is read where its log is empty, and refused where changes are in it", async () => {
    const bytes = await readFile(database);
    bytes.fill(2, 18, 20);
    await writeFile(join(folder, "wal.db"), bytes);
    expect((await readRows(join(folder, "wal.db"), { map: "loss=value", where: "number == 0" })).rows).toHaveLength(1);
    await writeFile(join(folder, "wal.db-wal"), "changes");
    await expect(readRows(join(folder, "wal.db"))).rejects.toMatchObject({
      message: expect.stringContaining("PRAGMA wal_checkpoint") as unknown,
    });
  });

  it("another SQLite database is refused by name", async () => {
    await writeFile(join(folder, "other.db"), Uint8Array.from([...Buffer.from("SQLite format 3\0"), ...new Uint8Array(84)]));
    await expect(readRows(join(folder, "other.db"))).rejects.toMatchObject({ kind: "input", code: "RUN_TABLE_INVALID" });
  });
});
