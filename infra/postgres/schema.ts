import type { ColumnType, Generated } from "kysely";
import type { Counting } from "../../analysis/study/counting.ts";
import type { ExclusionReason } from "../../analysis/rows/row.ts";
import type { AttemptState, ErrorClass, RunState, SweepState } from "../../analysis/study/states.ts";

/**
 * Tables as kysely sees them (camelCase; the database says snake_case). `Json` columns are read as `unknown` and parsed
 * with zod by the repository of their table; they are written as JSON text.
 */
type Json = ColumnType<unknown, string, string>;
type NullableJson = ColumnType<unknown, string | null | undefined, string | null>;
type Timestamp = ColumnType<Date, Date | undefined, Date>;
type NullableTimestamp = ColumnType<Date | null, Date | null | undefined, Date | null>;

interface InstallationTable {
  singleton: Generated<boolean>;
  installationId: string;
  createdAt: Timestamp;
}

interface StudiesTable {
  id: string;
  name: string;
  spec: Json;
  createdAt: Timestamp;
  updatedAt: Timestamp;
}

interface SweepsTable {
  id: string;
  studyId: string;
  number: number;
  state: SweepState;
  reason: string | null;
  spec: Json;
  specHash: string;
  /** Results of two sweeps of a study may be pooled only when these are equal: trainer, data, model, optimizer … */
  comparisonHash: string;
  data: Json;
  trainerVersion: string;
  trainerProgramDigest: string;
  trainerCommand: Json;
  concurrency: number;
  budget: Json;
  workflowId: string;
  createdAt: Timestamp;
  finishedAt: NullableTimestamp;
}

interface SweepEventsTable {
  id: Generated<number>;
  sweepId: string;
  kind: "created" | "state" | "concurrency" | "budget" | "trials";
  fromState: SweepState | null;
  toState: SweepState | null;
  reason: string | null;
  details: NullableJson;
  at: Timestamp;
}

interface TrialsTable {
  id: Generated<number>;
  sweepId: string;
  number: number;
  contentHash: string;
  parametrization: string;
  hyperparameters: Json;
  width: number;
  depth: number;
  headDimension: number;
  batchSizeTokens: number;
  tokenHorizon: number;
  parameterCountTotal: number;
  parameterCountNonEmbedding: number;
  trainingFlops: number;
  trainingFlopsFormula: string;
}

interface SuggestionsTable {
  sweepId: string;
  number: number;
  suggestionId: string;
  runKey: string;
  trialId: number;
  values: Json;
  kind: string;
  explanation: Json;
  createdAt: Timestamp;
}

interface TrialRunsTable {
  trialId: number;
  seed: number;
  runKey: string;
  position: number;
}

interface RunsTable {
  runKey: string;
  identity: Json;
  resolved: Json;
  seed: number;
  state: RunState;
  fence: number;
  clusterId: string | null;
  loss: number | null;
  step: number | null;
  tokens: number | null;
  /** The schedule really followed, when the trainer said it. */
  schedule: NullableJson;
  errorClass: ErrorClass | null;
  message: string | null;
  retryCount: number;
  /** Attempts up to this number do not count against the restart limits: a user asked for a retry after them. */
  retryFloor: number;
  createdAt: Timestamp;
  startedAt: NullableTimestamp;
  finishedAt: NullableTimestamp;
}

interface RunParentsTable {
  runKey: string;
  relation: "checkpoint" | "data" | "population";
  parentRunKey: string;
  path: string | null;
}

interface ClustersTable {
  id: string;
  trunkRunKey: string;
  createdAt: Timestamp;
}

interface StagesTable {
  id: Generated<number>;
  runKey: string;
  kind: "cooldown" | "evaluation" | "data";
  number: number;
  fromStep: number;
  toStep: number | null;
  details: Json;
  createdAt: Timestamp;
}

interface AttemptsTable {
  runKey: string;
  attempt: number;
  attemptKey: string;
  state: AttemptState;
  executor: string;
  jobId: string | null;
  codeCommit: string | null;
  dirtyDigest: string | null;
  host: string | null;
  folderRoot: string;
  resumeFrom: string | null;
  firstStep: number | null;
  step: number | null;
  tokens: number | null;
  loss: number | null;
  cpuSeconds: number | null;
  claimedAt: Timestamp;
  submittedAt: NullableTimestamp;
  startedAt: NullableTimestamp;
  heartbeatAt: NullableTimestamp;
  endedAt: NullableTimestamp;
  exitCode: number | null;
  errorClass: ErrorClass | null;
  message: string | null;
}

interface CheckpointsTable {
  runKey: string;
  attempt: number;
  step: number;
  path: string;
  createdAt: Timestamp;
}

interface MetricsTable {
  runKey: string;
  attempt: number;
  name: string;
  step: number;
  value: number;
  tokens: number | null;
}

interface RunChecksTable {
  runKey: string;
  attempt: number;
  version: number;
  status: "passed" | "failed" | "not-logged";
  content: Json;
  createdAt: Timestamp;
}

interface CoordinateChecksTable {
  /** Name of the study, which need not exist yet. */
  study: string;
  contentHash: string;
  parametrization: string;
  axis: "width" | "depth";
  verdict: "pass" | "undecided" | "fail";
  content: Json;
  createdAt: Timestamp;
}

interface RowImportsTable {
  id: string;
  /** Name of the study, which need not exist yet. */
  study: string;
  contentHash: string;
  source: string;
  counting: Counting;
  content: Json;
  /** The import that took its place; its rows then no longer count. */
  replacedBy: string | null;
  codeVersion: string;
  createdAt: Timestamp;
}

interface ImportedRowsTable {
  importId: string;
  line: number;
  identity: string;
  columns: Json;
  cluster: string | null;
  seed: string | null;
  cells: Json;
}

interface ExcludedRowsTable {
  importId: string;
  line: number;
  label: string | null;
  reason: ExclusionReason;
  variable: string | null;
  words: string;
}

interface BadLinesTable {
  runKey: string;
  attempt: number;
  lineNumber: number;
  text: string;
  reason: string;
  recordedAt: Timestamp;
}

interface FitsTable {
  id: string;
  /** Null where the study holds imported rows alone. */
  studyId: string | null;
  study: string;
  contentHash: string;
  law: string;
  rowsHash: string;
  content: Json;
  codeVersion: string;
  createdAt: Timestamp;
}

interface FitRunsTable {
  fitId: string;
  runKey: string;
}

interface RegisteredPredictionsTable {
  id: string;
  /** Name of the study, which may hold imported rows alone. */
  study: string;
  fitId: string;
  contentHash: string;
  law: string;
  content: Json;
  codeVersion: string;
  registeredAt: Timestamp;
}

interface RecommendationsTable {
  id: string;
  studyId: string;
  contentHash: string;
  content: Json;
  codeVersion: string;
  createdAt: Timestamp;
}

interface RecommendationFitsTable {
  recommendationId: string;
  fitId: string;
}

interface RecommendationRunsTable {
  recommendationId: string;
  runKey: string;
}

export interface Schema {
  installation: InstallationTable;
  studies: StudiesTable;
  sweeps: SweepsTable;
  sweepEvents: SweepEventsTable;
  trials: TrialsTable;
  trialRuns: TrialRunsTable;
  runs: RunsTable;
  runParents: RunParentsTable;
  clusters: ClustersTable;
  stages: StagesTable;
  attempts: AttemptsTable;
  checkpoints: CheckpointsTable;
  metrics: MetricsTable;
  badLines: BadLinesTable;
  runChecks: RunChecksTable;
  coordinateChecks: CoordinateChecksTable;
  rowImports: RowImportsTable;
  importedRows: ImportedRowsTable;
  excludedRows: ExcludedRowsTable;
  suggestions: SuggestionsTable;
  fits: FitsTable;
  fitRuns: FitRunsTable;
  registeredPredictions: RegisteredPredictionsTable;
  recommendations: RecommendationsTable;
  recommendationFits: RecommendationFitsTable;
  recommendationRuns: RecommendationRunsTable;
}
