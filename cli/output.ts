import type { Colors } from "picocolors/types.js";
import pc from "picocolors";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { type Column, renderTable } from "./table.ts";

export const outputFormats = ["table", "json", "jsonl", "csv", "name"] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** Where an Output writes and what it knows of its terminal. Tests pass strings and fixed widths. */
export interface OutputStreams {
  readonly writeOut: (text: string) => void;
  readonly writeError: (text: string) => void;
  /** Width of the terminal in characters; 80 where there is none. */
  readonly columns: number;
  /** True when both standard output and standard input are terminals. */
  readonly isTerminal: boolean;
  readonly color: boolean;
  /** Asks a yes-or-no question on the terminal; only called when `isTerminal`. */
  readonly ask: (question: string) => Promise<boolean>;
}

/** Rows for every format: a table for people, whole objects for programs. */
export interface RowsToPrint<Row> {
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** What `-o name` prints of a row. */
  readonly name: (row: Row) => string;
  /** The object of `json` and `jsonl`; the row itself when left out. */
  readonly json?: (row: Row) => unknown;
  /** Printed instead of an empty table. */
  readonly whenEmpty: string;
}

/** One thing for every format. `csv` and `name` exist only where they are given. */
export interface DocumentToPrint {
  readonly json: unknown;
  readonly text: () => string;
  readonly name?: string;
  readonly csv?: () => string;
}

/**
 * Results go to standard output, everything said on the way to standard error, so that a pipe holds results only. In
 * `json`, `jsonl`, `csv` and `name` nothing else than the result is ever printed to standard output.
 */
export class Output {
  readonly format: OutputFormat;
  readonly columns: number;
  readonly colors: Colors;
  /** True when a person is looking: live views and questions are allowed. */
  readonly interactive: boolean;
  readonly #streams: OutputStreams;

  constructor(streams: OutputStreams, format: OutputFormat) {
    this.#streams = streams;
    this.format = format;
    this.columns = Math.max(40, streams.columns);
    this.colors = pc.createColors(streams.color);
    this.interactive = streams.isTerminal && format === "table";
  }

  /** A line (or several) on standard output. */
  print(text: string): void {
    this.#streams.writeOut(text.endsWith("\n") ? text : `${text}\n`);
  }

  /** Text on standard output as it is, without a line end of its own (logs). */
  write(text: string): void {
    this.#streams.writeOut(text);
  }

  /** A line on standard error: what is being done, what was noticed. Never part of a result. */
  note(text: string): void {
    this.#streams.writeError(text.endsWith("\n") ? text : `${text}\n`);
  }

  /** A table as text, fitted to this terminal. */
  table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
    return renderTable(columns, rows, this.columns);
  }

  /** Prints rows in the chosen format. */
  rows<Row>({ columns, rows, name, json = (row) => row, whenEmpty }: RowsToPrint<Row>): void {
    switch (this.format) {
      case "table":
        this.print(rows.length === 0 ? whenEmpty : this.table(columns, rows));
        return;
      case "json":
        this.print(JSON.stringify(rows.map(json), null, 2));
        return;
      case "jsonl":
        for (const row of rows) this.print(JSON.stringify(json(row)));
        return;
      case "csv":
        this.print(
          [columns.map((column) => csvCell(column.header)), ...rows.map((row) => columns.map((column) => csvCell(column.value(row))))]
            .map((cells) => cells.join(","))
            .join("\n"),
        );
        return;
      case "name":
        for (const row of rows) this.print(name(row));
        return;
    }
  }

  /** Prints one thing in the chosen format. @throws LadderError input FORMAT_UNSUPPORTED where it has no such form */
  document({ json, text, name, csv }: DocumentToPrint): void {
    switch (this.format) {
      case "table":
        this.print(text());
        return;
      case "json":
        this.print(JSON.stringify(json, null, 2));
        return;
      case "jsonl":
        this.print(JSON.stringify(json));
        return;
      case "csv":
        if (csv === undefined) throw unsupportedFormat("csv");
        this.print(csv());
        return;
      case "name":
        if (name === undefined) throw unsupportedFormat("name");
        this.print(name);
        return;
    }
  }

  /**
   * Asks before something that cannot be taken back.
   *
   * @param flag the option that says yes beforehand, for example `--yes`
   * @throws LadderError input CONFIRMATION_NEEDED where nobody can be asked, CONFIRMATION_REFUSED when the answer is no
   */
  async confirm(question: string, { given, flag }: { readonly given: boolean; readonly flag: string }): Promise<void> {
    if (given) return;
    if (!this.interactive) {
      throw new LadderError("input", "CONFIRMATION_NEEDED", `not done, because this needs a yes: ${question}`, {
        hint: `pass ${flag} to confirm`,
      });
    }
    if (!(await this.#streams.ask(question))) throw new LadderError("input", "CONFIRMATION_REFUSED", "not done: you said no");
  }
}

function csvCell(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function unsupportedFormat(format: OutputFormat): LadderError {
  return new LadderError("input", "FORMAT_UNSUPPORTED", `this command has no ${format} form`, {
    hint: "use -o table, -o json or -o jsonl",
  });
}
