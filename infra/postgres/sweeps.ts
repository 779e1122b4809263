import type { Selectable } from "kysely";
import { z } from "zod";
import { contentHash, type JsonObject, type JsonValue } from "../../analysis/study/content-hash.ts";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import type { SweepState } from "../../analysis/study/states.ts";
import { studySpecSchema, type StudySpec } from "../../analysis/study/study-spec.ts";
import { dataSchema, type Data } from "../../analysis/study/trainer-contract.ts";
import type { LadderDatabase } from "./connect.ts";
import type { Schema } from "./schema.ts";
import { terminalSweepStates } from "./state-constraints.ts";
import { parseStored } from "./stored-json.ts";
import { newId } from "./studies.ts";

export interface SweepTrainer {
  readonly version: string;
  readonly programDigest: string;
  /** Program and arguments; never a shell line. */
  readonly command: readonly string[];
}

export type Budget = StudySpec["budget"];

/** Trials submitted together; one workflow. */
export interface Sweep {
  readonly id: string;
  readonly studyId: string;
  /** 1, 2, … within its study. */
  readonly number: number;
  readonly state: SweepState;
  /** Why it is in this state, when somebody or something said so. */
  readonly reason: string | null;
  readonly spec: StudySpec;
  readonly specHash: string;
  readonly data: Data;
  readonly trainer: SweepTrainer;
  /** Runs at a time. */
  readonly concurrency: number;
  readonly budget: Budget;
  readonly workflowId: string;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

export interface NewSweep {
  readonly studyId: string;
  readonly spec: StudySpec;
  readonly specHash: string;
  readonly data: Data;
  readonly trainer: SweepTrainer;
  readonly concurrency: number;
}

/**
 * The sweep of this study, spec and trainer program, made when it does not exist. Any number of callers at once make one.
 *
 * @throws LadderError `missing` STUDY_NOT_FOUND.
 */
export async function createSweepOrGet(db: LadderDatabase, sweep: NewSweep): Promise<{ readonly sweep: Sweep; readonly created: boolean }> {
  return db.transaction().execute(async (transaction) => {
    // The lock on the study numbers its sweeps without gaps and without races.
    const study = await transaction.selectFrom("studies").select("id").where("id", "=", sweep.studyId).forNoKeyUpdate().executeTakeFirst();
    if (study === undefined)
      throw new LadderError("missing", "STUDY_NOT_FOUND", `there is no study with the id ${sweep.studyId}`, {
        fields: { studyId: sweep.studyId },
      });
    const existing = await transaction
      .selectFrom("sweeps")
      .selectAll()
      .where("studyId", "=", sweep.studyId)
      .where("specHash", "=", sweep.specHash)
      .where("trainerProgramDigest", "=", sweep.trainer.programDigest)
      .executeTakeFirst();
    if (existing !== undefined) return { sweep: readSweep(existing), created: false };
    const { last } = await transaction
      .selectFrom("sweeps")
      .select((expression) => expression.fn.coalesce(expression.fn.max("number"), expression.lit(0)).as("last"))
      .where("studyId", "=", sweep.studyId)
      .executeTakeFirstOrThrow();
    const id = newId();
    const row = await transaction
      .insertInto("sweeps")
      .values({
        id,
        studyId: sweep.studyId,
        number: last + 1,
        state: "queued",
        reason: null,
        spec: JSON.stringify(sweep.spec),
        specHash: sweep.specHash,
        comparisonHash: comparisonHash(sweep),
        data: JSON.stringify(sweep.data),
        trainerVersion: sweep.trainer.version,
        trainerProgramDigest: sweep.trainer.programDigest,
        trainerCommand: JSON.stringify(sweep.trainer.command),
        concurrency: sweep.concurrency,
        budget: JSON.stringify(sweep.spec.budget),
        workflowId: `sweep-${id}`,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    await transaction
      .insertInto("sweepEvents")
      .values({ sweepId: id, kind: "created", fromState: null, toState: null, reason: null })
      .execute();
    return { sweep: readSweep(row), created: true };
  });
}

/**
 * Hash of all that must be equal before the runs of two sweeps may stand in one basin: trainer, data (without its path),
 * model, optimizer, schedule, evaluation and base scale. Hyperparameters are not in it, fixed ones neither: they stand in
 * every trial.
 */
export function comparisonHash(sweep: Pick<NewSweep, "spec" | "data" | "trainer">): string {
  const { model, optimizer, schedule, evaluation, base } = sweep.spec;
  const { version, programDigest } = sweep.trainer;
  const data = { ...sweep.data, ...("path" in sweep.data ? { path: undefined } : {}) };
  const content: JsonObject = { model: toJson(model), optimizer, schedule, evaluation, base, data, trainer: { version, programDigest } };
  return contentHash(content);
}

const jsonValueSchema: z.ZodType<JsonValue> = z.json();

function toJson(value: unknown): JsonValue {
  return jsonValueSchema.parse(JSON.parse(JSON.stringify(value)));
}

/** @throws LadderError `missing` SWEEP_NOT_FOUND. */
export async function getSweep(db: LadderDatabase, id: string): Promise<Sweep> {
  const row = await db.selectFrom("sweeps").selectAll().where("id", "=", id).executeTakeFirst();
  if (row === undefined) throw sweepNotFound(id);
  return readSweep(row);
}

/** Sweeps of a study in the order of their numbers. */
export async function listSweeps(db: LadderDatabase, studyId: string): Promise<readonly Sweep[]> {
  const rows = await db.selectFrom("sweeps").selectAll().where("studyId", "=", studyId).orderBy("number").execute();
  return rows.map(readSweep);
}

/** Sweeps of all studies that are not at an end: what a worker that lost its Temporal server starts again. */
export async function listOpenSweeps(db: LadderDatabase): Promise<readonly Sweep[]> {
  const rows = await db
    .selectFrom("sweeps")
    .selectAll()
    .where("state", "not in", [...terminalSweepStates])
    .orderBy("createdAt")
    .orderBy("id")
    .execute();
  return rows.map(readSweep);
}

export function sweepNotFound(id: string): LadderError {
  return new LadderError("missing", "SWEEP_NOT_FOUND", `there is no sweep ${JSON.stringify(id)}`, {
    fields: { sweepId: id },
    hint: "ladder list shows all studies, ladder show STUDY its sweeps",
  });
}

const budgetSchema = studySpecSchema.shape.budget;
const commandSchema = z.array(z.string());

export function readSweep(row: Selectable<Schema["sweeps"]>): Sweep {
  return {
    id: row.id,
    studyId: row.studyId,
    number: row.number,
    state: row.state,
    reason: row.reason,
    spec: parseStored(studySpecSchema, row.spec, "sweeps.spec"),
    specHash: row.specHash,
    data: parseStored(dataSchema, row.data, "sweeps.data"),
    trainer: {
      version: row.trainerVersion,
      programDigest: row.trainerProgramDigest,
      command: parseStored(commandSchema, row.trainerCommand, "sweeps.trainer_command"),
    },
    concurrency: row.concurrency,
    budget: parseStored(budgetSchema, row.budget, "sweeps.budget"),
    workflowId: row.workflowId,
    createdAt: row.createdAt,
    finishedAt: row.finishedAt,
  };
}
