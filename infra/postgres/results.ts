import { sql } from "kysely";
import type { CountedScale } from "../../analysis/study/scale.ts";
import type { RunState } from "../../analysis/study/states.ts";
import { hyperparametersSchema } from "../../analysis/study/trainer-contract.ts";
import type { TrialRunResult } from "../../analysis/study/trial.ts";
import type { LadderDatabase } from "./connect.ts";
import { parseStored } from "./stored-json.ts";
import { readScale } from "./trials.ts";

export interface ResultOptions {
  /** Only these sweeps of the study; left out: all that may be compared with the newest one. */
  readonly sweepIds?: readonly string[];
}

interface ResultRow extends CountedScale {
  readonly runKey: string;
  readonly parametrization: string;
  readonly hyperparameters: unknown;
  readonly seed: number;
  readonly state: RunState;
  readonly loss: number | null;
  readonly cluster: string;
}

/**
 * Finished, diverged and failed runs of a study as analysis sees them: one row per trial and seed. A trial that several
 * sweeps hold is there once, a run that several trials share once per trial. Order: parametrization, scale,
 * hyperparameters, seed; the same rows always come in the same order.
 *
 * Sweeps of another trainer program, data, model, optimizer or schedule than the newest one are left out: their losses
 * belong to another question.
 */
export async function studyResults(db: LadderDatabase, studyId: string, options: ResultOptions = {}): Promise<readonly TrialRunResult[]> {
  const result = await sql<ResultRow>`
    with chosen as (
      select id, number from sweeps where study_id = ${studyId} and (case
        when ${options.sweepIds ?? null}::text[] is null
        then comparison_hash = (select comparison_hash from sweeps where study_id = ${studyId} order by number desc limit 1)
        else id = any(${options.sweepIds ?? null}::text[]) end)),
    cells as (
      select distinct on (trials.content_hash, trial_runs.seed) trials.*, trial_runs.seed, trial_runs.run_key
      from chosen join trials on trials.sweep_id = chosen.id join trial_runs on trial_runs.trial_id = trials.id
      order by trials.content_hash, trial_runs.seed, chosen.number desc)
    select cells.run_key, cells.parametrization, cells.hyperparameters, cells.width, cells.depth, cells.head_dimension,
      cells.batch_size_tokens, cells.token_horizon, cells.parameter_count_total, cells.parameter_count_non_embedding,
      cells.training_flops, cells.training_flops_formula, cells.seed, runs.state, runs.loss,
      coalesce(runs.cluster_id, runs.run_key) as cluster
    from cells join runs on runs.run_key = cells.run_key
    where runs.state in ('finished', 'diverged', 'failed')
    order by cells.parametrization collate "C", cells.width, cells.depth, cells.head_dimension, cells.batch_size_tokens,
      cells.token_horizon, cells.hyperparameters, cells.content_hash, cells.seed`.execute(db);
  return result.rows.map((row) => ({
    runKey: row.runKey,
    parametrization: row.parametrization,
    hyperparameters: parseStored(hyperparametersSchema, row.hyperparameters, "trials.hyperparameters"),
    scale: readScale(row),
    seed: row.seed,
    state: row.state,
    loss: row.loss,
    cluster: row.cluster,
  }));
}
