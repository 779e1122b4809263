import { z } from "zod";
import { parseFitDocument } from "../analysis/fits/document/fit-document.ts";
import { type OpenFit, openFit } from "../analysis/fits/document/open-fit.ts";
import { type JsonDifference, jsonDifferences } from "../analysis/fits/predictions/json-differences.ts";
import { predictFit } from "../analysis/fits/predictions/predict-fit.ts";
import { parsePredictionDocument } from "../analysis/fits/predictions/prediction-document.ts";
import { checkPrintedConstants, type ConstantsCheck, printedConstantsSchema } from "../analysis/fits/predictions/printed-constants.ts";
import { recomputeFit } from "../analysis/fits/predictions/recompute-fit.ts";
import { findLaw } from "../analysis/laws/index.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { ladderVersion } from "./ladder-version.ts";
import { readFit, readJson } from "./read-fit.ts";
import type { Settings } from "./session.ts";

/** What recomputing a kept document came to. Plain JSON. */
export interface Verification {
  readonly source: string;
  /** `constants`: somebody's constants of a law, a place and a value. */
  readonly kind: "fit" | "prediction" | "constants";
  readonly law: string;
  /** Whether everything that could be recomputed is the same: to the last bit, and for constants to the digits that are printed. */
  readonly matches: boolean;
  /** What was recomputed, in words. */
  readonly checked: readonly string[];
  /** What could not be, and why. */
  readonly unchecked: readonly string[];
  readonly differences: readonly JsonDifference[];
  /** Of predictions and constants: whether the parameters give the value that is printed with them. */
  readonly constants: ConstantsCheck | null;
  readonly version: {
    /** That made the document; null for constants. */
    readonly kept: string | null;
    readonly own: string;
  };
}

const kindSchema = z.object({ kind: z.string() });

/**
 * Recomputes a file: a kept fit from its own rows; a prediction from its printed parameters and from the fit that it names; or plain
 * constants of a law with a place and a value, `{law, parameters, at, value}`. A file may hold several predictions as a list.
 *
 * @param options `fit`: id or file of the fit that a prediction is of; left out: the id that it holds, if it holds one
 * @returns one verification a document
 * @throws LadderError `missing` FILE_NOT_FOUND; `input` NOT_JSON, FIT_DOCUMENT_INVALID, PREDICTION_INVALID, NOTHING_TO_VERIFY,
 *   CONSTANTS_INCOMPLETE, LAW_UNKNOWN; as `readFit`
 */
export async function verifyFile(
  settings: Settings,
  path: string,
  options: { readonly fit?: string | undefined } = {},
): Promise<readonly Verification[]> {
  const json = await readJson(path);
  const documents: readonly unknown[] = Array.isArray(json) ? json : [json];
  const verifications: Verification[] = [];
  for (const [index, document] of documents.entries()) {
    const source = documents.length === 1 ? path : `${path}[${index}]`;
    verifications.push(await verifyDocument(settings, document, source, options.fit));
  }
  return verifications;
}

async function verifyDocument(settings: Settings, json: unknown, source: string, fit: string | undefined): Promise<Verification> {
  const kind = kindSchema.safeParse(json).data?.kind;
  if (kind === "law-fit") return verifyFit(openFit(parseFitDocument(json, source)), source);
  if (kind === "law-prediction") return verifyPrediction(settings, json, source, fit);
  const constants = printedConstantsSchema.safeParse(json);
  if (!constants.success)
    throw new LadderError("input", "NOTHING_TO_VERIFY", `${source} is neither a fit nor a prediction`, {
      fields: { source },
      problems: constants.error.issues.slice(0, 10).map(({ path, message }) => ({ path: path.map(String).join("."), message })),
      hint: 'give what ladder fit --json or ladder predict --json prints, or constants: {"law": …, "parameters": {…}, "at": {…}, "value": …}',
    });
  const check = checkPrintedConstants(findLaw(constants.data.law), constants.data);
  return {
    ...verificationOf(source, "constants", constants.data.law, null),
    matches: check.matches,
    checked: ["the value from its constants, to the digits that are printed"],
    constants: check,
  };
}

function verifyFit(open: OpenFit, source: string): Verification {
  const differences = recomputeFit(open);
  return {
    ...verificationOf(source, "fit", open.law.id, open.document.codeVersion),
    matches: differences.length === 0,
    checked: [
      `the fit of its ${open.fittedRows.length} rows: parameters, intervals, objective, search and score on larger runs, to the last bit`,
    ],
    differences,
  };
}

async function verifyPrediction(settings: Settings, json: unknown, source: string, fit: string | undefined): Promise<Verification> {
  const document = parsePredictionDocument(json, source);
  const constants = checkPrintedConstants(findLaw(document.law), document);
  const base = verificationOf(source, "prediction", document.law, document.codeVersion);
  const checked = "the value from its parameters";
  const name = fit ?? document.fit.id;
  if (name === null)
    return {
      ...base,
      matches: constants.matches,
      checked: [checked],
      unchecked: ["intervals, distance, sensitivity and rungs: they need the fit, which was not kept; give its file: --fit FILE"],
      constants,
    };
  const open = await readFit(settings, name);
  const { codeVersion: _version, registered: _registered, ...kept } = document;
  const again = predictFit(open, document.asked);
  const differences = jsonDifferences(kept, JSON.parse(JSON.stringify(again)));
  return {
    ...base,
    matches: constants.matches && differences.length === 0,
    checked: [checked, `everything that it says, from ${name}, to the last bit`],
    differences,
    constants,
  };
}

function verificationOf(source: string, kind: Verification["kind"], law: string, kept: string | null): Verification {
  const version = { kept, own: ladderVersion() };
  return { source, kind, law, matches: true, checked: [], unchecked: [], differences: [], constants: null, version };
}
