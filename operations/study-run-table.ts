import { z } from "zod";
import type { Counting } from "../analysis/study/counting.ts";
import type { Cell } from "../analysis/expressions/cell.ts";
import type { RunTable, SourceRecord } from "../analysis/rows/run-table.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { scaleAxes } from "../analysis/study/scale.ts";
import type { TrialRunResult } from "../analysis/study/trial.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { type ImportedRow, listRowImports, readImportedRows, type RowImport } from "../infra/postgres/imported-rows.ts";
import { studyResults } from "../infra/postgres/results.ts";
import { parseStored } from "../infra/postgres/stored-json.ts";
import { getStudy, type Study } from "../infra/postgres/studies.ts";

/** All that a study has measured, as a table: runs that Ladder trained, then rows that were imported. */
export interface StudyRunTable {
  readonly table: RunTable;
  /** Id of the study; null where it holds imported rows alone. */
  readonly studyId: string | null;
  readonly counting: Counting;
  /** Key of the run behind each record by its line; imported ones have none. */
  readonly runKeys: ReadonlyMap<number, string>;
}

/** Columns that tell what came out and where from. */
const outcomeColumns = ["run", "state", "loss"];
const derivedColumns = ["parameterCountTotal", "parameterCountNonEmbedding", "trainingFlops"] as const;

/**
 * The runs of a study. N counts as asked; left out, as its imports count, else all parameters. Runs that did not finish are there, with
 * their state, so that whoever reads the table can say what was left out.
 *
 * @throws LadderError `missing` STUDY_NOT_FOUND when it has neither runs nor imported rows; `conflict` COUNTING_DIFFERS when N of its imported
 *   rows counts something else than asked
 */
export async function studyRunTable(db: LadderDatabase, name: string, asked: Counting | undefined): Promise<StudyRunTable> {
  const imports = (await listRowImports(db, name)).filter(({ replacedBy }) => replacedBy === null);
  const study = await findStudy(db, name, imports.length > 0);
  const results = study === null ? [] : await studyResults(db, study.id);
  const imported = await readImportedRows(db, name);
  const counting = chooseCounting(imports, asked, name);
  const own = results.map((result) => ownCells(result, counting));
  const others = otherColumns(imports);
  const foreign = imported.map((row) => importedCells(row, others));
  const columns = [...new Set([...outcomeColumns, ...[...own, ...foreign].flatMap((cells) => Object.keys(cells))])];
  const records: SourceRecord[] = [
    ...results.map((result, index) => ({
      line: index + 1,
      label: `run ${result.runKey.slice(0, 12)}`,
      cells: columns.map((column) => own[index]?.[column] ?? null),
      ...(result.state === "finished" ? {} : { unfinished: result.state }),
    })),
    ...imported.map((row, index) => ({
      line: results.length + index + 1,
      label: `${row.importId} line ${row.line}`,
      cells: columns.map((column) => foreign[index]?.[column] ?? null),
    })),
  ];
  return {
    table: { format: "study", place: "run", columns, outcomeColumns, records, notes: [] },
    studyId: study?.id ?? null,
    counting,
    runKeys: new Map(results.map(({ runKey }, index) => [index + 1, runKey])),
  };
}

async function findStudy(db: LadderDatabase, name: string, hasImports: boolean): Promise<Study | null> {
  try {
    return await getStudy(db, name);
  } catch (error) {
    if (hasImports && error instanceof LadderError && error.code === "STUDY_NOT_FOUND") return null;
    throw error;
  }
}

function chooseCounting(imports: readonly RowImport[], asked: Counting | undefined, study: string): Counting {
  const there = imports[0]?.counting;
  if (asked === undefined || there === undefined || there === "unknown" || there === asked) return asked ?? there ?? "total";
  throw new LadderError("conflict", "COUNTING_DIFFERS", `N of the imported rows of study ${study} counts ${there}, not ${asked}`, {
    fields: { study, counting: asked, there },
    hint: `--counting ${there}, or import the rows again with the other count of parameters`,
  });
}

function ownCells(result: TrialRunResult, counting: Counting): Readonly<Record<string, Cell>> {
  const { scale, hyperparameters } = result;
  return {
    run: result.runKey,
    state: result.state,
    parametrization: result.parametrization,
    N: counting === "non-embedding" ? scale.parameterCountNonEmbedding : scale.parameterCountTotal,
    D: scale.tokenHorizon,
    C: scale.trainingFlops,
    loss: result.loss,
    ...Object.fromEntries([...scaleAxes, ...derivedColumns].map((name) => [name, scale[name]])),
    ...hyperparameters,
    seed: result.seed,
    // A column of its own only where trunks are shared: a run is its own cluster anyway.
    ...(result.cluster === result.runKey ? {} : { cluster: result.cluster }),
  };
}

const importContentSchema = z.object({
  columns: z.array(z.string()),
  report: z.object({ variables: z.array(z.object({ from: z.string() })) }),
});

/** Columns of an import's file that no variable was read from, by the import's id: null stands for one that was. */
function otherColumns(imports: readonly RowImport[]): ReadonlyMap<string, readonly (string | null)[]> {
  return new Map(
    imports.map(({ id, content }) => {
      const { columns, report } = parseStored(importContentSchema, content, "row_imports.content");
      const read = new Set(report.variables.map(({ from }) => from));
      return [id, columns.map((name) => (read.has(name) ? null : name))];
    }),
  );
}

/** Variables of an imported row, and the other cells of its file where no variable has their name. */
function importedCells(row: ImportedRow, others: ReadonlyMap<string, readonly (string | null)[]>): Readonly<Record<string, Cell>> {
  const names = others.get(row.importId) ?? [];
  return {
    ...Object.fromEntries(names.flatMap((name, index) => (name === null ? [] : [[name, row.cells[index] ?? null]]))),
    ...row.columns,
    ...(row.seed === null ? {} : { seed: row.seed }),
    ...(row.cluster === null ? {} : { cluster: row.cluster }),
  };
}
