import type { z } from "zod";

/** One attempt, ready to be started. */
export interface JobSpec {
  /** Unique to the attempt. A second submission with the same key starts nothing. */
  readonly attemptKey: string;
  /** Absolute folder of this attempt alone; it exists and holds run.json. */
  readonly folder: string;
  /** Program and arguments; never a shell line. */
  readonly command: readonly string[];
  /** Absolute folder in which the command is started. */
  readonly workingDirectory: string;
  /** The contract's variables (LADDER_RUN, LADDER_METRICS, LADDER_ATTEMPT), added to what the executor inherits. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface Submission {
  /** How the executor knows the job; another process of the same installation can poll and cancel by it. */
  readonly jobId: string;
  /** ISO time at which the job was started or queued. */
  readonly startedAt: string;
  /** False when the job was there already: nothing was started. */
  readonly created: boolean;
}

/** What an executor says of a job. `lost`: it was ours, it runs no more, and nobody saw how it ended. */
export type JobStatus =
  | { readonly state: "running" }
  | {
      readonly state: "exited";
      readonly exitCode: number | null;
      readonly signal: string | null;
      readonly startError?: string;
      readonly endedAt: string;
    }
  | { readonly state: "lost"; readonly reason: string }
  | { readonly state: "unknown" };

/** Where a job's output lies on this machine. */
export interface JobLogs {
  readonly stdout: string;
  readonly stderr: string;
}

export interface ReserveOptions {
  /** How many jobs may run at a time. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/**
 * Where trainers run. One file an executor; test/integration/execution/executors.test.ts runs over every one.
 * Jobs outlive the process that submitted them: only `cancel` ends one.
 */
export interface Executor {
  readonly id: string;
  readonly capabilities: ExecutorCapabilities;
  /**
   * Waits for room. The run holds its slot until the returned function is called; a run that holds one already, or whose
   * job is running, gets it at once.
   */
  reserve(runKey: string, options: ReserveOptions): Promise<() => void>;
  /** The job that bears this attempt key, if it was ever submitted, whoever did it. */
  find(job: Pick<JobSpec, "attemptKey" | "folder">): Promise<Submission | undefined>;
  /**
   * Starts the job, or finds the one that bears this attempt key, whoever submitted it.
   *
   * @throws LadderError `unavailable` when the system does not answer, `rejected` when it refuses the job
   */
  submit(job: JobSpec): Promise<Submission>;
  /** The states of many jobs with one question to the system. Every id asked for is in the answer. */
  poll(jobIds: readonly string[]): Promise<ReadonlyMap<string, JobStatus>>;
  /**
   * Asks the job to stop (SIGTERM: checkpoint, exit 75), and kills it after the grace. Resolves when it is gone; a job
   * that is gone or unknown is fine.
   */
  cancel(jobId: string, options: { readonly graceMs: number }): Promise<void>;
  logs(jobId: string): JobLogs;
}

export interface ExecutorCapabilities {
  /** Milliseconds between two polls. */
  readonly pollIntervalMs: number;
  /** Milliseconds between SIGTERM and SIGKILL when a user cancels. */
  readonly cancelGraceMs: number;
  /** Milliseconds that a trainer has for its checkpoint when it is paused. */
  readonly checkpointGraceMs: number;
}

/** What an executor is made from. */
export interface ExecutorSurroundings {
  /** Absolute path of the installation's `.ladder/`. */
  readonly home: string;
  /** Variables that jobs inherit (less secrets). */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** An entry of the registry. */
export interface ExecutorKind {
  readonly id: string;
  readonly summary: string;
  /** The `executor` section of a study that this executor understands. */
  readonly settingsSchema: z.ZodType<{ readonly name: string; readonly slots?: number | undefined }>;
  create(surroundings: ExecutorSurroundings): Executor;
}
