import { z } from "zod";
import type { SuggestionExplanation, SuggestionKind } from "../../analysis/search/searchers/contract.ts";
import { type SearchValues, searchValueSchema } from "../../analysis/search/space/search-space.ts";
import type { ErrorClass, RunState } from "../../analysis/study/states.ts";
import type { PlannedTrial } from "../../analysis/study/trial.ts";
import type { LadderDatabase } from "./connect.ts";
import { parseStored } from "./stored-json.ts";
import { lockSweep, trialHash, writeTrials } from "./trials.ts";

const kinds = [
  "initial",
  "explore",
  "replicate",
  "costFrontier",
  "global",
  "fallback",
  "enumerated",
] as const satisfies readonly SuggestionKind[];
const kindSchema: z.ZodType<SuggestionKind> = z.enum(kinds);
const valuesSchema = z.record(z.string(), searchValueSchema);
const rangeSchema = z.object({ mean: z.number(), low: z.number(), high: z.number() });
const explanationSchema: z.ZodType<SuggestionExplanation> = z.object({
  predictedLoss: rangeSchema.nullable(),
  predictedCost: z.object({ median: z.number(), low: z.number(), high: z.number() }).nullable(),
  probabilityOfSuccess: z.number().nullable(),
  probabilityWithinCap: z.number().nullable(),
  logExpectedImprovement: z.number().nullable(),
  front: z.array(z.string()),
  trialsHash: z.string(),
  words: z.string(),
});

/** What a strategy asked for, and what came of its run. */
export interface StoredSuggestion {
  /** 1, 2, … in the order in which it was asked. */
  readonly number: number;
  readonly suggestionId: string;
  readonly runKey: string;
  readonly values: SearchValues;
  readonly kind: SuggestionKind;
  readonly state: RunState;
  readonly errorClass: ErrorClass | null;
  readonly loss: number | null;
  readonly trainingFlops: number;
}

/** A suggestion with the trial that carries it out: one run. */
export interface NewSuggestion {
  readonly suggestionId: string;
  readonly values: SearchValues;
  readonly kind: SuggestionKind;
  readonly explanation: SuggestionExplanation;
  readonly trial: PlannedTrial;
}

/** Suggestions of a sweep in their order, with the outcomes of their runs. */
export async function listSuggestions(db: LadderDatabase, sweepId: string): Promise<readonly StoredSuggestion[]> {
  const rows = await db
    .selectFrom("suggestions")
    .innerJoin("runs", "runs.runKey", "suggestions.runKey")
    .innerJoin("trials", "trials.id", "suggestions.trialId")
    .select([
      "suggestions.number",
      "suggestions.suggestionId",
      "suggestions.runKey",
      "suggestions.values",
      "suggestions.kind",
      "runs.state",
      "runs.errorClass",
      "runs.loss",
      "trials.trainingFlops",
    ])
    .where("suggestions.sweepId", "=", sweepId)
    .orderBy("suggestions.number")
    .execute();
  return rows.map((row) => ({
    ...row,
    values: parseStored(valuesSchema, row.values, "suggestions.values"),
    kind: parseStored(kindSchema, row.kind, "suggestions.kind"),
  }));
}

/**
 * Keeps suggestions with their trials and runs, if nobody else has asked since `known` of them were read.
 *
 * @returns false when somebody has: nothing is written, and what to ask for must be thought over again
 * @throws LadderError as `insertTrials`
 */
export async function insertSuggestions(
  db: LadderDatabase,
  sweepId: string,
  known: number,
  suggestions: readonly NewSuggestion[],
): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    await lockSweep(transaction, sweepId);
    const { count } = await transaction
      .selectFrom("suggestions")
      .select(({ fn }) => fn.countAll<number>().as("count"))
      .where("sweepId", "=", sweepId)
      .executeTakeFirstOrThrow();
    if (count !== known) return false;
    const { trialIds } = await writeTrials(
      transaction,
      sweepId,
      suggestions.map(({ trial }) => trial),
    );
    await transaction
      .insertInto("suggestions")
      .values(
        suggestions.map(({ suggestionId, values, kind, explanation, trial }, index) => ({
          sweepId,
          number: known + index + 1,
          suggestionId,
          runKey: trial.runs[0]?.runKey ?? "",
          trialId: trialIds.get(trialHash(trial)) ?? 0,
          values: JSON.stringify(values),
          kind,
          explanation: JSON.stringify(explanation),
        })),
      )
      .execute();
    return true;
  });
}

/** Why a run was suggested, by the sweeps that asked for it, the newest first. */
export async function suggestionsOfRun(
  db: LadderDatabase,
  runKey: string,
): Promise<
  readonly (Pick<StoredSuggestion, "number" | "kind"> & { readonly sweepId: string; readonly explanation: SuggestionExplanation })[]
> {
  const rows = await db
    .selectFrom("suggestions")
    .select(["sweepId", "number", "kind", "explanation"])
    .where("runKey", "=", runKey)
    .orderBy("createdAt", "desc")
    .execute();
  return rows.map((row) => ({
    ...row,
    kind: parseStored(kindSchema, row.kind, "suggestions.kind"),
    explanation: parseStored(explanationSchema, row.explanation, "suggestions.explanation"),
  }));
}
