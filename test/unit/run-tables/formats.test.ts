import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseCsv } from "../../../infra/run-tables/csv.ts";
import { parseLooseJson } from "../../../infra/run-tables/loose-json.ts";
import { readRows, type RowRequest } from "../../../infra/run-tables/read-rows.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "ladder-formats-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(name: string, content: string | Uint8Array, request: RowRequest = {}) {
  await writeFile(join(folder, name), content);
  return readRows(join(folder, name), request);
}
const summary = ({ report, rows, excluded }: Awaited<ReturnType<typeof read>>) => ({
  format: report.format,
  rows: rows.map(({ line, columns }) => [line, ...Object.values(columns)]),
  excluded: excluded.map(({ line, words }) => [line, words]),
});

describe("CSV", () => {
  it("has quoted cells with separators, line ends and quotes, and lines are those of the file", () => {
    const table = parseCsv('name,note,loss\r\n"a, b","first\nsecond",3\r\n\r\n"say ""hi""",,2\r\n', "runs.csv");
    expect(table.columns).toEqual(["name", "note", "loss"]);
    expect(table.records).toEqual([
      { line: 2, cells: ["a, b", "first\nsecond", "3"] },
      { line: 5, cells: ['say "hi"', "", "2"] },
    ]);
  });

  it.each([
    ["semicolons", "N;loss\n1;3\n"],
    ["tabs", "N\tloss\n1\t3\n"],
    ["a byte-order mark", "\uFEFFN,loss\n1,3\n"],
    ["old line ends", "N,loss\r1,3\r"],
    ["no line end at the end", "N,loss\n1,3"],
    ["spaces around", " N , loss \n 1 , 3 \n"],
    ["an empty cell more", "N,loss\n1,3,\n"],
  ])("with %s", async (_what, text) => {
    expect(summary(await read("a.csv", text))).toEqual({ format: "csv", rows: [[2, 1, 3]], excluded: [] });
  });

  it("in UTF-16, as spreadsheets write it", async () => {
    expect(summary(await read("a.txt", Buffer.from("\uFEFFN\tloss\n1\t3\n", "utf16le"))).rows).toEqual([[2, 1, 3]]);
  });

  it("with a quote that is never closed loses no row in silence", async () => {
    const found = await read("a.csv", 'N,loss\n1,3\n"2,3\n3,3\n');
    expect(summary(found).excluded).toEqual([[3, "a quote is opened in line 3 and never closed: the file ends in it, at line 5"]]);
  });

  it("with two columns of one name is refused", () => {
    expect(() => parseCsv("N,loss,loss\n1,2,3\n", "runs.csv")).toThrow(
      expect.objectContaining({ code: "RUN_TABLE_INVALID", message: 'runs.csv: two of its columns are called "loss": rename one' }),
    );
  });
});

describe("JSON lines", () => {
  it("has nested members by their path, numbers that are none, and broken lines with their reason", async () => {
    const lines = [
      '{"config": {"params": 1e7}, "D": 12345678901234567890, "loss": 3.5}',
      '{"config": {"params": 2e7}, "D": 2, "loss": NaN}',
      "",
      '{"config": {"params": 3e7}, "D": 2, "loss": 3',
      "[1, 2]",
      '{"config": {}, "D": 2, "loss": "3.25"}',
      '{"config": {"params": "4e7"}, "D": "2", "loss": -Infinity}',
      '{"loss": 2.5, "config": {"params": 5e7}, "D": 2, "tags": ["a"]}',
    ];
    const found = await read("runs.jsonl", lines.join("\n"), { map: "N=params" });
    expect(summary(found)).toEqual({
      format: "jsonl",
      rows: [
        [1, 1e7, 12345678901234567890, 3.5],
        [8, 5e7, 2, 2.5],
      ],
      excluded: [
        [2, "loss is NaN"],
        [4, "the line is no JSON"],
        [5, "it is no JSON object"],
        [6, "N (config.params) is empty"],
        [7, "loss is infinite"],
      ],
    });
    expect(found.columns).toEqual(["config.params", "D", "loss", "tags"]);
  });

  it("is also one list, or one object over many lines", async () => {
    expect(summary(await read("a.json", '[{"N": 1, "loss": 3},\n {"N": 2, "loss": NaN}, 7]'))).toEqual({
      format: "jsonl",
      rows: [[1, 1, 3]],
      excluded: [
        [2, "loss is NaN"],
        [3, "it is no JSON object"],
      ],
    });
    expect(summary(await read("a.json", '{\n  "N": 1,\n  "loss": 3\n}\n')).rows).toEqual([[1, 1, 3]]);
    await expect(read("a.json", '[{"N": 1,')).rejects.toMatchObject({ code: "RUN_TABLE_INVALID" });
    await expect(read("a.jsonl", "nothing\nof this\n")).rejects.toMatchObject({ code: "RUN_TABLE_INVALID" });
  });

  it("may name a column like a member that every object inherits", async () => {
    expect(
      summary(await read("a.jsonl", '{"N":1,"loss":3,"constructor":5}\n{"N":2,"loss":3}\n', { map: "B=constructor" })).excluded,
    ).toEqual([[2, "B (constructor) is empty"]]);
  });
});

describe("dictionaries as Python writes them", () => {
  it.each<[string, unknown]>([
    ["{'lr': 0.1, 'a': None, 'b': True, 'c': False}", { lr: 0.1, a: null, b: true, c: false }],
    [`{'it\\'s': "she said 'nan'", 'x': nan, 'y': -inf}`, { "it's": "she said 'nan'", x: "NaN", y: "-Infinity" }],
    ["{'t': (1, 2,), 'l': [1e-05], 'n': {'k': 'v'},}", { t: [1, 2], l: [1e-5], n: { k: "v" } }],
    ['{"NaN": NaN, "text": "a NaN (b)"}', { NaN: "NaN", text: "a NaN (b)" }],
    ["{'a': <object at 0x1>}", undefined],
    ["nonsense", undefined],
  ])("%s", (text, expected) => {
    expect(parseLooseJson(text)).toEqual(expected);
  });
});

describe("Weights & Biases", () => {
  it("the runs table of the page: names are labels, and runs that did not finish are told", async () => {
    const text = [
      '"Name","State","Notes","User","Tags","Created","Runtime","Sweep","lr","N","loss"',
      '"brisk-sun-1","finished","-","me","","2026-01-01","100","","0.1","1e7","3.5"',
      '"dark-moon-2","crashed","-","me","","2026-01-02","50","","0.1","2e7","4.5"',
      '"dark-moon-3","running","-","me","","2026-01-02","50","","0.1","3e7","4.5"',
      '"same-again-4","finished","","me","","2026-01-03","99","","0.1","1e7","3.5"',
    ].join("\n");
    const found = await read("wandb.csv", text);
    expect(summary(found)).toEqual({
      format: "wandb",
      rows: [[2, 1e7, 3.5]],
      excluded: [
        [3, "its state is crashed"],
        [4, "its state is running"],
        [5, "the same as line 2"],
      ],
    });
    expect(found.excluded[0]?.label).toBe("dark-moon-2");
    expect((await read("wandb.csv", text, { keepUnfinished: true })).rows).toHaveLength(3);
  });

  it("the data frame of the API's own example: summary and config are Python dictionaries", async () => {
    const found = await read(
      "project.csv",
      [
        ",summary,config,name",
        `0,"{'_runtime': 12, 'eval/loss': 3.5, '_wandb': {'runtime': 12}}","{'lr': 0.1, 'params': 10000000, 'tokens': 2e8, 'opt': None}",brisk-sun-1`,
        `1,"{'_runtime': 13, 'eval/loss': nan}","{'lr': 0.2, 'params': 10000000, 'tokens': 2e8}",dark-moon-2`,
        `2,"{'_runtime': 13, 'eval/loss': 3","{'lr': 0.2}",cut-3`,
        `3,"{'_runtime': 99, 'eval/loss': 3.5}","{'lr': 0.1, 'params': 10000000, 'tokens': 2e8}",again-4`,
      ].join("\n"),
      { map: "N=params,D=tokens,loss=`eval/loss`" },
    );
    expect(summary(found)).toEqual({
      format: "wandb",
      rows: [[2, 1e7, 2e8, 3.5]],
      excluded: [
        [3, "loss (summary.eval/loss) is NaN"],
        [4, "summary is neither JSON nor a Python dictionary"],
        [5, "the same as line 2"],
      ],
    });
    expect(found.columns).toContain("config.lr");
    expect(found.columns.some((column) => column.includes("_wandb"))).toBe(false);
  });

  it("run objects as JSON: stored configs with value and desc, summaries as text", async () => {
    const runs = [
      { name: "a", state: "finished", config: { params: { value: 1e7, desc: null }, _wandb: { value: {} } }, summary: { loss: 3.5 } },
      { name: "b", state: "finished", config: JSON.stringify({ params: { value: 2e7 } }), summaryMetrics: JSON.stringify({ loss: 3.25 }) },
      { name: "c", state: "failed", config: {}, summary: {} },
      { name: "d", state: "finished", config: { params: 1e7 }, summary: { loss: 3.75 } },
    ];
    for (const [name, text] of [
      ["runs.json", JSON.stringify(runs)],
      ["runs.jsonl", runs.map((run) => JSON.stringify(run)).join("\n")],
    ] as const)
      expect(summary(await read(name, text, { map: "N=params" }))).toEqual({
        format: "wandb",
        rows: [[2, 2e7, 3.25]],
        excluded: [
          [1, expect.stringContaining("with another loss, 3.5 against 3.75")],
          [3, "its state is failed"],
          [4, expect.stringContaining("with another loss, 3.75 against 3.5")],
        ],
      });
  });
});

describe("TensorBoard", () => {
  const logs = join(import.meta.dirname, "files/tensorboard");
  const map = "N=params,D=tokens,loss=loss/eval";

  it("a folder of runs: the last value of each scalar and the hyperparameters, whichever way they were written", async () => {
    const found = await readRows(logs, { map });
    expect(found.report).toMatchObject({ format: "tensorboard", place: "run", read: 6, kept: 3 });
    const parameters = ["lr", "optimizer", "params", "tied", "tokens"].map((name) => `hparams.${name}`);
    expect(found.columns).toEqual(["run", "step", ...parameters, "loss/eval"]);
    expect(found.rows.map(({ columns, cells }) => [cells[0], cells[1], ...Object.values(columns)])).toEqual([
      ["killed", 20, 4e7, 2.1e10, 3.5],
      ["large", 3_000_000_000, 1.2e9, 2.1e10, 2.5],
      ["small/lr-0.01", 20, 1e7, 2.1e10, 3.25],
    ]);
    expect(found.rows[1]?.cells.slice(2, 6)).toEqual([0.001, "adam", 1.2e9, true]);
    expect(found.excluded.map(({ label, reason, words }) => [label, reason, words])).toEqual([
      ["damaged", "unreadable", "events.out.tfevents.1700000000.host is damaged: a checksum does not match"],
      ["failed", "unfinished", "its session is marked failure"],
      ["small/lr-0.1", "nan", "loss (loss/eval) is NaN"],
    ]);
    expect(found.report.warnings[0]).toContain("killed: its event file ends within a record");
  });

  it("one event file", async () => {
    const found = await readRows(join(logs, "large/events.out.tfevents.1700000000.host"), { map, where: "optimizer == 'adam' and tied" });
    expect(found.rows.map(({ columns }) => columns)).toEqual([{ N: 1.2e9, D: 2.1e10, loss: 2.5 }]);
  });

  it("a folder without event files is of no format", async () => {
    await expect(readRows(folder)).rejects.toMatchObject({ code: "FORMAT_UNKNOWN" });
    await expect(readRows(folder, { readAs: "tensorboard" })).rejects.toMatchObject({ code: "RUN_TABLE_INVALID" });
  });
});
