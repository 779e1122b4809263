import { randomUUID } from "node:crypto";
import type { LadderDatabase } from "./connect.ts";

/**
 * The uuid of this database, made once. Task queues (`ladder-<installationId>`) and attempt keys carry it, so that two
 * Ladders on one Temporal server or one cluster never take each other's work.
 */
export async function installationId(db: LadderDatabase): Promise<string> {
  const existing = await db.selectFrom("installation").select("installationId").executeTakeFirst();
  if (existing !== undefined) return existing.installationId;
  await db
    .insertInto("installation")
    .values({ installationId: randomUUID() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await db.selectFrom("installation").select("installationId").executeTakeFirstOrThrow();
  return row.installationId;
}
