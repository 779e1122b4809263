import { Worker, type WorkerOptions } from "node:worker_threads";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import type { BootstrapTask } from "./shared-draws.ts";

/** A thread that takes draws of a bootstrap. */
export interface BootstrapThread {
  /** Set when the thread failed. */
  readonly failure: () => LadderError | undefined;
  readonly hasEnded: () => boolean;
  /** Settles when the thread has ended, however; never rejects. */
  readonly ended: Promise<void>;
  /** Ends the thread wherever it is. */
  readonly end: () => Promise<void>;
}

/** Starts a thread, which shares the task's draws and has copies of all else. */
export function startBootstrapThread(task: BootstrapTask): BootstrapThread {
  const worker = startWorker({ workerData: task, execArgv: [] });
  let failure: LadderError | undefined;
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    worker.once("error", (error: unknown) => {
      failure = failed(error instanceof Error ? error.message : String(error), error);
    });
    worker.once("exit", (code) => {
      if (code !== 0) failure ??= failed(`exit code ${code}`);
      hasEnded = true;
      resolve();
    });
  });
  return {
    failure: () => failure,
    hasEnded: () => hasEnded,
    ended,
    end: async () => {
      await worker.terminate();
    },
  };
}

/** From a build as it is; from source through tsx, which a thread has to ask for itself. */
function startWorker(options: WorkerOptions): Worker {
  if (!import.meta.url.endsWith(".ts")) return new Worker(new URL("./bootstrap-worker.js", import.meta.url), options);
  const source = JSON.stringify(new URL("./bootstrap-worker.ts", import.meta.url).href);
  const loader = JSON.stringify(import.meta.resolve("tsx/esm/api"));
  return new Worker(`import(${loader}).then(({ register }) => (register(), import(${source})));`, { ...options, eval: true });
}

function failed(why: string, cause?: unknown): LadderError {
  return new LadderError("defect", "BOOTSTRAP_THREAD_FAILED", `a thread of the bootstrap ended before its work: ${why}`, {
    fields: { why },
    cause,
  });
}
