import { sql, type Kysely } from "kysely";
import {
  attemptStates,
  canMove,
  errorClasses,
  isTerminal,
  runStates,
  sweepStates,
  terminalRunStates,
} from "../../analysis/study/states.ts";
import { guardSqlState } from "./errors.ts";

/** Attempts that may still hold a job: at most one of them a run. `lost` is the end of an attempt whose job is gone. */
export const liveAttemptStates = ["submitting", "running"] as const;
/** Ends of a sweep. An extension or a retry opens it again. */
export const terminalSweepStates = ["finished", "failed", "cancelled"] as const;

/**
 * Writes the checks and guards that follow from `analysis/study/states.ts` into the database. Safe to repeat: a
 * migration that comes with a new state calls it again, and an old database then equals a fresh one.
 */
export async function applyStateConstraints(db: Kysely<never>): Promise<void> {
  await sql.raw(stateConstraintsSql()).execute(db);
}

/** The SQL of `applyStateConstraints`, so that a test can hold it against the lists it is made from. */
export function stateConstraintsSql(): string {
  const moves = runStates.flatMap((from) => runStates.filter((to) => canMove(from, to)).map((to) => `('${from}', '${to}')`));
  return [
    check("runs", "runs_state_known", `state in (${list(runStates)})`),
    check("runs", "runs_error_class_known", `error_class in (${list(errorClasses)})`),
    check("runs", "runs_terminal_has_time", `(state in (${list(terminalRunStates)})) = (finished_at is not null)`),
    // NaN sorts above Infinity in Postgres, so this refuses both.
    check(
      "runs",
      "runs_finished_has_finite_loss",
      `state <> 'finished' or (loss is not null and loss > '-Infinity' and loss < 'Infinity')`,
    ),
    check("runs", "runs_loss_only_when_finished", `loss is null or state = 'finished'`),
    check("attempts", "attempts_state_known", `state in (${list(attemptStates)})`),
    check("attempts", "attempts_error_class_known", `error_class in (${list(errorClasses)})`),
    check("attempts", "attempts_ended_has_time", `(state in (${list(liveAttemptStates)})) = (ended_at is null)`),
    check("attempts", "attempts_running_has_job", `state <> 'running' or job_id is not null`),
    check("sweeps", "sweeps_state_known", `state in (${list(sweepStates)})`),
    check("sweeps", "sweeps_terminal_has_time", `(state in (${list(terminalSweepStates)})) = (finished_at is not null)`),
    check("sweep_events", "sweep_events_state_known", `from_state in (${list(sweepStates)}) and to_state in (${list(sweepStates)})`),
    `drop index if exists attempts_one_live_per_run;
     create unique index attempts_one_live_per_run on attempts (run_key) where state in (${list(liveAttemptStates)});`,
    runGuard(moves),
    attemptGuard(),
    agreementGuard(),
    sweepGuard(),
  ].join("\n");
}

function list(values: readonly string[]): string {
  return values.map((value) => `'${value}'`).join(", ");
}

function check(table: string, name: string, condition: string): string {
  return `alter table ${table} drop constraint if exists ${name};\nalter table ${table} add constraint ${name} check (${condition});`;
}

function refuse(message: string, ...values: readonly string[]): string {
  return `raise exception using errcode = '${guardSqlState}', message = format('${message}'${values.map((value) => `, ${value}`).join("")});`;
}

function trigger(table: string, name: string, when: string, kind: "before" | "deferred", body: string): string {
  return `create or replace function ${name}() returns trigger language plpgsql as $body$ begin ${body} return new; end $body$;
drop trigger if exists ${name} on ${table};
create ${kind === "deferred" ? "constraint trigger" : "trigger"} ${name} ${kind === "deferred" ? "after" : "before"} ${when} on ${table}
  ${kind === "deferred" ? "deferrable initially deferred " : ""}for each row execute function ${name}();`;
}

/** Only the moves of `states.ts`; a terminal state is left by a counted retry alone; what a result says never changes. */
function runGuard(moves: readonly string[]): string {
  const results = runStates.filter((state) => isTerminal(state) && !runStates.some((to) => canMove(state, to)));
  return trigger(
    "runs",
    "runs_guard",
    "update",
    "before",
    `
    if new.run_key <> old.run_key or new.identity <> old.identity or new.seed <> old.seed then ${refuse("the identity of run %s cannot change", "old.run_key")} end if;
    if new.fence < old.fence then ${refuse("the fence of run %s cannot go back from %s to %s", "old.run_key", "old.fence", "new.fence")} end if;
    if new.state <> old.state and (old.state, new.state) not in (values ${moves.join(", ")}) then ${refuse("run %s is %s and cannot become %s", "old.run_key", "old.state", "new.state")} end if;
    if old.state in (${list(terminalRunStates)}) and new.state <> old.state and new.retry_count <> old.retry_count + 1 then ${refuse("run %s is %s; only a retry leaves that state", "old.run_key", "old.state")} end if;
    if old.state in (${list(results)}) and (new.loss, new.step, new.tokens, new.schedule, new.finished_at, new.fence) is distinct from (old.loss, old.step, old.tokens, old.schedule, old.finished_at, old.fence) then ${refuse("the result of run %s is written already", "old.run_key")} end if;`,
  );
}

/** An attempt is numbered by the fence, and its end is written once. */
function attemptGuard(): string {
  return trigger(
    "attempts",
    "attempts_guard",
    "insert or update",
    "before",
    `
    if new.attempt > (select fence from runs where run_key = new.run_key) then ${refuse("attempt %s of run %s is beyond the fence", "new.attempt", "new.run_key")} end if;
    if tg_op = 'UPDATE' then
      if (new.run_key, new.attempt, new.attempt_key) <> (old.run_key, old.attempt, old.attempt_key) then ${refuse("attempt %s cannot be renamed", "old.attempt_key")} end if;
      if old.ended_at is not null and (new.state, new.ended_at, new.error_class, new.exit_code) is distinct from (old.state, old.ended_at, old.error_class, old.exit_code) then ${refuse("attempt %s ended as %s already", "old.attempt_key", "old.state")} end if;
      if old.state = 'running' and new.state = 'submitting' then ${refuse("attempt %s was submitted already", "old.attempt_key")} end if;
    end if;`,
  );
}

/** At commit: a run is `running` or `lost` exactly while one of its attempts is live. */
function agreementGuard(): string {
  const body = `
    if exists (select 1 from runs r where r.run_key = new.run_key
      and (r.state in ('running', 'lost')) <> exists (select 1 from attempts a where a.run_key = r.run_key and a.state in (${list(liveAttemptStates)})))
    then ${refuse("run %s and its attempts disagree: it is running or lost exactly while an attempt is live", "new.run_key")} end if;`;
  return [
    trigger("runs", "runs_agree_with_attempts", "insert or update of state", "deferred", body),
    trigger("attempts", "attempts_agree_with_run", "insert or update of state", "deferred", body),
  ].join("\n");
}

function sweepGuard(): string {
  return trigger(
    "sweeps",
    "sweeps_guard",
    "update",
    "before",
    `
    if (new.id, new.study_id, new.number, new.spec_hash, new.trainer_program_digest) <> (old.id, old.study_id, old.number, old.spec_hash, old.trainer_program_digest) or new.spec <> old.spec then ${refuse("the identity of sweep %s cannot change", "old.id")} end if;
    if old.state <> new.state and old.state in (${list(terminalSweepStates)}) and new.state not in ('queued', 'running') then ${refuse("sweep %s is %s and cannot become %s", "old.id", "old.state", "new.state")} end if;
    if old.state <> new.state and new.state = 'queued' and old.state not in (${list(terminalSweepStates)}) then ${refuse("sweep %s is %s and cannot become %s", "old.id", "old.state", "new.state")} end if;`,
  );
}
