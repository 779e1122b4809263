import { readFile, writeFile } from "node:fs/promises";
import { type ChecklistItem, fillChecklist, fillExtraItems } from "../analysis/fits/checklist.ts";
import { checklistFacts, type KnownBeside } from "../analysis/fits/checklist-facts.ts";
import type { OpenFit } from "../analysis/fits/document/open-fit.ts";
import { recordAnswers } from "../analysis/fits/study-record.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { parseAnswer, parseAnswers } from "../infra/configs/checklist-answers.ts";
import { readFit } from "./read-fit.ts";
import { readStudyRecord } from "./read-study-record.ts";
import { type Settings, withRunningDatabase } from "./session.ts";

/** A checklist with what it is of. Plain JSON: what `ladder checklist --json` prints. */
export interface ChecklistReport {
  readonly fit: string;
  readonly law: string;
  readonly source: string;
  readonly contentHash: string;
  readonly codeVersion: string;
  readonly items: readonly ChecklistItem[];
  /** Ids of items that nobody has settled. */
  readonly open: readonly string[];
  /** Why the record of a study was not read, where there is one. */
  readonly notes: readonly string[];
}

export interface ChecklistRequest {
  /** FLOPs at which the fit is to be read. */
  readonly computes: readonly number[];
  /** File of answers. */
  readonly answers: string | undefined;
  /** `2.7=commit abc`; they win over the file. */
  readonly answer: readonly string[];
}

/**
 * The reporting checklist of a fit: filled from the fit, from the record of its study, and from what its author says.
 *
 * @throws LadderError as `readFit` and `readStudyRecord`; `missing` FILE_NOT_FOUND; `input` ANSWERS_INVALID
 */
export async function checklistOfFit(settings: Settings, name: string, request: ChecklistRequest): Promise<ChecklistReport> {
  const answers = { ...(await readAnswers(request.answers)), ...Object.fromEntries(request.answer.map(parseAnswer)) };
  const open = await readFit(settings, name);
  const { beside, notes } = await recordBeside(settings, open);
  const facts = checklistFacts(open, { ...beside, computes: request.computes, answers });
  const items = [...fillChecklist(facts), ...fillExtraItems(facts)];
  const { law, source, contentHash, codeVersion } = open.document;
  return {
    fit: name,
    law,
    source,
    contentHash,
    codeVersion,
    items,
    open: items.flatMap(({ id, state }) => (state === "open" ? [id] : [])),
    notes,
  };
}

/** Writes Markdown to a file that a user named. @throws LadderError `rejected` FILE_NOT_WRITTEN */
export async function writeChecklist(path: string, markdown: string): Promise<void> {
  try {
    await writeFile(path, markdown);
  } catch (cause) {
    throw new LadderError("rejected", "FILE_NOT_WRITTEN", `${path} cannot be written: ${String(cause)}`, { fields: { path }, cause });
  }
}

/** What a record says settles an item only where every fitted row is a run of the study. */
async function recordBeside(
  settings: Settings,
  open: OpenFit,
): Promise<{ readonly beside: KnownBeside; readonly notes: readonly string[] }> {
  const { study, data } = open.document;
  if (study === null || data.labels === null) return { beside: {}, notes: [] };
  return withRunningDatabase(settings, async (db) => {
    if (db === null) return { beside: {}, notes: [`the record of study ${study} was not read: no database is running (ladder up)`] };
    const record = await readStudyRecord(db, open);
    if (record === null) return { beside: {}, notes: [] };
    const says = recordAnswers(record);
    if (record.fittedRuns === record.fittedRows) return { beside: { record: says }, notes: [] };
    const words = `of ${record.fittedRuns} of ${record.fittedRows} rows`;
    const known = Object.fromEntries(Object.entries(says).map(([id, text]) => [id, `${words}: ${text}`]));
    return {
      beside: { known },
      notes: [`${record.fittedRows - record.fittedRuns} rows were imported: the study's record says nothing of them`],
    };
  });
}

async function readAnswers(path: string | undefined): Promise<Readonly<Record<string, string>>> {
  if (path === undefined) return {};
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new LadderError("missing", "FILE_NOT_FOUND", `there is no file of answers ${path}`, { fields: { path }, cause });
  }
  return parseAnswers(text, path);
}
