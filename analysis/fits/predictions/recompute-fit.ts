import type { OpenFit } from "../document/open-fit.ts";
import { reportFit } from "../fit-report.ts";
import { type JsonDifference, jsonDifferences } from "./json-differences.ts";

/**
 * Makes a kept fit again from its own rows, as it was asked for: parameters with intervals, objective, score on larger runs, search.
 *
 * @returns what differs; empty when every number comes out to the last bit
 * @throws LadderError as `reportFit`
 */
export function recomputeFit({ document, law, rows, logBudgets }: OpenFit): readonly JsonDifference[] {
  const { objective, holdoutBudgets, draws, seed } = document.request;
  const again = reportFit(law, rows, {
    objective,
    residualScale: document.fit.residualScale,
    holdoutBudgets,
    draws,
    seed,
    ...(logBudgets === undefined ? {} : { logBudgets }),
  });
  // Rows that were left out of the source, and warnings of how it was read, are not made by the fit.
  const { rows: ownRows, warnings: ownWarnings, ...recomputed } = again;
  const kept = Object.fromEntries(Object.entries(document).filter(([name]) => name in recomputed));
  const missing = ownWarnings.filter((warning) => !document.warnings.includes(warning));
  return [
    ...jsonDifferences(kept, JSON.parse(JSON.stringify(recomputed))),
    ...jsonDifferences(document.rows.used, ownRows.used, "rows.used"),
    ...jsonDifferences(
      document.data.heldOut,
      ownRows.excluded.map(({ row }) => row),
      "data.heldOut",
    ),
    ...missing.map((warning) => ({ path: "warnings", kept: "not there", recomputed: JSON.stringify(warning) })),
  ];
}
