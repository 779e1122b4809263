import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import type { Cell } from "../../analysis/expressions/cell.ts";
import type { SourceRecord } from "../../analysis/rows/run-table.ts";
import { ColumnCollector } from "./column-collector.ts";
import { type RunSource, type RunTableFormat, runTableInvalid } from "./run-table-format.ts";
import { readEvent } from "./tensorboard-event.ts";
import { readTfRecords } from "./tf-records.ts";

const eventFilePattern = /\.tfevents\./;

/**
 * Logs of TensorBoard: a folder with event files is a run. Columns are the last value of each scalar under its tag, `step`, and
 * hyperparameters of the HParams plugin as `hparams.lr`.
 */
export const tensorboardFormat: RunTableFormat = {
  id: "tensorboard",
  reads: "TensorBoard event files: a file, or a folder whose subfolders are runs",
  detect: async (source) =>
    source.isFolder ? (await findEventFiles(source.path)).length > 0 : eventFilePattern.test(basename(source.path)),
  read: async (source) => {
    const files = source.isFolder ? await findEventFiles(source.path) : [source.path];
    if (files.length === 0) throw runTableInvalid(source.name, "no file in it is called *.tfevents.*");
    const folders = [...new Set(files.map((file) => dirname(file)))].sort();
    const collector = new ColumnCollector();
    const notes: string[] = [];
    const records: SourceRecord[] = [];
    for (const [index, folder] of folders.entries()) {
      const run = await readRun(files.filter((file) => dirname(file) === folder));
      const label = runName(source, folder);
      if (run.cut > 0) notes.push(`${label}: its event file ends within a record, as that of a run does that was killed or still trains`);
      // A protocol buffer's map has no order of its own.
      const hyperparameters = [...run.hyperparameters].sort(([left], [right]) => (left < right ? -1 : 1));
      records.push({
        line: index + 1,
        label,
        cells: collector.cells([["run", label], ["step", run.step], ...hyperparameters, ...run.scalars]),
        ...(run.damaged === undefined ? {} : { unreadable: `${run.damaged} is damaged: a checksum does not match` }),
        ...(run.ended === undefined || run.ended === "success" ? {} : { unfinished: `its session is marked ${run.ended}` }),
      });
    }
    const { columns } = collector;
    // Tags are outcomes; the hyperparameters and nothing else are the design.
    const outcomeColumns = columns.filter((column) => !column.startsWith("hparams."));
    return { format: "tensorboard", place: "run", columns, outcomeColumns, records, notes };
  },
};

interface EventRun {
  readonly step: number | null;
  readonly scalars: ReadonlyMap<string, number>;
  readonly hyperparameters: ReadonlyMap<string, Cell>;
  readonly ended?: "success" | "failure" | "running";
  readonly damaged?: string;
  /** Files that end within a record. */
  readonly cut: number;
}

/** Files of a folder in the order of their names, which hold the time: a resumed run goes on in a new one. The last value wins. */
async function readRun(files: readonly string[]): Promise<EventRun> {
  let step: number | null = null;
  let ended: EventRun["ended"];
  let damaged: string | undefined;
  let cut = 0;
  const scalars = new Map<string, number>();
  const hyperparameters = new Map<string, Cell>();
  for (const file of [...files].sort()) {
    const { records, end } = readTfRecords(await readFile(file));
    if (end === "damaged") damaged = basename(file);
    if (end === "cut") cut += 1;
    try {
      for (const record of records) {
        const event = readEvent(record);
        if (event.scalars.length > 0) step = Math.max(step ?? 0, event.step);
        for (const { tag, value } of event.scalars) scalars.set(tag, value);
        for (const [name, cell] of event.hyperparameters) hyperparameters.set(`hparams.${name}`, cell);
        ended = event.ended ?? ended;
      }
    } catch {
      // The checksum matches, so the writer wrote something else than events: nothing of it can be trusted.
      damaged = basename(file);
    }
  }
  return { step, scalars, hyperparameters, cut, ...(ended === undefined ? {} : { ended }), ...(damaged === undefined ? {} : { damaged }) };
}

async function findEventFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && eventFilePattern.test(entry.name)).map((entry) => join(entry.parentPath, entry.name));
}

function runName(source: RunSource, folder: string): string {
  const path = source.isFolder ? relative(source.path, folder) : "";
  return path === "" ? basename(folder) : path;
}
