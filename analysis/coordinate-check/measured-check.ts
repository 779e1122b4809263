import { z } from "zod";
import { contentHash, type JsonValue } from "../study/content-hash.ts";
import { hyperparametersSchema } from "../study/trainer-contract.ts";
import { coordinateCheckSchema, coordinateCheckVersion } from "./coordinate-check.ts";
import type { CoordinatePlan } from "./plan.ts";

/** A coordinate check that was carried out, with all that says what it is about. Plain JSON, as it is stored. */
export const measuredCheckSchema = z.strictObject({
  /** Hash of what was run and how it is read: the same check has the same one. */
  contentHash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Rule set or variant. */
  parametrization: z.string(),
  optimizer: z.string(),
  /** At the base scale. */
  hyperparameters: hyperparametersSchema,
  /** Tokens (or examples) of the one batch of every update. */
  batchSizeTokens: z.int().positive(),
  /** Hash of the study's spec with its defaults filled in. */
  specHash: z.string(),
  trainer: z.strictObject({ version: z.string(), programDigest: z.string() }),
  runKeys: z.array(z.string()),
  check: coordinateCheckSchema,
});
export type MeasuredCheck = z.infer<typeof measuredCheckSchema>;

/** The hash by which a check is found again: its runs (which know model, data, rules, steps and trainer) and how they are read. */
export function coordinatePlanHash(plan: CoordinatePlan): string {
  const { parametrization, axis, runs, modules, reservations, hints } = plan;
  const content: JsonValue = {
    version: coordinateCheckVersion,
    parametrization,
    axis,
    runs: runs.map(({ axisValue, seed, run }) => ({ axisValue, seed, runKey: run.runKey })),
    modules: modules.map(({ name, kind, insideBlock }) => ({ name, kind, insideBlock })),
    reservations,
    hints,
  };
  return contentHash(content);
}
