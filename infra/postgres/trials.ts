import { sql } from "kysely";
import { contentHash } from "../../analysis/study/content-hash.ts";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import type { CountedScale } from "../../analysis/study/scale.ts";
import { hyperparametersSchema } from "../../analysis/study/trainer-contract.ts";
import type { PlannedRun, PlannedTrial } from "../../analysis/study/trial.ts";
import type { LadderDatabase } from "./connect.ts";
import { chunksOf, parseStored } from "./stored-json.ts";
import { sweepNotFound } from "./sweeps.ts";

/** Resolved runs are tens of kilobytes each: a statement of a hundred stays small. */
const runsPerStatement = 100;
const trialsPerStatement = 1000;

/** Identity of a trial within its sweep: parametrization, hyperparameters and scale. */
export function trialHash(trial: Pick<PlannedTrial, "parametrization" | "hyperparameters" | "scale">): string {
  return contentHash({ parametrization: trial.parametrization, hyperparameters: trial.hyperparameters, scale: trial.scale });
}

/**
 * Writes trials and their runs in one transaction; repeating it changes nothing. Runs that exist already are linked, not
 * made again. A run that was cancelled is queued again when a sweep newly asks for it; one that failed stays failed until
 * a retry. Where the data or a parent lies now replaces where it lay, for runs that are still to do.
 *
 * @returns `createdRunKeys`: runs that did not exist before; `reusedRunKeys`: all others of these trials. Both in the
 * order of the trials, each key once.
 * @throws LadderError `missing` SWEEP_NOT_FOUND, PARENT_RUN_NOT_FOUND; `conflict` TRIAL_RUN_DIFFERS when a trial of the
 * sweep has another run for the same seed already.
 */
export async function insertTrials(
  db: LadderDatabase,
  sweepId: string,
  trials: readonly PlannedTrial[],
): Promise<{ readonly createdRunKeys: readonly string[]; readonly reusedRunKeys: readonly string[] }> {
  return db.transaction().execute(async (transaction) => {
    await lockSweep(transaction, sweepId);
    const { created, runKeys } = await writeTrials(transaction, sweepId, trials);
    return { createdRunKeys: runKeys.filter((key) => created.has(key)), reusedRunKeys: runKeys.filter((key) => !created.has(key)) };
  });
}

/** Makes every other change of a sweep's trials wait. @throws LadderError `missing` SWEEP_NOT_FOUND */
export async function lockSweep(transaction: LadderDatabase, sweepId: string): Promise<void> {
  const sweep = await transaction.selectFrom("sweeps").select("id").where("id", "=", sweepId).forNoKeyUpdate().executeTakeFirst();
  if (sweep === undefined) throw sweepNotFound(sweepId);
}

/** What `writeTrials` has written. */
export interface WrittenTrials {
  /** Keys of runs that did not exist before. */
  readonly created: ReadonlySet<string>;
  /** Keys of all runs of the trials, each once, in their order. */
  readonly runKeys: readonly string[];
  /** Ids of the trials by `trialHash`. */
  readonly trialIds: ReadonlyMap<string, number>;
}

/** `insertTrials` within the caller's transaction, which holds the sweep's lock. */
export async function writeTrials(transaction: LadderDatabase, sweepId: string, trials: readonly PlannedTrial[]): Promise<WrittenTrials> {
  const runs = new Map(trials.flatMap((trial) => trial.runs.map((run) => [run.runKey, run] as const)));
  const created = new Set<string>();
  // Always in the order of the keys: two submissions that share runs wait for each other instead of deadlocking.
  const sorted = [...runs.values()].sort((left, right) => (left.runKey < right.runKey ? -1 : 1));
  for (const chunk of chunksOf(sorted, runsPerStatement)) for (const key of await insertRuns(transaction, chunk)) created.add(key);
  await insertParents(
    transaction,
    sorted.filter((run) => created.has(run.runKey)),
  );
  const trialIds = await insertTrialRows(transaction, sweepId, trials);
  const linked = await linkRuns(transaction, trials, trialIds);
  await requeueCancelled(
    transaction,
    linked.filter((key) => !created.has(key)),
  );
  if (linked.length > 0) {
    const details = JSON.stringify({ trials: trials.length, links: linked.length, createdRuns: created.size });
    await transaction
      .insertInto("sweepEvents")
      .values({ sweepId, kind: "trials", fromState: null, toState: null, reason: null, details })
      .execute();
  }
  return { created, runKeys: [...runs.keys()], trialIds };
}

async function insertRuns(db: LadderDatabase, runs: readonly PlannedRun[]): Promise<readonly string[]> {
  const result = await sql<{ runKey: string; created: boolean }>`
    insert into runs (run_key, identity, resolved, seed)
    select * from unnest(
      ${runs.map((run) => run.runKey)}::text[],
      ${runs.map((run) => JSON.stringify(run.identity))}::jsonb[],
      ${runs.map((run) => JSON.stringify(run.resolved))}::jsonb[],
      ${runs.map((run) => run.seed)}::bigint[])
    on conflict (run_key) do update set resolved = excluded.resolved
      where runs.resolved <> excluded.resolved and runs.finished_at is null
    returning run_key, (xmax = 0) as created`.execute(db);
  return result.rows.filter((row) => row.created).map((row) => row.runKey);
}

async function insertParents(db: LadderDatabase, runs: readonly PlannedRun[]): Promise<void> {
  const parents = runs.flatMap((run) =>
    run.resolved.parents.map((parent) => ({
      runKey: run.runKey,
      relation: parent.relation,
      parentRunKey: parent.runKey,
      path: parent.path ?? null,
    })),
  );
  if (parents.length === 0) return;
  const wanted = [...new Set(parents.map((parent) => parent.parentRunKey))];
  const found = await sql<{ runKey: string }>`select run_key from runs where run_key = any(${wanted}::text[])`.execute(db);
  const known = new Set(found.rows.map((row) => row.runKey));
  const orphan = parents.find((parent) => !known.has(parent.parentRunKey));
  if (orphan !== undefined)
    throw new LadderError(
      "missing",
      "PARENT_RUN_NOT_FOUND",
      `run ${orphan.runKey} goes on from run ${orphan.parentRunKey}, which does not exist`,
      { fields: { ...orphan } },
    );
  for (const chunk of chunksOf(parents, trialsPerStatement))
    await db
      .insertInto("runParents")
      .values([...chunk])
      .onConflict((conflict) => conflict.doNothing())
      .execute();
}

async function insertTrialRows(db: LadderDatabase, sweepId: string, trials: readonly PlannedTrial[]): Promise<ReadonlyMap<string, number>> {
  const before = await db.selectFrom("trials").select(["contentHash", "id", "number"]).where("sweepId", "=", sweepId).execute();
  const ids = new Map(before.map((row) => [row.contentHash, row.id]));
  let last = before.reduce((highest, row) => Math.max(highest, row.number), 0);
  const fresh = new Map<string, PlannedTrial>();
  for (const trial of trials) {
    const hash = trialHash(trial);
    if (!ids.has(hash) && !fresh.has(hash)) fresh.set(hash, trial);
  }
  for (const chunk of chunksOf([...fresh], trialsPerStatement)) {
    const rows = await db
      .insertInto("trials")
      .values(
        chunk.map(([hash, trial]) => ({
          sweepId,
          number: ++last,
          contentHash: hash,
          parametrization: trial.parametrization,
          hyperparameters: JSON.stringify(trial.hyperparameters),
          ...trial.scale,
        })),
      )
      .returning(["contentHash", "id"])
      .execute();
    for (const row of rows) ids.set(row.contentHash, row.id);
  }
  return ids;
}

/** Returns the keys of the runs that were not linked to their trial before. */
async function linkRuns(
  db: LadderDatabase,
  trials: readonly PlannedTrial[],
  trialIds: ReadonlyMap<string, number>,
): Promise<readonly string[]> {
  const links = trials.flatMap((trial) => {
    const trialId = trialIds.get(trialHash(trial));
    if (trialId === undefined) throw new LadderError("defect", "TRIAL_WITHOUT_ROW", "a trial was inserted without an id");
    return trial.runs.map((run) => ({ trialId, seed: run.seed, runKey: run.runKey }));
  });
  links.sort((left, right) => left.trialId - right.trialId || left.seed - right.seed);
  const linked: string[] = [];
  await refuseOtherRuns(db, links);
  for (const chunk of chunksOf(links, trialsPerStatement)) {
    const result = await sql<{ runKey: string }>`
      insert into trial_runs (trial_id, seed, run_key, position)
      select link.trial_id, link.seed, link.run_key,
        (select count(*) from trial_runs old where old.trial_id = link.trial_id) + row_number() over (partition by link.trial_id order by link.seed)
      from unnest(${chunk.map((link) => link.trialId)}::bigint[], ${chunk.map((link) => link.seed)}::bigint[], ${chunk.map((link) => link.runKey)}::text[]) as link (trial_id, seed, run_key)
      where not exists (select 1 from trial_runs old where old.trial_id = link.trial_id and old.seed = link.seed)
      returning run_key`.execute(db);
    linked.push(...result.rows.map((row) => row.runKey));
  }
  return linked;
}

/** A cell of a sweep is one run for ever: a second key for it means that the plan was not made from the sweep's spec. */
async function refuseOtherRuns(
  db: LadderDatabase,
  links: readonly { readonly trialId: number; readonly seed: number; readonly runKey: string }[],
): Promise<void> {
  const result = await sql<{ seed: number; old: string; planned: string }>`
    select old.seed, old.run_key as old, link.run_key as planned
    from unnest(${links.map((link) => link.trialId)}::bigint[], ${links.map((link) => link.seed)}::bigint[], ${links.map((link) => link.runKey)}::text[]) as link (trial_id, seed, run_key)
    join trial_runs old on old.trial_id = link.trial_id and old.seed = link.seed and old.run_key <> link.run_key limit 1`.execute(db);
  const [other] = result.rows;
  if (other !== undefined)
    throw new LadderError(
      "conflict",
      "TRIAL_RUN_DIFFERS",
      `a trial of this sweep has run ${other.old} for seed ${String(other.seed)}; the new plan gives it ${other.planned}`,
      { fields: { ...other }, hint: "submit the changed plan as a new sweep" },
    );
}

async function requeueCancelled(db: LadderDatabase, runKeys: readonly string[]): Promise<void> {
  if (runKeys.length === 0) return;
  const keys = [...new Set(runKeys)].sort();
  await sql`
    update runs set state = 'queued', retry_count = retry_count + 1, retry_floor = fence, finished_at = null, error_class = null, message = null
    where run_key in (select run_key from runs where run_key = any(${keys}::text[]) and state = 'cancelled' order by run_key for no key update)`.execute(
    db,
  );
}

/** One trial of a sweep with its runs in the order of their seeds. */
export interface Trial {
  readonly id: number;
  /** 1, 2, … in the order of the plan. */
  readonly number: number;
  readonly parametrization: string;
  readonly hyperparameters: Readonly<Record<string, number>>;
  readonly scale: CountedScale;
  readonly runs: readonly { readonly seed: number; readonly runKey: string }[];
}

/** Trials of a sweep in the order of the plan. */
export async function listTrials(db: LadderDatabase, sweepId: string): Promise<readonly Trial[]> {
  const trials = await db.selectFrom("trials").selectAll().where("sweepId", "=", sweepId).orderBy("number").execute();
  const links = await db
    .selectFrom("trialRuns")
    .innerJoin("trials", "trials.id", "trialRuns.trialId")
    .select(["trialRuns.trialId", "trialRuns.seed", "trialRuns.runKey"])
    .where("trials.sweepId", "=", sweepId)
    .orderBy("trialRuns.trialId")
    .orderBy("trialRuns.position")
    .execute();
  const runs = new Map<number, { readonly seed: number; readonly runKey: string }[]>();
  for (const { trialId, seed, runKey } of links) {
    const ofTrial = runs.get(trialId) ?? [];
    ofTrial.push({ seed, runKey });
    runs.set(trialId, ofTrial);
  }
  return trials.map((row) => ({
    id: row.id,
    number: row.number,
    parametrization: row.parametrization,
    hyperparameters: parseStored(hyperparametersSchema, row.hyperparameters, "trials.hyperparameters"),
    scale: readScale(row),
    runs: runs.get(row.id) ?? [],
  }));
}

/** The scale columns of a row, alone. */
export function readScale(row: CountedScale): CountedScale {
  const {
    width,
    depth,
    headDimension,
    batchSizeTokens,
    tokenHorizon,
    parameterCountTotal,
    parameterCountNonEmbedding,
    trainingFlops,
    trainingFlopsFormula,
  } = row;
  return {
    width,
    depth,
    headDimension,
    batchSizeTokens,
    tokenHorizon,
    parameterCountTotal,
    parameterCountNonEmbedding,
    trainingFlops,
    trainingFlopsFormula,
  };
}
