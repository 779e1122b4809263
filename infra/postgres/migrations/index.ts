import type { Migration } from "kysely";
import { up as studiesAndSweeps } from "./0001-studies-and-sweeps.ts";
import { up as trialsAndRuns } from "./0002-trials-and-runs.ts";
import { up as attemptsAndMetrics } from "./0003-attempts-and-metrics.ts";
import { up as fitsAndRecommendations } from "./0004-fits-and-recommendations.ts";
import { up as runChecks } from "./0006-run-checks.ts";
import { up as coordinateChecks } from "./0007-coordinate-checks.ts";
import { up as importedRows } from "./0008-imported-rows.ts";
import { up as lawFits } from "./0009-law-fits.ts";
import { up as registeredPredictions } from "./0010-registered-predictions.ts";
import { up as suggestions } from "./0011-suggestions.ts";

/** Every migration by name, in order. A released one never changes; the next one gets a line at the end. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001-studies-and-sweeps": { up: studiesAndSweeps },
  "0002-trials-and-runs": { up: trialsAndRuns },
  "0003-attempts-and-metrics": { up: attemptsAndMetrics },
  "0004-fits-and-recommendations": { up: fitsAndRecommendations },
  "0006-run-checks": { up: runChecks },
  "0007-coordinate-checks": { up: coordinateChecks },
  "0008-imported-rows": { up: importedRows },
  "0009-law-fits": { up: lawFits },
  "0010-registered-predictions": { up: registeredPredictions },
  "0011-suggestions": { up: suggestions },
};
