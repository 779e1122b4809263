import type { Cell } from "../expressions/cell.ts";

/** One run as a file holds it. */
export interface SourceRecord {
  /** Where it stands, counted in `RunTable.place`; no two records have the same. */
  readonly line: number;
  /** What it is called there, where it has a name: a folder, a trial. */
  readonly label?: string;
  /** In the order of `RunTable.columns`; what is beyond its end is missing. */
  readonly cells: readonly Cell[];
  /** Why its cells cannot be trusted: a broken line, a damaged file. */
  readonly unreadable?: string;
  /** Why the run did not end well, in one clause: `state crashed`. */
  readonly unfinished?: string;
}

/** A file of runs, whatever its format: what every reader of `infra/run-tables/` gives. */
export interface RunTable {
  /** Id of the format. */
  readonly format: string;
  /** What `SourceRecord.line` counts: lines of a text, records of a list, trials of a study, runs of a folder. */
  readonly place: "line" | "record" | "trial" | "run";
  /** Every column, in the order of the file. */
  readonly columns: readonly string[];
  /** Columns that tell what came out or when and by whom, not what was trained: they do not tell two designs apart. */
  readonly outcomeColumns: readonly string[];
  readonly records: readonly SourceRecord[];
  /** What the reader noticed, one sentence each. */
  readonly notes: readonly string[];
}
