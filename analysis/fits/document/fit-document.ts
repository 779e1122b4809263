import { z } from "zod";
import { LadderError } from "../../study/ladder-error.ts";
import { type Counting, countings } from "../../study/counting.ts";
import type { Objective } from "../contract.ts";
import type { FitReport } from "../fit-report.ts";

/** What was asked of a fit. */
export interface FitRequest {
  readonly objective: Objective;
  readonly holdoutBudgets: number;
  readonly dropWorst: number;
  readonly draws: number;
  readonly seed: number;
  /** Variables within which only the best trial was kept. */
  readonly bestPer: readonly string[] | null;
  readonly map: string | null;
  readonly where: string | null;
  readonly cluster: string | null;
}

/** Rows of a fit, column by column; all lists are of one length. */
export interface FitData {
  /** Inputs and output of the law, N, D and C where every row has them, and `weight` where rows have one; natural units. */
  readonly columns: Readonly<Record<string, readonly number[]>>;
  /** Where each row stands in the source. */
  readonly places: readonly number[];
  /** What each row is called there: a run key, an import and its line. */
  readonly labels: readonly string[] | null;
  readonly clusters: readonly (string | null)[] | null;
  /** Indices of the rows that were held out, ascending. */
  readonly heldOut: readonly number[];
}

/**
 * A fit with all that is needed to make it again: the report, the rows, what was asked, and the version that made it. Plain JSON: what
 * `ladder fit --json` prints, Postgres keeps, and every command takes that speaks of a fit.
 */
export interface FitDocument extends Omit<FitReport, "rows"> {
  readonly kind: "law-fit";
  /** Id in the database; null where it was not kept. */
  readonly id: string | null;
  readonly study: string | null;
  /** File or study that the rows came from. */
  readonly source: string;
  readonly counting: Counting;
  /** Hash of what was read: rows, exclusions and what was asked of the source. */
  readonly contentHash: string;
  /** Version of Ladder that fitted. */
  readonly codeVersion: string;
  readonly rows: {
    readonly used: number;
    /** `row` is a place in the source: a line of the file, a run of the study; `label` is its name there. */
    readonly excluded: readonly { readonly row: number; readonly label?: string | undefined; readonly reason: string }[];
  };
  readonly request: FitRequest;
  readonly data: FitData;
}

const objectiveSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("huber"), delta: z.number().positive() }),
  z.strictObject({ kind: z.literal("leastSquares") }),
  z.strictObject({ kind: z.literal("leastAbsoluteDeviations") }),
  z.strictObject({ kind: z.literal("asymmetric"), overestimatePenalty: z.number().positive() }),
]);

/** `FitResult` as JSON holds it. */
const fitResultSchema = z.object({
  law: z.string(),
  objective: objectiveSchema,
  residualScale: z.enum(["law", "value"]),
  search: z.object({
    starts: z.enum(["ranked", "all"]),
    polished: z.int(),
    maximumIterations: z.int(),
    gradientTolerance: z.number(),
  }),
  rowCount: z.int(),
  parameters: z.array(z.object({ name: z.string(), value: z.number().nullable(), coordinate: z.number() })),
  objectiveValue: z.number(),
  gradientNorm: z.number(),
  starts: z.object({ ranked: z.int(), run: z.int(), shareReached: z.number() }),
  evaluations: z.int(),
});

/** `FitReport` as JSON holds it. */
const reportSchema = z.object({
  law: z.string(),
  parameters: z.record(
    z.string(),
    z.object({
      value: z.number().nullable(),
      interval95: z.tuple([z.number(), z.number()]).nullable(),
      identified: z.boolean(),
      profile95: z.tuple([z.number().nullable(), z.number().nullable()]),
    }),
  ),
  objective: z.object({
    kind: z.enum(["huber", "leastSquares", "leastAbsoluteDeviations", "asymmetric"]),
    delta: z.number().nullable(),
    value: z.number(),
  }),
  rows: z.object({
    used: z.int(),
    excluded: z.array(z.object({ row: z.int(), label: z.string().optional(), reason: z.string() })),
  }),
  holdout: z
    .object({
      rows: z.int(),
      meanAbsoluteRelativeError: z.number(),
      maxAbsoluteRelativeError: z.number(),
      coverage95: z.number(),
      inside: z.int(),
      halfWidth: z.number(),
      calibration: z.string(),
    })
    .nullable(),
  warnings: z.array(z.string()),
  formula: z.string(),
  residuals: z.string(),
  search: z.object({
    starts: z.int(),
    run: z.int(),
    shareReached: z.number(),
    gradientNorm: z.number(),
    evaluations: z.int(),
  }),
  uncertainty: z.object({ method: z.string(), draws: z.int(), seed: z.int(), clusters: z.int() }),
  fit: fitResultSchema,
});

const dataSchema = z.object({
  columns: z.record(z.string(), z.array(z.number())),
  places: z.array(z.int()),
  labels: z.array(z.string()).nullable(),
  clusters: z.array(z.string().nullable()).nullable(),
  heldOut: z.array(z.int()),
});

const fitDocumentSchema: z.ZodType<FitDocument> = reportSchema.extend({
  kind: z.literal("law-fit"),
  id: z.string().nullable(),
  study: z.string().nullable(),
  source: z.string(),
  counting: z.enum(countings),
  contentHash: z.string(),
  codeVersion: z.string(),
  request: z.object({
    objective: objectiveSchema,
    holdoutBudgets: z.int().nonnegative(),
    dropWorst: z.int().nonnegative(),
    draws: z.int().positive(),
    seed: z.int().nonnegative(),
    bestPer: z.array(z.string()).nullable(),
    map: z.string().nullable(),
    where: z.string().nullable(),
    cluster: z.string().nullable(),
  }),
  data: dataSchema,
});

/**
 * A fit document from JSON that somebody kept.
 *
 * @param source what it was read from, for messages
 * @throws LadderError `input` FIT_DOCUMENT_INVALID with every member that is wrong
 */
export function parseFitDocument(json: unknown, source: string): FitDocument {
  const parsed = fitDocumentSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new LadderError("input", "FIT_DOCUMENT_INVALID", `${source} is no fit`, {
    fields: { source },
    problems: parsed.error.issues.slice(0, 10).map(({ path, message }) => ({ path: path.map(String).join("."), message })),
    hint: "a fit is what ladder fit --json or --output writes",
  });
}
