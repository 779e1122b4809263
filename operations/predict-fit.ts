import type { OpenFit } from "../analysis/fits/document/open-fit.ts";
import type { NamedValues } from "../analysis/fits/predictions/asked-place.ts";
import { predictFit } from "../analysis/fits/predictions/predict-fit.ts";
import type { PredictionDocument } from "../analysis/fits/predictions/prediction-document.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { insertPrediction } from "../infra/postgres/predictions.ts";
import { asJson } from "./json-value.ts";
import { ladderVersion } from "./ladder-version.ts";
import { readKeptFit } from "./read-fit.ts";
import type { Session } from "./session.ts";

export type { PredictionDocument };

/** What an open fit says of places, one document each. @throws LadderError as `predictFit` */
export function predictPlaces(open: OpenFit, places: readonly NamedValues[]): readonly PredictionDocument[] {
  return places.map((at) => ({ ...predictFit(open, at), codeVersion: ladderVersion(), registered: null }));
}

/**
 * Predicts from a kept fit and registers what it says: dated by the database, never changed, and scored when the run arrives. The same
 * prediction again keeps its first date.
 *
 * @param fit its id, or the file that the fit was written to when it was kept
 * @throws LadderError `input` FIT_NOT_KEPT for a fit without an id; as `predictFit` and `insertPrediction`
 */
export async function registerPredictions(
  { db }: Pick<Session, "db">,
  fit: { readonly id: string | null; readonly name: string },
  places: readonly NamedValues[],
): Promise<readonly PredictionDocument[]> {
  if (fit.id === null)
    throw new LadderError("input", "FIT_NOT_KEPT", `a prediction is registered with the fit that made it, and ${fit.name} is only a file`, {
      fields: { fit: fit.name },
      hint: "keep the fit under the name of a study: ladder fit --from RUNS --study NAME; then predict from the id that it prints",
    });
  const open = await readKeptFit(db, fit.id);
  const registered: PredictionDocument[] = [];
  for (const document of predictPlaces(open, places)) {
    const { registered: _none, ...content } = document;
    const { id, study, registeredAt } = await insertPrediction(db, {
      study: open.document.study ?? "",
      fitId: fit.id,
      law: open.law.id,
      content: asJson(content),
      codeVersion: document.codeVersion,
    });
    registered.push({ ...document, registered: { id, study, at: registeredAt.toISOString() } });
  }
  return registered;
}
