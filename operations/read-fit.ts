import { readFile } from "node:fs/promises";
import { parseFitDocument } from "../analysis/fits/document/fit-document.ts";
import { type OpenFit, openFit } from "../analysis/fits/document/open-fit.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { getFit } from "../infra/postgres/fits.ts";
import { type Settings, withSession } from "./session.ts";

/** True for what has the form of a fit's id. */
export function isFitId(name: string): boolean {
  return /^fit-[0-9a-f]{10}$/.test(name);
}

/**
 * A fit by its id, or from a file that `ladder fit --json` or `--output` wrote. Only an id needs a database.
 *
 * @throws LadderError `missing` FIT_NOT_FOUND, FILE_NOT_FOUND; `input` FIT_DOCUMENT_INVALID, FIT_OF_ANOTHER_KIND; `unavailable` STACK_DOWN
 */
export async function readFit(settings: Settings, name: string): Promise<OpenFit> {
  if (isFitId(name)) return withSession(settings, ({ db }) => readKeptFit(db, name));
  return openFit(parseFitDocument(await readJson(name), name));
}

/** The same for an id, with a database that is open. */
export async function readKeptFit(db: LadderDatabase, id: string): Promise<OpenFit> {
  const { content, law } = await getFit(db, id);
  if (content["kind"] !== "law-fit")
    throw new LadderError("input", "FIT_OF_ANOTHER_KIND", `${id} is a fit of ${law}, not of a scaling law`, {
      fields: { fitId: id, law },
      hint: "ladder fit STUDY makes one of a law",
    });
  return openFit(parseFitDocument({ ...content, id }, id));
}

/** @throws LadderError `missing` FILE_NOT_FOUND; `input` NOT_JSON */
export async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new LadderError("missing", "FILE_NOT_FOUND", `there is no fit ${path}, and no file of this name`, {
      cause: error,
      fields: { fit: path },
      hint: "a fit is an id such as fit-0123456789, or a file that ladder fit --output wrote",
    });
  }
  try {
    const json: unknown = JSON.parse(text);
    return json;
  } catch (error) {
    throw new LadderError("input", "NOT_JSON", `${path} is no JSON: ${String(error)}`, {
      cause: error,
      fields: { file: path },
      hint: "a fit is what ladder fit --json or --output writes",
    });
  }
}
