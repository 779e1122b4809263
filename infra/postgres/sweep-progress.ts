import { sql } from "kysely";
import type { CountedScale } from "../../analysis/study/scale.ts";
import { hyperparametersSchema } from "../../analysis/study/trainer-contract.ts";
import type { LadderDatabase } from "./connect.ts";
import { parseStored } from "./stored-json.ts";
import { getSweep } from "./sweeps.ts";
import { readScale } from "./trials.ts";

/**
 * Runs by what became of them. `total` = finished + running + queued + failed + diverged + cancelled; `running` holds
 * lost ones, `queued` preempted and paused ones. `reused` runs had finished before the sweep was created; `shared` ones
 * belong to several trials of this sweep. Both are among `total`.
 */
export interface RunCounts {
  readonly total: number;
  readonly finished: number;
  readonly running: number;
  readonly queued: number;
  readonly failed: number;
  readonly diverged: number;
  readonly cancelled: number;
  readonly reused: number;
  readonly shared: number;
}

/** Runs of one parametrization at one scale. A run that two parametrizations share counts in the cell of each. */
export interface ProgressCell extends RunCounts {
  readonly parametrization: string;
  readonly scale: CountedScale;
  /** Lowest held-out loss of a finished run, nats per token; null before the first. */
  readonly bestLoss: number | null;
  readonly bestHyperparameters: Readonly<Record<string, number>> | null;
}

/** A run that finished lately, for the time that is left. */
export interface RecentRun {
  readonly runKey: string;
  readonly trainingFlops: number;
  /** Wall-clock seconds of its last attempt, from start to end. */
  readonly seconds: number;
  readonly finishedAt: Date;
}

export interface SweepProgress {
  readonly cells: readonly ProgressCell[];
  /** Each run counted once. */
  readonly runs: RunCounts;
  /** What this sweep paid: reused runs cost it nothing. `trainingFlops` counts ended runs by the tokens they reached. */
  readonly spent: { readonly cpuSeconds: number; readonly trainingFlops: number };
  /** Work of the runs not at an end, as if none had begun. */
  readonly remainingTrainingFlops: number;
  /** Up to fifty, the newest first. */
  readonly recentRuns: readonly RecentRun[];
}

type CellRow = RunCounts &
  CountedScale & { readonly parametrization: string; readonly bestLoss: number | null; readonly bestHyperparameters: unknown };

const counts = sql`
  count(*)::integer as total,
  count(*) filter (where state = 'finished')::integer as finished,
  count(*) filter (where state in ('running', 'lost'))::integer as running,
  count(*) filter (where state in ('queued', 'preempted', 'paused'))::integer as queued,
  count(*) filter (where state = 'failed')::integer as failed,
  count(*) filter (where state = 'diverged')::integer as diverged,
  count(*) filter (where state = 'cancelled')::integer as cancelled,
  count(*) filter (where reused)::integer as reused,
  count(*) filter (where shared)::integer as shared`;

/** One row per (trial, run) of the sweep. */
function linksOf(sweepId: string) {
  return sql`
    links as (
      select t.*, l.run_key, r.state, r.loss, r.tokens, r.finished_at,
        coalesce(r.finished_at < (select created_at from sweeps where id = ${sweepId}) and r.state in ('finished', 'diverged'), false) as reused,
        count(*) over (partition by l.run_key) > 1 as shared
      from trials t join trial_runs l on l.trial_id = t.id join runs r on r.run_key = l.run_key
      where t.sweep_id = ${sweepId})`;
}

/**
 * How far a sweep is, in three queries that stay fast for 10,000 runs.
 *
 * @throws LadderError `missing` SWEEP_NOT_FOUND.
 */
export async function sweepProgress(db: LadderDatabase, sweepId: string): Promise<SweepProgress> {
  await getSweep(db, sweepId);
  const cells = await sql<CellRow>`
    with ${linksOf(sweepId)},
    cells as (
      select distinct on (parametrization, width, depth, head_dimension, batch_size_tokens, token_horizon, run_key) *
      from links order by parametrization, width, depth, head_dimension, batch_size_tokens, token_horizon, run_key, number)
    select parametrization, width, depth, head_dimension, batch_size_tokens, token_horizon,
      min(parameter_count_total) as parameter_count_total, min(parameter_count_non_embedding) as parameter_count_non_embedding,
      min(training_flops) as training_flops, min(training_flops_formula) as training_flops_formula, ${counts},
      min(loss) as best_loss,
      (array_agg(hyperparameters order by loss, number) filter (where loss is not null))[1] as best_hyperparameters
    from cells group by parametrization, width, depth, head_dimension, batch_size_tokens, token_horizon
    order by min(number)`.execute(db);
  const whole = await sql<RunCounts & { spentFlops: number; remainingFlops: number; cpuSeconds: number }>`
    with ${linksOf(sweepId)},
    once as (select distinct on (run_key) * from links order by run_key, number)
    select ${counts},
      coalesce(sum(training_flops * case when state = 'finished' then 1 else least(1, coalesce(tokens, 0) / token_horizon) end)
        filter (where finished_at is not null and not reused), 0)::float8 as spent_flops,
      coalesce(sum(training_flops) filter (where finished_at is null), 0)::float8 as remaining_flops,
      coalesce((select sum(a.cpu_seconds) from attempts a where a.run_key in (select run_key from once where not reused)), 0)::float8 as cpu_seconds
    from once`.execute(db);
  const recent = await sql<RecentRun>`
    with ${linksOf(sweepId)},
    once as (select distinct on (run_key) run_key, training_flops, finished_at from links where state = 'finished' and not reused order by run_key, number)
    select once.run_key, once.training_flops, once.finished_at,
      extract(epoch from a.ended_at - coalesce(a.started_at, a.submitted_at, a.claimed_at))::float8 as seconds
    from once join runs r on r.run_key = once.run_key join attempts a on a.run_key = r.run_key and a.attempt = r.fence
    order by once.finished_at desc, once.run_key limit 50`.execute(db);
  const [total] = whole.rows;
  return {
    cells: cells.rows.map(readCell),
    runs: readCounts(total ?? noRuns),
    spent: { cpuSeconds: total?.cpuSeconds ?? 0, trainingFlops: total?.spentFlops ?? 0 },
    remainingTrainingFlops: total?.remainingFlops ?? 0,
    recentRuns: recent.rows,
  };
}

const noRuns: RunCounts = { total: 0, finished: 0, running: 0, queued: 0, failed: 0, diverged: 0, cancelled: 0, reused: 0, shared: 0 };

function readCounts({ total, finished, running, queued, failed, diverged, cancelled, reused, shared }: RunCounts): RunCounts {
  return { total, finished, running, queued, failed, diverged, cancelled, reused, shared };
}

function readCell(row: CellRow): ProgressCell {
  return {
    parametrization: row.parametrization,
    scale: readScale(row),
    ...readCounts(row),
    bestLoss: row.bestLoss,
    bestHyperparameters: parseStored(hyperparametersSchema.nullable(), row.bestHyperparameters, "trials.hyperparameters"),
  };
}
