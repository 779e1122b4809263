import type { Migration } from "kysely";
import * as studiesAndSweeps from "./0001-studies-and-sweeps.ts";
import * as trialsAndRuns from "./0002-trials-and-runs.ts";
import * as attemptsAndMetrics from "./0003-attempts-and-metrics.ts";
import * as fitsAndRecommendations from "./0004-fits-and-recommendations.ts";

/** Every migration by name, in order. A released one never changes; the next one gets a line at the end. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001-studies-and-sweeps": studiesAndSweeps,
  "0002-trials-and-runs": trialsAndRuns,
  "0003-attempts-and-metrics": attemptsAndMetrics,
  "0004-fits-and-recommendations": fitsAndRecommendations,
};
