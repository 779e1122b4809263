import { LadderError, type Problem } from "../../study/ladder-error.ts";
import type { FitRows } from "../contract.ts";
import { type IsoflopAnalysis, type IsoflopOptions, type IsoflopReading, isoflop } from "./isoflop.ts";

/** One reading, or why there is none. Plain JSON. */
export type IsoflopOutcome =
  | { readonly status: "read"; readonly analysis: IsoflopAnalysis }
  | { readonly status: "refused"; readonly code: string; readonly message: string; readonly problems: readonly Problem[] };

/** Two readings of the same budgets. Plain JSON. */
export interface IsoflopReadings {
  readonly parabola: IsoflopOutcome;
  readonly akima: IsoflopOutcome;
  /** Exponent by Akima minus that by parabolas; null where one is refused. */
  readonly exponentDifference: number | null;
  readonly words: string;
}

/**
 * Both readings side by side, because they disagree on real sets by .001 to .10 in the exponent and neither is right by itself: a parabola
 * is biased on wide or lopsided grids, Akima's cubic follows the noise of single runs.
 *
 * @throws LadderError as `isoflop` when both readings are refused, and for columns and values
 */
export function isoflopReadings(
  rows: FitRows,
  choices: Omit<Partial<IsoflopOptions>, "reading"> & Pick<IsoflopOptions, "optimumOf">,
): IsoflopReadings {
  const [parabola, akima] = [outcome(rows, { ...choices, reading: "parabola" }), outcome(rows, { ...choices, reading: "akima" })];
  if (parabola.status === "refused" && akima.status === "refused")
    throw new LadderError("input", parabola.code, parabola.message, { problems: parabola.problems });
  const both = parabola.status === "read" && akima.status === "read";
  const difference = both ? akima.analysis.law.exponent - parabola.analysis.law.exponent : null;
  const apart = difference === null ? "" : `; they differ by ${difference.toFixed(3)}`;
  return {
    parabola,
    akima,
    exponentDifference: difference,
    words: `exponent of ${choices.optimumOf}*(C) by parabola ${shown(parabola)}, by Akima ${shown(akima)}${apart}`,
  };
}

function outcome(
  rows: FitRows,
  choices: Partial<IsoflopOptions> & { optimumOf: IsoflopOptions["optimumOf"]; reading: IsoflopReading },
): IsoflopOutcome {
  try {
    return { status: "read", analysis: isoflop(rows, choices) };
  } catch (error) {
    if (!(error instanceof LadderError) || !refusals.has(error.code)) throw error;
    return { status: "refused", code: error.code, message: error.message, problems: error.problems };
  }
}

/** What a reading may refuse by itself; a missing column or a bad value is wrong for both. */
const refusals: ReadonlySet<string> = new Set(["ISOFLOP_ONE_BUDGET", "ISOFLOP_TOO_FEW_POINTS", "ISOFLOP_NO_INTERIOR_MINIMUM"]);

function shown(outcome: IsoflopOutcome): string {
  if (outcome.status === "refused") return `refused (${outcome.message})`;
  const { law, fitted } = outcome.analysis;
  const { low, high, level } = law.exponentInterval;
  return `${law.exponent.toFixed(3)} (${level * 100} % ${low.toFixed(3)} … ${high.toFixed(3)}, ${fitted.length} budgets)`;
}
