import { assertBudgets } from "../analysis/fits/budget-checks.ts";
import type { Objective, ResidualScale } from "../analysis/fits/contract.ts";
import type { FitData, FitDocument } from "../analysis/fits/document/fit-document.ts";
import { rowsOf } from "../analysis/fits/document/open-fit.ts";
import { reportFitResampled } from "../analysis/fits/fit-report.ts";
import type { Law } from "../analysis/laws/contract.ts";
import { findLaw, laws } from "../analysis/laws/index.ts";
import { logBudgets } from "../analysis/fits/log-budgets.ts";
import type { RunRow } from "../analysis/rows/row.ts";
import { contentHash } from "../analysis/study/content-hash.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { insertFit } from "../infra/postgres/fits.ts";
import { bootstrapOnThreads } from "../infra/threads/bootstrap.ts";
import { type GatheredRows, gatherRows, type RowChoice, type RowSource } from "./gather-rows.ts";
import { assertStudyName } from "./import-runs.ts";
import { asJson } from "./json-value.ts";
import { ladderVersion } from "./ladder-version.ts";

export type { FitDocument, Objective };

/** What to fit to which rows, and how. */
export interface FitLawOptions extends RowChoice {
  readonly law: string;
  readonly objective: Objective;
  readonly residualScale: ResidualScale;
  readonly holdoutBudgets: number;
  readonly draws: number;
  readonly seed: number;
  /** Ends the bootstrap. */
  readonly signal?: AbortSignal;
}

/** A fit that nobody has kept yet. */
export interface FreshFit {
  readonly document: FitDocument;
  readonly studyId: string | null;
  /** Keys of the runs that went in. */
  readonly runKeys: readonly string[];
}

/** Laws for help: id and formula. */
export function lawList(): readonly { readonly id: string; readonly formula: string }[] {
  return laws.map(({ id, formula }) => ({ id, formula }));
}

/**
 * Fits a law to the rows of a file or a study.
 *
 * @throws LadderError what `gatherRows`, `reportFit` and `bootstrapOnThreads` throw; `input` LAW_UNKNOWN; ONE_BUDGET; FIT_ROWS_TOO_FEW; HOLDOUT_NEEDS_BUDGETS when rows have neither C
 *   nor both N and D
 */
export async function fitSource(source: RowSource, options: FitLawOptions): Promise<FreshFit> {
  const law = findLaw(options.law);
  const gathered = await gatherRows(
    { inputs: law.inputs.map(({ name }) => name), outcome: law.output.name, derived: law.derived },
    source,
    choiceOf(options),
  );
  refuseTooFew(law, gathered);
  const data = dataOf(law, gathered);
  const { rows } = gathered;
  const budgets = logBudgets(data.columns, rows.length);
  if (options.holdoutBudgets > 0 && budgets === undefined)
    throw new LadderError("input", "HOLDOUT_NEEDS_BUDGETS", "to hold out the largest budgets every row needs C, or N and D", {
      fields: { source: gathered.source },
      hint: "name the column of training FLOPs, or whatever grows with the run: --map C=…",
    });
  if (budgets !== undefined) assertBudgets(law, budgets);
  const { objective, residualScale, holdoutBudgets, draws, seed, signal } = options;
  const reportOptions = {
    objective,
    residualScale,
    holdoutBudgets,
    draws,
    seed,
    ...(budgets === undefined ? {} : { logBudgets: budgets }),
  };
  const report = await reportFitResampled(law, rowsOf(law, data), reportOptions, (problem, bootstrap) =>
    bootstrapOnThreads(problem, bootstrap, signal === undefined ? {} : { signal }),
  );
  const heldOut = report.rows.excluded;
  const document: FitDocument = {
    ...report,
    kind: "law-fit",
    id: null,
    study: source.kind === "study" ? source.name : null,
    source: gathered.source,
    counting: gathered.counting,
    contentHash: gathered.contentHash,
    codeVersion: ladderVersion(),
    rows: {
      used: report.rows.used,
      excluded: [
        ...gathered.excluded.map(({ line, words }) => named(gathered, line, words)),
        ...heldOut.map(({ row, reason }) => named(gathered, data.places[row] ?? -1, reason)),
      ],
    },
    warnings: [...gathered.warnings, ...report.warnings],
    request: requestOf(options, gathered),
    data: { ...data, heldOut: heldOut.map(({ row }) => row) },
  };
  const runKeys = rows.flatMap(({ line }) => gathered.runKeys.get(line) ?? []);
  return { document, studyId: gathered.studyId, runKeys };
}

/** A place ten times beyond the rows of a fit as `--at` takes it, `N=2e11,D=2e13`: an example to type. */
export function exampleAt({ law, data }: FitDocument): string {
  return findLaw(law)
    .inputs.map(({ name, range }) => {
      const largest = (data.columns[name] ?? []).reduce((left, right) => Math.max(left, right), 0);
      return `${name}=${range === undefined ? (10 * largest).toExponential(0).replace("+", "") : largest}`;
    })
    .join(",");
}

/**
 * Keeps a fit under the name of a study, which need not exist otherwise. The same fit is kept once.
 *
 * @returns the document with its id
 * @throws LadderError `input` STUDY_NAME_INVALID; as `insertFit`
 */
export async function keepFit(db: LadderDatabase, study: string, { document, studyId, runKeys }: FreshFit): Promise<FitDocument> {
  assertStudyName(study);
  const kept: FitDocument = { ...document, study };
  const { id: _id, ...content } = kept;
  const id = await insertFit(db, {
    study,
    studyId,
    law: document.law,
    rowsHash: contentHash(asJson(document.data)),
    content: asJson(content),
    codeVersion: document.codeVersion,
    runKeys,
  });
  return { ...kept, id };
}

function choiceOf(options: FitLawOptions): RowChoice {
  const {
    law: _law,
    objective: _objective,
    residualScale: _scale,
    holdoutBudgets: _holdout,
    draws: _draws,
    seed: _seed,
    signal: _signal,
    ...choice
  } = options;
  return choice;
}

function requestOf(options: FitLawOptions, { bestPer }: GatheredRows): FitDocument["request"] {
  const { objective, holdoutBudgets, dropWorst, draws, seed, map, where, cluster } = options;
  return {
    objective,
    holdoutBudgets,
    dropWorst,
    draws,
    seed,
    bestPer,
    map: map ?? null,
    where: where ?? null,
    cluster: cluster ?? null,
  };
}

/** Where so many rows were left out that too few are left, the refusal says why they were. */
function refuseTooFew(law: Law, { source, rows, excluded, labels }: GatheredRows): void {
  const needed = law.parameters.length;
  if (rows.length >= needed || excluded.length === 0) return;
  const read = rows.length + excluded.length;
  throw new LadderError(
    "input",
    "FIT_ROWS_TOO_FEW",
    `${law.id} has ${needed} parameters to fit and only ${rows.length} of ${read} rows are left`,
    {
      fields: { law: law.id, source, parameters: needed, rows: rows.length, read },
      problems: excluded.slice(0, 10).map(({ line, words }) => ({ path: labels.get(line) ?? `line ${line}`, message: words })),
      hint: "add runs, or fit a law with fewer parameters; --map, --where and --keep-repeated decide what is a row",
    },
  );
}

/** Variables of a law, and those that a fit may use beside them where every row has them. */
function dataOf(law: Law, { rows, labels }: GatheredRows): FitData {
  const needed = [...law.inputs.map(({ name }) => name), law.output.name];
  const others = ["N", "D", "C", "weight"].filter((name) => !needed.includes(name) && rows.every(({ columns }) => columns[name] != null));
  const column = (name: string): number[] => rows.map(({ columns }: RunRow) => columns[name] ?? Number.NaN);
  return {
    columns: Object.fromEntries([...needed, ...others].map((name) => [name, column(name)])),
    places: rows.map(({ line }) => line),
    labels: labels.size === 0 ? null : rows.map(({ line }) => labels.get(line) ?? ""),
    clusters: rows.some(({ cluster }) => cluster !== null) ? rows.map(({ cluster }) => cluster) : null,
    heldOut: [],
  };
}

function named({ labels }: GatheredRows, row: number, reason: string): FitDocument["rows"]["excluded"][number] {
  const label = labels.get(row);
  return { row, reason, ...(label === undefined ? {} : { label }) };
}
