import { describe, expect, it } from "vitest";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import { Output, type OutputFormat } from "../../../cli/output.ts";
import { type Column, renderTable } from "../../../cli/table.ts";
import { recordingStreams } from "./recording-streams.ts";

interface Fruit {
  readonly name: string;
  readonly weight: number;
}
const fruits: readonly Fruit[] = [
  { name: "apple", weight: 150 },
  { name: 'a "very" long, long name of a fruit', weight: 9 },
];
const columns: readonly Column<Fruit>[] = [
  { header: "NAME", value: ({ name }) => name, flexible: true },
  { header: "WEIGHT", value: ({ weight }) => String(weight), align: "right" },
  { header: "NOTE", value: ({ weight }) => (weight > 100 ? "heavy" : "") },
];

describe("a table", () => {
  it("aligns, keeps two spaces between columns and none at the end of a line", () => {
    expect(renderTable(columns, fruits, 80)).toBe(
      [
        "NAME                                 WEIGHT  NOTE",
        "apple                                   150  heavy",
        'a "very" long, long name of a fruit       9',
      ].join("\n"),
    );
  });

  it("shortens flexible columns to the width of the terminal, and no others", () => {
    const lines = renderTable(columns, fruits, 30).split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(30);
    expect(lines[1]).toContain("150  heavy");
    expect(lines[2]).toContain("…");
  });
});

function print(format: OutputFormat): { readonly out: string; readonly err: string } {
  const streams = recordingStreams();
  new Output(streams, format).rows({ columns, rows: fruits, name: ({ name }) => name, whenEmpty: "No fruit." });
  return streams.read();
}

describe("printing rows", () => {
  it("gives whole objects to programs", () => {
    expect(JSON.parse(print("json").out)).toEqual(fruits);
    expect(
      print("jsonl")
        .out.trim()
        .split("\n")
        .map((line): unknown => JSON.parse(line)),
    ).toEqual(fruits);
  });

  it("quotes csv cells that need it", () => {
    expect(print("csv").out).toBe('NAME,WEIGHT,NOTE\napple,150,heavy\n"a ""very"" long, long name of a fruit",9,\n');
  });

  it("prints names alone", () => {
    expect(print("name").out).toBe('apple\na "very" long, long name of a fruit\n');
  });

  it("says what is empty, but only to people", () => {
    const streams = recordingStreams();
    new Output(streams, "table").rows({ columns, rows: [], name: ({ name }) => name, whenEmpty: "No fruit." });
    new Output(streams, "json").rows({ columns, rows: [], name: ({ name }) => name, whenEmpty: "No fruit." });
    expect(streams.read().out).toBe("No fruit.\n[]\n");
  });

  it("refuses a form that a document does not have", () => {
    expect(() => new Output(recordingStreams(), "csv").document({ json: {}, text: () => "" })).toThrow(
      expect.objectContaining({ code: "FORMAT_UNSUPPORTED", kind: "input" }),
    );
  });
});

describe("a question", () => {
  it("is not asked where nobody can answer: the flag is named instead", async () => {
    const output = new Output(recordingStreams(), "table");
    await expect(output.confirm("cancel the study?", { given: false, flag: "--yes" })).rejects.toMatchObject({
      kind: "input",
      code: "CONFIRMATION_NEEDED",
      hint: "pass --yes to confirm",
    });
    await expect(output.confirm("cancel the study?", { given: true, flag: "--yes" })).resolves.toBeUndefined();
  });

  it("is not asked with --json on a terminal either", async () => {
    const output = new Output(recordingStreams({ isTerminal: true, answer: true }), "json");
    await expect(output.confirm("sure?", { given: false, flag: "--yes" })).rejects.toBeInstanceOf(LadderError);
  });

  it("is asked on a terminal, and no means no", async () => {
    await expect(
      new Output(recordingStreams({ isTerminal: true, answer: true }), "table").confirm("sure?", { given: false, flag: "--yes" }),
    ).resolves.toBeUndefined();
    await expect(
      new Output(recordingStreams({ isTerminal: true, answer: false }), "table").confirm("sure?", { given: false, flag: "--yes" }),
    ).rejects.toMatchObject({ code: "CONFIRMATION_REFUSED" });
  });
});
