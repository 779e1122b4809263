import { z } from "zod";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import type { LadderDatabase } from "./connect.ts";
import { runNotFound } from "./runs.ts";
import { parseStored } from "./stored-json.ts";

/** A run that another one goes on from: its checkpoint, the data it made, or the member of a population it copies. */
export interface RunParent {
  readonly relation: "checkpoint" | "data" | "population";
  readonly parentRunKey: string;
  readonly path: string | null;
}

/** Parents of a run, as its plan named them. */
export async function listParents(db: LadderDatabase, runKey: string): Promise<readonly RunParent[]> {
  return db
    .selectFrom("runParents")
    .select(["relation", "parentRunKey", "path"])
    .where("runKey", "=", runKey)
    .orderBy("relation")
    .orderBy("parentRunKey")
    .execute();
}

/**
 * Puts runs that branch off one trunk, and the trunk itself, into one cluster: their losses are not independent, and
 * analysis must resample them together. Repeating it adds to the cluster.
 *
 * @returns the cluster's id, which is the key of the trunk.
 * @throws LadderError `missing` RUN_NOT_FOUND; `conflict` RUN_IN_OTHER_CLUSTER.
 */
export async function clusterRuns(db: LadderDatabase, trunkRunKey: string, runKeys: readonly string[]): Promise<string> {
  const members = [...new Set([trunkRunKey, ...runKeys])].sort();
  return db.transaction().execute(async (transaction) => {
    const rows = await transaction
      .selectFrom("runs")
      .select(["runKey", "clusterId"])
      .where("runKey", "in", members)
      .orderBy("runKey")
      .forNoKeyUpdate()
      .execute();
    const absent = members.find((key) => !rows.some((row) => row.runKey === key));
    if (absent !== undefined) throw runNotFound(absent);
    const other = rows.find((row) => row.clusterId !== null && row.clusterId !== trunkRunKey);
    if (other !== undefined)
      throw new LadderError("conflict", "RUN_IN_OTHER_CLUSTER", `run ${other.runKey} belongs to the trunk ${String(other.clusterId)}`, {
        fields: { ...other, trunkRunKey },
      });
    await transaction
      .insertInto("clusters")
      .values({ id: trunkRunKey, trunkRunKey })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await transaction.updateTable("runs").set({ clusterId: trunkRunKey }).where("runKey", "in", members).execute();
    return trunkRunKey;
  });
}

/** What hangs on a run without being one: a cooldown from a step, an evaluation, a stage of data. */
export interface Stage {
  readonly kind: "cooldown" | "evaluation" | "data";
  /** 1, 2, … within the run and kind. */
  readonly number: number;
  readonly fromStep: number;
  readonly toStep: number | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * Writes a stage of a run; writing the same one again replaces its steps and details.
 *
 * @throws LadderError `missing` RUN_NOT_FOUND.
 */
export async function recordStage(db: LadderDatabase, runKey: string, stage: Stage): Promise<void> {
  const run = await db.selectFrom("runs").select("runKey").where("runKey", "=", runKey).executeTakeFirst();
  if (run === undefined) throw runNotFound(runKey);
  const values = { fromStep: stage.fromStep, toStep: stage.toStep, details: JSON.stringify(stage.details) };
  await db
    .insertInto("stages")
    .values({ runKey, kind: stage.kind, number: stage.number, ...values })
    .onConflict((conflict) => conflict.columns(["runKey", "kind", "number"]).doUpdateSet(values))
    .execute();
}

const detailsSchema = z.record(z.string(), z.unknown());

/** Stages of a run in the order of their steps. */
export async function listStages(db: LadderDatabase, runKey: string): Promise<readonly Stage[]> {
  const rows = await db
    .selectFrom("stages")
    .select(["kind", "number", "fromStep", "toStep", "details"])
    .where("runKey", "=", runKey)
    .orderBy("fromStep")
    .orderBy("kind")
    .orderBy("number")
    .execute();
  return rows.map((row) => ({ ...row, details: parseStored(detailsSchema, row.details, "stages.details") }));
}
