import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readRows, type RowRequest } from "../../../infra/run-tables/read-rows.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-rows-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(lines: readonly string[], request: RowRequest = {}, name = "runs.csv") {
  const path = join(folder, name);
  await writeFile(path, `${lines.join("\n")}\n`);
  return readRows(path, request);
}
const why = ({ excluded }: Awaited<ReturnType<typeof read>>) => excluded.map(({ line, reason, words }) => [line, reason, words]);

describe("records of a file", () => {
  it("are rows or exclusions, every one of them, with line and reason", async () => {
    const found = await read([
      "N,D,loss",
      "1e7,1e9,3.5",
      ",1e9,3.5",
      "1e7,NaN,3.5",
      "1e7,1e9,inf",
      "1e7,1e9,diverged",
      "0,1e9,3.5",
      "1e7,1e9,-3.5",
      "1e7,1e9",
      "1e7,1e9,3.5,4",
      "2e7,1e9,3.25",
    ]);
    expect(found.rows.map(({ line, columns }) => [line, columns])).toEqual([
      [2, { N: 1e7, D: 1e9, loss: 3.5 }],
      [11, { N: 2e7, D: 1e9, loss: 3.25 }],
    ]);
    expect(why(found)).toEqual([
      [3, "missing", "N is empty"],
      [4, "nan", "D is NaN"],
      [5, "infinite", "loss is infinite"],
      [6, "notANumber", 'loss is no number: "diverged"'],
      [7, "nonPositive", "N is 0: it must be above 0"],
      [8, "nonPositive", "loss is -3.5: it must be above 0"],
      [9, "unreadable", "the line has 2 cells, the header 3"],
      [10, "unreadable", "the line has 4 cells, the header 3"],
    ]);
    expect(found.report).toMatchObject({
      read: 10,
      kept: 2,
      excludedByReason: { missing: 1, nan: 1, infinite: 1, notANumber: 1, nonPositive: 2, unreadable: 2 },
    });
  });

  it("say which column of an expression is at fault, and what an expression itself made infinite", async () => {
    const found = await read(["steps,batch,N,loss", "10,,1,3", "10,x,1,3", "10,0,1,3", "10,4,1,3"], {
      map: "D=steps*batch,epochs=steps/batch",
    });
    expect(why(found)).toEqual([
      [2, "missing", "D = steps*batch: batch is empty"],
      [3, "notANumber", 'D = steps*batch: batch is no number: "x"'],
      [4, "nonPositive", "D is 0: it must be above 0"],
    ]);
    expect(found.rows[0]?.columns).toEqual({ N: 1, D: 40, loss: 3, epochs: 2.5 });
    expect(why(await read(["N,a,loss", "1,0,3"], { map: "ratio=N/a" }))).toEqual([[2, "infinite", "ratio = N/a is infinite"]]);
    expect(why(await read(["N,a,loss", "1,-1,3"], { map: "ratio=ln(a)" }))).toEqual([[2, "nan", "ratio = ln(a) is NaN"]]);
  });

  it("keep 0 and negative values of variables that are no size and no loss", async () => {
    const found = await read(["N,decay,loss", "1,0,3", "2,-1,3"], { map: "weightDecay=decay" });
    expect(found.rows.map(({ columns }) => columns["weightDecay"])).toEqual([0, -1]);
  });

  it("hold 6 N D as a double where it does not fit a 64-bit integer", async () => {
    const found = await read(["N,D,C,loss", "1200000000,21000000000,151200000000000000000,2.5"]);
    expect(found.rows[0]?.columns).toEqual({ N: 1.2e9, D: 2.1e10, C: 1.512e20, loss: 2.5 });
    expect(found.report.computeOverSixND).toEqual({ smallest: 1, largest: 1 });
    expect(Number.isSafeInteger(found.rows[0]?.columns["C"])).toBe(false);
  });

  it("are left out by a condition on any column, and the condition is named", async () => {
    const lines = ["model,N,loss", "a,1,3", "b,2,2.5", "a,3,"];
    const found = await read(lines, { where: "model == 'a'" });
    expect(why(found)).toEqual([
      [3, "where", "not model == 'a'"],
      [4, "missing", "loss is empty"],
    ]);
    await expect(read(lines, { where: "modl == 'a'" })).rejects.toMatchObject({
      code: "COLUMN_UNKNOWN",
      message: '--where: runs.csv has no column "modl"',
      hint: "did you mean model?",
    });
  });

  it("that are optional for a caller are null", async () => {
    const found = await read(["N,D,loss", "1,,3", ",1,3"], { needed: ["N", "loss"] });
    expect(found.rows.map(({ columns }) => columns)).toEqual([{ N: 1, D: null, loss: 3 }]);
    expect(why(found)).toEqual([[3, "missing", "N is empty"]]);
  });
});

describe("rows of one design", () => {
  const repeated = ["N,D,loss", "1,1,3", "2,1,2.5", "1,1,3.1", "2,1,2.5", "3,1,2"];

  it("are duplicates with the same loss and contradictory with another: none of these is kept", async () => {
    const found = await read(repeated);
    expect(found.rows.map(({ line }) => line)).toEqual([3, 6]);
    expect(why(found)).toEqual([
      [2, "contradictory", "the same N, D as line 4 with another loss, 3 against 3.1, and no seed"],
      [4, "contradictory", "the same N, D as line 2 with another loss, 3.1 against 3, and no seed"],
      [5, "duplicate", "the same as line 3"],
    ]);
  });

  it("are all kept as reruns when the user says so, with a warning", async () => {
    const found = await read(repeated, { keepRepeated: true });
    expect(found.rows).toHaveLength(5);
    expect(found.report.warnings.join()).toContain("4 rows repeat or contradict another one and are kept");
  });

  it("are seeds where a column says so: reruns are no contradiction", async () => {
    const found = await read(["N,loss,seed", "1,3,1", "1,3.1,2", "1,3.2,2"]);
    expect(found.rows.map(({ line, seed }) => [line, seed])).toEqual([[2, "1"]]);
    expect(why(found).map(([line, reason]) => [line, reason])).toEqual([
      [3, "contradictory"],
      [4, "contradictory"],
    ]);
    expect(found.excluded[0]?.words).toContain("and the same seed");
    const mapped = await read(["N,loss,run_seed", "1,3,1", "1,3.1,2"], { map: "seed=run_seed" });
    expect(mapped.rows.map(({ seed }) => seed)).toEqual(["1", "2"]);
    expect(mapped.report).toMatchObject({ seedColumn: "run_seed", variables: [{ name: "N" }, { name: "loss" }] });
    expect(mapped.report.warnings.join()).not.toContain("apart");
  });

  it("that an unmapped column tells apart are kept, and the column is named", async () => {
    const found = await read(["N,loss,lr", "1,3,0.1", "1,3.1,0.2", "2,2,0.1"]);
    expect(found.rows).toHaveLength(3);
    expect(found.report.warnings[1]).toBe(
      "2 rows share N with a row of another loss, and only the column lr tells them apart: map what differs, or choose with --where",
    );
  });

  it("are not told apart by an index that was written along, or by a number written otherwise", async () => {
    expect(why(await read([",N,loss", "0,1,3", "1,1.0,3.0"]))).toEqual([[3, "duplicate", "the same as line 2"]]);
  });
});

describe("clusters and counting", () => {
  it("rows carry the value of the cluster column; an empty one is a cluster of its own", async () => {
    const found = await read(["model,N,loss", "a,1,3", "a,2,2.9", ",3,2.8"], { cluster: "model", counting: "total" });
    expect(found.rows.map(({ cluster }) => cluster)).toEqual(["a", "a", null]);
    expect(found.report).toMatchObject({
      clusters: 2,
      clusterColumn: "model",
      counting: "total",
      warnings: ["1 row has no model: a cluster of its own each"],
    });
    await expect(read(["N,loss", "1,3"], { cluster: "model" })).rejects.toMatchObject({ code: "COLUMN_UNKNOWN" });
  });

  it("warns when nobody says what N counts, and only where there is an N", async () => {
    expect((await read(["N,loss", "1,3"])).report).toMatchObject({
      counting: "unknown",
      warnings: ["what N counts is not known: --counting total, or --counting non-embedding; exponents differ between the two"],
    });
    expect((await read(["D,loss", "1,3"])).report.warnings).toEqual([]);
  });
});

describe("the content hash", () => {
  const lines = ["N,loss", "1,3", "2,2.5"];
  it("is that of the rows and of what was asked, not of the file's name, layout or notation", async () => {
    const { contentHash } = await read(lines);
    expect(contentHash).toMatch(/^[0-9a-f]{64}$/);
    expect((await read(lines, {}, "copy.csv")).contentHash).toBe(contentHash);
    for (const [changed, request] of [
      [["N,loss", "1,3", "2,2.25"], {}],
      [["N,loss", "2,2.5", "1,3"], {}],
      [[...lines, "3,"], {}],
      [lines, { counting: "total" }],
      [lines, { cluster: "N" }],
      [lines, { map: "D=N*20" }],
    ] satisfies [string[], RowRequest][])
      expect((await read(changed, request)).contentHash).not.toBe(contentHash);
  });
});

describe("a source that is not there or not of a kind", () => {
  it("is named", async () => {
    await expect(readRows(join(folder, "none.csv"))).rejects.toMatchObject({ kind: "missing", code: "FILE_NOT_FOUND" });
    await writeFile(join(folder, "image.png"), Uint8Array.from([0x89, 0x50, 0, 0, 1]));
    await expect(readRows(join(folder, "image.png"))).rejects.toMatchObject({ kind: "input", code: "FORMAT_UNKNOWN" });
    await expect(readRows(join(folder, "image.png"), { readAs: "csw" })).rejects.toMatchObject({
      code: "FORMAT_UNKNOWN",
      hint: "did you mean csv?",
    });
    await expect(read([""], {}, "empty.csv")).rejects.toMatchObject({ code: "RUN_TABLE_INVALID" });
  });
});
