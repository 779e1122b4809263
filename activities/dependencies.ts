import type { Executor } from "../infra/executors/executor.ts";
import type { JobPoller } from "../infra/executors/job-poller.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import type { Environment } from "../infra/settings.ts";

/** What activities act upon. */
export interface ActivityDependencies {
  readonly db: LadderDatabase;
  /** Absolute path of the installation's `.ladder/`. */
  readonly home: string;
  /** Absolute folder that trainers start in and that relative paths of a study start from. */
  readonly projectFolder: string;
  readonly environment: Environment;
  /** The executor with this id. @throws LadderError `input` EXECUTOR_UNKNOWN */
  executor(id: string): ExecutorInUse;
}

/** An executor and the one poller that all runs of this worker share. */
export interface ExecutorInUse {
  readonly executor: Executor;
  readonly poller: JobPoller;
}
