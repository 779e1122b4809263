import type { Law } from "../../laws/contract.ts";
import type { LawPrediction } from "./prediction-document.ts";

/** A run at the place of a prediction. Plain JSON. */
export interface RunScore {
  /** What the run is called: the start of its key, or an import and its line. */
  readonly run: string;
  readonly measured: number;
  /** predicted / measured - 1. */
  readonly error: number;
  /** Whether it lies inside the interval of one new run. */
  readonly inside: boolean;
}

/** Inputs that differ by at most this share are the asked ones: sizes come as 70B and as 69,854,012,416. */
export const samePlace = 0.01;

/** True when every input of the law equals that of the prediction within 1 %. */
export function isAtPlace(law: Law, prediction: Pick<LawPrediction, "at">, columns: Readonly<Record<string, number | null>>): boolean {
  return law.inputs.every(({ name }) => {
    const [asked, found] = [prediction.at[name], columns[name]];
    return asked !== undefined && found != null && Math.abs(found - asked) <= samePlace * Math.abs(asked);
  });
}

/** @param measured the law's output of the run */
export function scoreRun({ value, interval95 }: Pick<LawPrediction, "value" | "interval95">, run: string, measured: number): RunScore {
  const [low, high] = interval95.newRun;
  return { run, measured, error: value / measured - 1, inside: low <= measured && measured <= high };
}
