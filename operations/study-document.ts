import { z } from "zod";
import { runVerificationSchema } from "../analysis/verification/run-verification.ts";
import type { Basin } from "../analysis/transfer/basins.ts";
import type { TransferTest } from "../analysis/transfer/transfer-test.ts";
import type { VariantMatrix } from "../analysis/transfer/variant-matrix.ts";
import { countedScaleSchema, scaleAxes } from "../analysis/study/scale.ts";
import { attemptStates, runStates, sweepStates } from "../analysis/study/states.ts";
import { studySpecSchema } from "../analysis/study/study-spec.ts";
import { dataSchema, hyperparametersSchema } from "../analysis/study/trainer-contract.ts";
import type { Proof } from "./prove-recommendation.ts";
import { recommendationContentSchema } from "./stored-recommendation.ts";

/** The whole study as one JSON document: what `ladder export` prints, what the report and the notebook read. */

const sweepSchema = z.object({
  id: z.string(),
  number: z.int(),
  state: z.enum(sweepStates),
  reason: z.string().nullable(),
  spec: studySpecSchema,
  specHash: z.string(),
  data: dataSchema,
  trainer: z.object({ version: z.string(), programDigest: z.string(), command: z.array(z.string()) }),
  concurrency: z.int(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
});

const trialSchema = z.object({
  sweep: z.int(),
  number: z.int(),
  parametrization: z.string(),
  hyperparameters: hyperparametersSchema,
  scale: countedScaleSchema,
  runs: z.array(z.object({ seed: z.int(), runKey: z.string() })),
});

const attemptSchema = z.object({
  attempt: z.int(),
  state: z.enum(attemptStates),
  executor: z.string(),
  jobId: z.string().nullable(),
  codeCommit: z.string().nullable(),
  dirtyDigest: z.string().nullable(),
  host: z.string().nullable(),
  cpuSeconds: z.number().nullable(),
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
});

const runSchema = z.object({
  runKey: z.string(),
  state: z.enum(runStates),
  seed: z.int(),
  /** Held-out loss, nats per token; null unless finished. */
  loss: z.number().nullable(),
  step: z.number().nullable(),
  tokens: z.number().nullable(),
  errorClass: z.string().nullable(),
  message: z.string().nullable(),
  cluster: z.string(),
  attempts: z.array(attemptSchema),
  /** Whether the trainer used what was resolved; null before there is a result. */
  usedAgainstResolved: runVerificationSchema.nullable().optional(),
});

/** Runs as analysis reads them: a row per trial and seed, of the sweeps that may stand together. */
const resultSchema = z.object({
  runKey: z.string(),
  parametrization: z.string(),
  hyperparameters: hyperparametersSchema,
  scale: countedScaleSchema,
  seed: z.int(),
  state: z.enum(runStates),
  loss: z.number().nullable(),
  cluster: z.string(),
});

const plotlySchema = z.object({ data: z.array(z.record(z.string(), z.json())), layout: z.record(z.string(), z.json()) });

const figureSchema = z.object({ id: z.string(), title: z.string(), caption: z.string(), light: plotlySchema, dark: plotlySchema });

/** Results of analysis are plain JSON of `analysis/`'s own types; checked here as far as a reader needs to rely on. */
const transferTestSchema = z.custom<TransferTest>(
  (value) =>
    z.looseObject({ parametrization: z.string(), verdict: z.string(), words: z.string(), optima: z.array(z.json()) }).safeParse(value)
      .success,
);
const variantMatrixSchema = z.custom<VariantMatrix>(
  (value) => z.looseObject({ rows: z.array(z.looseObject({ name: z.string(), answer: z.string() })) }).safeParse(value).success,
);
const basinSchema = z.custom<Basin>(
  (value) => z.looseObject({ parametrization: z.string(), axisValue: z.number(), points: z.array(z.json()) }).safeParse(value).success,
);
const proofSchema = z.custom<Proof>(
  (value) =>
    z
      .looseObject({ recommendation: z.string(), comparison: z.looseObject({ words: z.string(), perSeed: z.array(z.json()) }) })
      .safeParse(value).success,
);

export const studyDocumentSchema = z.object({
  format: z.literal("ladder-study"),
  version: z.literal(1),
  /** Version of Ladder that wrote it. */
  ladder: z.string(),
  study: z.string(),
  question: z.string().nullable(),
  state: z.enum(sweepStates),
  spec: studySpecSchema,
  totals: z.record(z.string(), z.int()),
  spent: z.object({ cpuSeconds: z.number(), trainingFlops: z.number(), runs: z.int() }),
  sweeps: z.array(sweepSchema),
  trials: z.array(trialSchema),
  runs: z.array(runSchema),
  results: z.array(resultSchema),
  /** Null until there are results. */
  transfer: z
    .object({
      axis: z.enum(scaleAxes),
      hyperparameter: z.string(),
      /** The results that the analysis rests on: sweeps over a space, without proofs. `rowsHash` is of these. */
      rows: z.array(resultSchema),
      rowsHash: z.string(),
      basins: z.array(basinSchema),
      tests: z.array(transferTestSchema),
      /** A row a variant; null for a study without variants, absent in documents of older versions. */
      matrix: variantMatrixSchema.nullable().optional(),
    })
    .nullable(),
  recommendations: z.array(
    z.object({ id: z.string(), codeVersion: z.string(), createdAt: z.iso.datetime(), content: recommendationContentSchema }),
  ),
  proofs: z.array(proofSchema),
  /** The newest coordinate check of each rule set and axis, without its values; left out by versions that had none. */
  coordinateChecks: z
    .array(
      z.object({
        parametrization: z.string(),
        axis: z.enum(["width", "depth"]),
        verdict: z.enum(["pass", "undecided", "fail"]),
        words: z.string(),
        createdAt: z.iso.datetime(),
      }),
    )
    .optional(),
  /** Plotly figures as plain JSON. */
  figures: z.array(figureSchema),
});
export type StudyDocument = z.infer<typeof studyDocumentSchema>;
