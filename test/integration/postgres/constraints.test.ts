import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canMove, isTerminal, runStates } from "../../../analysis/study/states.ts";
import { claimAttempt, recordSubmission } from "../../../infra/postgres/attempts.ts";
import { finishAttempt } from "../../../infra/postgres/attempt-ends.ts";
import type { LadderDatabase } from "../../../infra/postgres/connect.ts";
import { applyStateConstraints } from "../../../infra/postgres/state-constraints.ts";
import { exampleRequest, insertExampleRun, insertExampleSweep } from "./example-study.ts";
import { createTestDatabase, startTestPostgres, type TestDatabase, type TestPostgres } from "./server.ts";

let server: TestPostgres;
let database: TestDatabase;
let db: LadderDatabase;
let width = 1000;

beforeAll(async () => {
  server = await startTestPostgres();
  database = await createTestDatabase(server.url);
  db = database.db;
});
afterAll(async () => {
  await database.close();
  await server.stop();
});

const freshRun = () => insertExampleRun(db, (width += 1));
const statement = (text: string) => sql.raw(text).execute(db);

async function runningRun(): Promise<string> {
  const runKey = await freshRun();
  const claim = await claimAttempt(db, { ...exampleRequest, runKey });
  await recordSubmission(db, claim.attemptKey, { jobId: "1", startedAt: new Date() });
  return runKey;
}

async function finishedRun(): Promise<string> {
  const runKey = await runningRun();
  await finishAttempt(db, { runKey, attempt: 1, attemptState: "finished", runState: "finished", loss: 1.5, step: 100 });
  return runKey;
}

/** Raw SQL that tries to make a bad state, and the rule that must refuse it. */
const attempts: readonly (readonly [what: string, prepare: () => Promise<string>, sql: (key: string) => string, refusedBy: RegExp])[] = [
  [
    "a run in an unknown state",
    freshRun,
    (key) => `update runs set state = 'done' where run_key = '${key}'`,
    /runs_guard|cannot become|runs_state_known/,
  ],
  [
    "a new run in an unknown state",
    freshRun,
    (key) => `insert into runs (run_key, identity, resolved, seed, state) values ('${key.slice(1)}0', '{}', '{}', 1, 'done')`,
    /runs_state_known/,
  ],
  [
    "a malformed run key",
    freshRun,
    () => `insert into runs (run_key, identity, resolved, seed) values ('nothing', '{}', '{}', 1)`,
    /runs_run_key_check/,
  ],
  [
    "a finished run without a loss",
    runningRun,
    (key) => `update runs set state = 'finished', finished_at = now() where run_key = '${key}'`,
    /runs_finished_has_finite_loss/,
  ],
  [
    "a finished run with the loss NaN",
    runningRun,
    (key) => `update runs set state = 'finished', loss = 'NaN', finished_at = now() where run_key = '${key}'`,
    /runs_finished_has_finite_loss/,
  ],
  [
    "a finished run with the loss infinity",
    runningRun,
    (key) => `update runs set state = 'finished', loss = 'Infinity', finished_at = now() where run_key = '${key}'`,
    /runs_finished_has_finite_loss/,
  ],
  [
    "a finished run without a time",
    runningRun,
    (key) => `update runs set state = 'finished', loss = 1 where run_key = '${key}'`,
    /runs_terminal_has_time/,
  ],
  ["a queued run with an end", freshRun, (key) => `update runs set finished_at = now() where run_key = '${key}'`, /runs_terminal_has_time/],
  [
    "a diverged run with a loss",
    runningRun,
    (key) => `update runs set state = 'diverged', loss = 1, finished_at = now() where run_key = '${key}'`,
    /runs_loss_only_when_finished/,
  ],
  [
    "an unknown error class",
    freshRun,
    (key) => `update runs set error_class = 'bad luck' where run_key = '${key}'`,
    /runs_error_class_known/,
  ],
  ["a fence that goes back", runningRun, (key) => `update runs set fence = 0 where run_key = '${key}'`, /cannot go back/],
  [
    "a retry floor beyond the fence",
    freshRun,
    (key) => `update runs set retry_floor = 1 where run_key = '${key}'`,
    /runs_check|retry_floor/,
  ],
  ["another identity for a key", freshRun, (key) => `update runs set identity = '{"seed": 2}' where run_key = '${key}'`, /identity/],
  [
    "a finished run trained again",
    finishedRun,
    (key) => `update runs set state = 'queued', loss = null, finished_at = null, retry_count = 1 where run_key = '${key}'`,
    /cannot become queued/,
  ],
  ["another loss for a finished run", finishedRun, (key) => `update runs set loss = 1.4 where run_key = '${key}'`, /written already/],
  [
    "a queued run that finishes without running",
    freshRun,
    (key) => `update runs set state = 'finished', loss = 1, finished_at = now() where run_key = '${key}'`,
    /cannot become finished/,
  ],
  ["a running run without an attempt", freshRun, (key) => `update runs set state = 'running' where run_key = '${key}'`, /disagree/],
  [
    "a run that ends while its attempt lives",
    runningRun,
    (key) => `update runs set state = 'finished', loss = 1, finished_at = now() where run_key = '${key}'`,
    /disagree/,
  ],
  [
    "an attempt that ends while its run runs",
    runningRun,
    (key) => `update attempts set state = 'failed', ended_at = now() + interval '1 s' where run_key = '${key}'`,
    /disagree/,
  ],
  [
    "two live attempts of a run",
    runningRun,
    (key) =>
      `update runs set fence = 2 where run_key = '${key}'; insert into attempts (run_key, attempt, attempt_key, executor, folder_root) values ('${key}', 2, '${key}-second', 'local', '/runs')`,
    /attempts_one_live_per_run/,
  ],
  [
    "an attempt beyond the fence",
    freshRun,
    (key) =>
      `insert into attempts (run_key, attempt, attempt_key, executor, folder_root) values ('${key}', 1, '${key}-first', 'local', '/runs')`,
    /beyond the fence/,
  ],
  [
    "an attempt numbered 0",
    freshRun,
    (key) =>
      `insert into attempts (run_key, attempt, attempt_key, executor, folder_root) values ('${key}', 0, '${key}-zero', 'local', '/runs')`,
    /attempts_attempt_check/,
  ],
  [
    "an attempt of no run",
    freshRun,
    (key) =>
      `insert into attempts (run_key, attempt, attempt_key, executor, folder_root) values ('${key.slice(1)}f', 1, '${key}-x', 'local', '/runs')`,
    /foreign key/,
  ],
  [
    "a running attempt without a job",
    runningRun,
    (key) => `update attempts set job_id = null where run_key = '${key}'`,
    /attempts_running_has_job/,
  ],
  [
    "an ended attempt without a time",
    runningRun,
    (key) => `update attempts set state = 'failed' where run_key = '${key}'`,
    /attempts_ended_has_time/,
  ],
  [
    "an end before the claim",
    runningRun,
    (key) => `update attempts set state = 'failed', ended_at = '2000-01-01' where run_key = '${key}'`,
    /attempts_check|ended_at/,
  ],
  [
    "an attempt that comes back to life",
    finishedRun,
    (key) => `update attempts set state = 'running', ended_at = null where run_key = '${key}'`,
    /ended as finished already/,
  ],
  [
    "a renamed attempt",
    runningRun,
    (key) => `update attempts set attempt_key = 'other-${key}' where run_key = '${key}'`,
    /cannot be renamed/,
  ],
  [
    "an attempt submitted back",
    runningRun,
    (key) => `update attempts set state = 'submitting' where run_key = '${key}'`,
    /was submitted already/,
  ],
  ["a metric of no attempt", freshRun, (key) => `insert into metrics values ('${key}', 1, 'loss', 0, 1)`, /foreign key/],
  ["a metric at a negative step", runningRun, (key) => `insert into metrics values ('${key}', 1, 'loss', -1, 1)`, /metrics_step_check/],
  [
    "a point twice",
    runningRun,
    (key) => `insert into metrics values ('${key}', 1, 'loss', 0, 1), ('${key}', 1, 'loss', 0, 2)`,
    /metrics_pkey/,
  ],
  ["a checkpoint of no attempt", freshRun, (key) => `insert into checkpoints values ('${key}', 1, 5, '/c')`, /foreign key/],
  [
    "a run that is its own parent",
    freshRun,
    (key) => `insert into run_parents values ('${key}', 'checkpoint', '${key}')`,
    /run_parents_check/,
  ],
  [
    "a parent that does not exist",
    freshRun,
    (key) => `insert into run_parents values ('${key}', 'checkpoint', '${"0".repeat(32)}')`,
    /foreign key/,
  ],
  [
    "an unknown relation",
    finishedRun,
    (key) => `insert into run_parents select '${key}', 'friend', run_key from runs where run_key <> '${key}' limit 1`,
    /run_parents_relation_check/,
  ],
  [
    "a cluster that does not exist",
    freshRun,
    (key) => `update runs set cluster_id = 'nowhere' where run_key = '${key}'`,
    /runs_cluster_exists/,
  ],
  [
    "a stage that ends before it starts",
    freshRun,
    (key) => `insert into stages (run_key, kind, number, from_step, to_step) values ('${key}', 'cooldown', 1, 10, 5)`,
    /stages_check/,
  ],
  ["a run deleted under its trial", finishedRun, (key) => `delete from runs where run_key = '${key}'`, /foreign key/],
  [
    "a second installation",
    freshRun,
    () => `insert into installation (singleton, installation_id) values (false, gen_random_uuid())`,
    /installation_singleton_check/,
  ],
];

describe("the schema refuses bad states, even from raw SQL", () => {
  it.each(attempts)("%s", async (_what, prepare, text, refusedBy) => {
    const key = await prepare();
    await expect(statement(text(key))).rejects.toThrow(refusedBy);
  });

  it("any move of a run that states.ts does not know", async () => {
    const runKey = await freshRun();
    const move = (from: string, to: string) => `update runs set state = '${to}', retry_count = retry_count + 1,
      loss = ${to === "finished" ? "1" : "null"}, finished_at = ${isTerminal(runStates.find((state) => state === to) ?? "queued") ? "now()" : "null"} where run_key = '${runKey}' and state = '${from}'`;
    for (const from of runStates)
      for (const to of runStates.filter((state) => state !== from)) {
        // Triggers are switched off only to get the run into its first state; agreement with attempts is not in question here.
        const attempt = db.transaction().execute(async (transaction) => {
          await sql
            .raw(
              `set local session_replication_role = replica; update runs set state = '${from}', loss = ${from === "finished" ? "1" : "null"}, finished_at = ${isTerminal(from) ? "now()" : "null"} where run_key = '${runKey}'; set local session_replication_role = origin`,
            )
            .execute(transaction);
          await sql.raw(move(from, to)).execute(transaction);
          throw new Error("the move was allowed");
        });
        await expect(attempt, `${from} -> ${to}`).rejects.toThrow(
          canMove(from, to) ? "the move was allowed" : /cannot become|written already/,
        );
      }
  });

  it("a failed run leaves its state by a counted retry only", async () => {
    const runKey = await runningRun();
    await finishAttempt(db, { runKey, attempt: 1, attemptState: "failed", runState: "failed", errorClass: "trainer-bug" });
    await expect(statement(`update runs set state = 'queued', finished_at = null where run_key = '${runKey}'`)).rejects.toThrow(
      /only a retry/,
    );
    await statement(`update runs set state = 'queued', finished_at = null, retry_count = retry_count + 1 where run_key = '${runKey}'`);
  });

  it("sweeps: bad states, bad moves, another identity, a second one of the same spec", async () => {
    const { sweep } = await insertExampleSweep(db);
    await expect(statement(`update sweeps set state = 'paused', finished_at = now() where id = '${sweep.id}'`)).rejects.toThrow(
      /sweeps_terminal_has_time/,
    );
    await expect(statement(`update sweeps set state = 'finished' where id = '${sweep.id}'`)).rejects.toThrow(/sweeps_terminal_has_time/);
    await expect(statement(`update sweeps set state = 'sleeping' where id = '${sweep.id}'`)).rejects.toThrow(/sweeps_state_known/);
    await expect(statement(`update sweeps set concurrency = 0 where id = '${sweep.id}'`)).rejects.toThrow(/sweeps_concurrency_check/);
    await expect(statement(`update sweeps set spec_hash = 'other' where id = '${sweep.id}'`)).rejects.toThrow(/identity/);
    await statement(`update sweeps set state = 'finished', finished_at = now() where id = '${sweep.id}'`);
    await expect(statement(`update sweeps set state = 'paused', finished_at = null where id = '${sweep.id}'`)).rejects.toThrow(
      /cannot become paused/,
    );
    await expect(
      statement(
        `insert into sweeps select '${"0".repeat(12)}', study_id, 99, 'queued', null, spec, spec_hash, comparison_hash, data, trainer_version, trainer_program_digest, trainer_command, 1, '{}', 'other' from sweeps where id = '${sweep.id}'`,
      ),
    ).rejects.toThrow(/sweeps_study_id_spec_hash/);
    await expect(
      statement(
        `insert into trials (sweep_id, number, content_hash, parametrization, hyperparameters, width, depth, head_dimension, batch_size_tokens, token_horizon, parameter_count_total, parameter_count_non_embedding, training_flops, training_flops_formula) select sweep_id, 1000, content_hash, 'sp', '{}', 1, 1, 1, 1, 1, 1, 1, 1, '6ND' from trials where sweep_id = '${sweep.id}' limit 1`,
      ),
    ).rejects.toThrow(/trials_sweep_id_content_hash/);
  });

  it("FLOPs beyond 64-bit integers are stored exactly as doubles", async () => {
    const { sweep } = await insertExampleSweep(db);
    await statement(`update trials set training_flops = 6.25e26 where sweep_id = '${sweep.id}'`);
    const row = await db.selectFrom("trials").select("trainingFlops").where("sweepId", "=", sweep.id).executeTakeFirstOrThrow();
    expect(row.trainingFlops).toBe(6.25e26);
  });

  it("the rules that follow from states.ts can be written again at any time", async () => {
    await applyStateConstraints(db.withTables());
    await applyStateConstraints(db.withTables());
    await expect(statement(`update runs set state = 'done' where run_key = '${await freshRun()}'`)).rejects.toThrow();
  });
});
