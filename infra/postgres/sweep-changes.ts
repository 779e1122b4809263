import { z } from "zod";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import type { SweepState } from "../../analysis/study/states.ts";
import type { LadderDatabase } from "./connect.ts";
import { terminalSweepStates } from "./state-constraints.ts";
import { databaseTime, parseStored, storableText } from "./stored-json.ts";
import { readSweep, sweepNotFound, type Budget, type Sweep } from "./sweeps.ts";

export interface SweepStateChange {
  /** States that the change may start from; every state when left out. */
  readonly from?: readonly SweepState[];
  readonly to: SweepState;
  readonly reason?: string;
}

/**
 * Changes the state of a sweep by compare-and-set and records the change as an event. A sweep that is in `to` already
 * stays as it is (a new reason is taken over), so a repeated call is harmless.
 *
 * @throws LadderError `missing` SWEEP_NOT_FOUND; `conflict` SWEEP_STATE when it is in none of the `from` states;
 * `conflict` STATE_CONFLICT for a move that no sweep can make.
 */
export async function setSweepState(db: LadderDatabase, id: string, change: SweepStateChange): Promise<Sweep> {
  const reason = change.reason === undefined ? null : storableText(change.reason);
  return db.transaction().execute(async (transaction) => {
    const before = await transaction.selectFrom("sweeps").selectAll().where("id", "=", id).forNoKeyUpdate().executeTakeFirst();
    if (before === undefined) throw sweepNotFound(id);
    if (before.state === change.to && (reason === null || reason === before.reason)) return readSweep(before);
    if (before.state !== change.to && change.from?.includes(before.state) === false)
      throw new LadderError(
        "conflict",
        "SWEEP_STATE",
        `sweep ${String(before.number)} is ${before.state}${before.reason === null ? "" : ` (${before.reason})`}, so it cannot become ${change.to}`,
        {
          fields: { sweepId: id, state: before.state, wanted: change.to, from: change.from },
        },
      );
    const ends = terminalSweepStates.some((state) => state === change.to);
    const row = await transaction
      .updateTable("sweeps")
      .set({ state: change.to, reason, finishedAt: ends ? (before.finishedAt ?? databaseTime()) : null })
      .where("id", "=", id)
      .returningAll()
      .executeTakeFirstOrThrow();
    await transaction
      .insertInto("sweepEvents")
      .values({ sweepId: id, kind: "state", fromState: before.state, toState: change.to, reason })
      .execute();
    return readSweep(row);
  });
}

/** Runs at a time from now on, at least 1. @throws LadderError `input` CONCURRENCY_INVALID; `missing` SWEEP_NOT_FOUND. */
export async function setSweepConcurrency(db: LadderDatabase, id: string, concurrency: number, reason?: string): Promise<Sweep> {
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 100_000)
    throw new LadderError(
      "input",
      "CONCURRENCY_INVALID",
      `concurrency must be a whole number from 1 to 100000, not ${String(concurrency)}`,
      { fields: { concurrency } },
    );
  return changeSetting(db, id, { concurrency }, { kind: "concurrency", details: { concurrency }, reason });
}

/** The budget from now on; it replaces the old one. @throws LadderError `missing` SWEEP_NOT_FOUND. */
export async function setSweepBudget(db: LadderDatabase, id: string, budget: Budget, reason?: string): Promise<Sweep> {
  return changeSetting(db, id, { budget: JSON.stringify(budget) }, { kind: "budget", details: { budget }, reason });
}

interface SettingEvent {
  readonly kind: "concurrency" | "budget";
  readonly details: Readonly<Record<string, unknown>>;
  readonly reason: string | undefined;
}

async function changeSetting(
  db: LadderDatabase,
  id: string,
  values: { concurrency: number } | { budget: string },
  event: SettingEvent,
): Promise<Sweep> {
  return db.transaction().execute(async (transaction) => {
    const row = await transaction.updateTable("sweeps").set(values).where("id", "=", id).returningAll().executeTakeFirst();
    if (row === undefined) throw sweepNotFound(id);
    const reason = event.reason === undefined ? null : storableText(event.reason);
    await transaction
      .insertInto("sweepEvents")
      .values({ sweepId: id, kind: event.kind, fromState: null, toState: null, reason, details: JSON.stringify(event.details) })
      .execute();
    return readSweep(row);
  });
}

export interface SweepEvent {
  readonly id: number;
  readonly kind: "created" | "state" | "concurrency" | "budget" | "trials";
  readonly fromState: SweepState | null;
  readonly toState: SweepState | null;
  readonly reason: string | null;
  readonly details: Readonly<Record<string, unknown>> | null;
  readonly at: Date;
}

const detailsSchema = z.record(z.string(), z.unknown()).nullable();

/** Everything that happened to a sweep, in order. */
export async function listSweepEvents(db: LadderDatabase, sweepId: string): Promise<readonly SweepEvent[]> {
  const rows = await db
    .selectFrom("sweepEvents")
    .select(["id", "kind", "fromState", "toState", "reason", "details", "at"])
    .where("sweepId", "=", sweepId)
    .orderBy("id")
    .execute();
  return rows.map((row) => ({ ...row, details: parseStored(detailsSchema, row.details, "sweep_events.details") }));
}
