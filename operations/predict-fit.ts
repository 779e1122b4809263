import type { OpenFit } from "../analysis/fits/document/open-fit.ts";
import type { NamedValues } from "../analysis/fits/predictions/asked-place.ts";
import { predictFit } from "../analysis/fits/predictions/predict-fit.ts";
import type { PredictionDocument } from "../analysis/fits/predictions/prediction-document.ts";
import { assertInvariant, LadderError } from "../analysis/study/ladder-error.ts";
import { insertPrediction } from "../infra/postgres/predictions.ts";
import { asJson } from "./json-value.ts";
import { ladderVersion } from "./ladder-version.ts";
import { isFitId, readFit, readKeptFit } from "./read-fit.ts";
import type { Session, Settings } from "./session.ts";

export type { PredictionDocument };

/** What an open fit says of places, one document each. @throws LadderError as `predictFit` */
export function predictPlaces(open: OpenFit, places: readonly NamedValues[]): readonly PredictionDocument[] {
  return places.map((at) => ({ ...predictFit(open, at), codeVersion: ladderVersion(), registered: null }));
}

/**
 * Id of a fit that is kept: one that has the form of an id, or that of the file's fit. No database is asked.
 *
 * @throws LadderError `input` FIT_NOT_KEPT for a file of a fit without an id; as `readFit`
 */
export async function keptFitId(settings: Settings, name: string): Promise<string> {
  if (isFitId(name)) return name;
  const { id } = (await readFit(settings, name)).document;
  if (id !== null) return id;
  throw new LadderError("input", "FIT_NOT_KEPT", `a prediction is registered with the fit that made it, and ${name} is only a file`, {
    fields: { fit: name },
    hint: "keep the fit under the name of a study: ladder fit --from RUNS --study NAME; then predict from the id that it prints",
  });
}

/**
 * Predicts from a kept fit and registers what it says: dated by the database, never changed, and scored when the run arrives. The same
 * prediction again keeps its first date.
 *
 * @throws LadderError as `readKeptFit`, `predictFit` and `insertPrediction`
 */
export async function registerPredictions(
  { db }: Pick<Session, "db">,
  fitId: string,
  places: readonly NamedValues[],
): Promise<readonly PredictionDocument[]> {
  const open = await readKeptFit(db, fitId);
  const { study: keptUnder } = open.document;
  assertInvariant(keptUnder !== null, `${fitId} is kept under no study`);
  const registered: PredictionDocument[] = [];
  for (const document of predictPlaces(open, places)) {
    const { registered: _none, ...content } = document;
    const { id, study, registeredAt } = await insertPrediction(db, {
      study: keptUnder,
      fitId,
      law: open.law.id,
      content: asJson(content),
      codeVersion: document.codeVersion,
    });
    registered.push({ ...document, registered: { id, study, at: registeredAt.toISOString() } });
  }
  return registered;
}
