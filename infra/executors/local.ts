import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { z } from "zod";
import { assertInvariant, LadderError } from "../../analysis/study/ladder-error.ts";
import { nodeProgram } from "../node-program.ts";
import { waitFor } from "../processes.ts";
import type { Executor, ExecutorKind, ExecutorSurroundings, JobSpec, JobStatus, Submission } from "./executor.ts";
import { jobLives, listLocalJobs, readExitFile, readJobFile, stopLocalJob } from "./local-job.ts";
import { createExclusively, type JobFile, jobFiles, type LaunchFile, replaceFile } from "./local-job-files.ts";
import { Slots } from "./slots.ts";

/** Variables that a trainer has no business with. */
const secretVariables = /^(DATABASE_URL$|PGPASS|TEMPORAL_)/;

/** Milliseconds that a launcher may take to claim its folder; only reached on a machine that no longer gets anything done. */
const launchPatienceMs = 60_000;

/**
 * Runs trainers as processes of this machine. Every job has a launcher process of its own, so that it outlives the
 * worker; pid + start time identify both, so that any later worker adopts the job.
 */
export const localExecutorKind: ExecutorKind = {
  id: "local",
  summary: "processes on this machine",
  settingsSchema: z.strictObject({ name: z.literal("local"), slots: z.int().positive().optional() }),
  create: (surroundings) => createLocalExecutor(surroundings),
};

function createLocalExecutor({ home, environment }: ExecutorSurroundings): Executor {
  const slots = new Slots();
  const inherited = Object.fromEntries(Object.entries(environment).filter(([name]) => !secretVariables.test(name)));
  const folderOf = (jobId: string): string => join(home, jobId);
  let orphansCounted: Promise<void> | undefined;

  return {
    id: "local",
    capabilities: { pollIntervalMs: 100, cancelGraceMs: 10_000, checkpointGraceMs: 60_000 },
    reserve: async (runKey, { limit, signal }) => {
      await (orphansCounted ??= countOrphans(home, slots));
      return slots.acquire(runKey, limit, signal);
    },
    find: (job) => findLocally(job.folder, relative(home, job.folder)),
    submit: (job) => submitLocally(job, relative(home, job.folder), inherited),
    poll: async (jobIds) => new Map(await Promise.all(jobIds.map(async (jobId) => [jobId, await pollFolder(folderOf(jobId))] as const))),
    cancel: (jobId, options) => stopLocalJob(folderOf(jobId), options),
    logs: (jobId) => {
      const { stdout, stderr } = jobFiles(folderOf(jobId));
      return { stdout, stderr };
    },
  };
}

/** Jobs that an earlier worker started hold their slots until they end, whether or not their sweep has come back for them. */
async function countOrphans(home: string, slots: Slots): Promise<void> {
  for (const { folder } of await listLocalJobs(home)) {
    const release = slots.occupy(basename(dirname(folder)));
    const look = setInterval(() => {
      void pollFolder(folder).then((status) => {
        if (status.state === "running") return;
        clearInterval(look);
        release();
      });
    }, 500);
    look.unref();
  }
}

async function submitLocally(job: JobSpec, jobId: string, inherited: Readonly<Record<string, string | undefined>>): Promise<Submission> {
  const found = await findLocally(job.folder, jobId);
  if (found !== undefined) return found;
  const files = jobFiles(job.folder);
  const launch: LaunchFile = { attemptKey: job.attemptKey, command: job.command, workingDirectory: job.workingDirectory };
  replaceFile(files.launch, launch);
  const log = openSync(files.launcherLog, "a");
  const [program, ...parameters] = launcherCommand(job.folder);
  const launcher = spawn(program, parameters, {
    detached: true,
    cwd: job.folder,
    env: { ...inherited, ...job.variables },
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  const failed = once(launcher, "error").then(
    ([error]: unknown[]) => (error instanceof Error ? error.message : String(error)),
    () => undefined,
  );
  const ended = once(launcher, "exit").then(
    () => undefined,
    () => undefined,
  );
  launcher.unref();

  let gone: string | undefined;
  void failed.then((message) => (gone = message));
  let exited = false;
  void ended.then(() => (exited = true));
  let started = await readStarted(job.folder);
  await waitFor(
    async () => {
      const launcherIsGone = exited || gone !== undefined;
      started = await readStarted(job.folder);
      return started !== undefined || launcherIsGone;
    },
    { timeoutMs: launchPatienceMs, intervalMs: 10 },
  );
  // Another process may have claimed the folder first: its job is the job.
  if (started === undefined) {
    // Claimed by ourselves, the folder is closed to a launcher that is only late.
    const closed = createExclusively(files.job, {
      pid: launcher.pid ?? 1,
      startTime: "never started",
      attemptKey: job.attemptKey,
      startedAt: new Date().toISOString(),
      trainer: null,
    } satisfies JobFile);
    if (closed) throw await launcherFailed(job.folder, gone);
    started = await readJobFile(job.folder);
    assertInvariant(started !== undefined, "a claimed job has a job file", { folder: job.folder });
  }
  return { jobId, startedAt: started.startedAt, created: started.pid === launcher.pid };
}

async function findLocally(folder: string, jobId: string): Promise<Submission | undefined> {
  const job = await readJobFile(folder);
  return job === undefined ? undefined : { jobId, startedAt: job.startedAt, created: false };
}

/** The job file once the trainer runs or has ended. */
async function readStarted(folder: string): Promise<{ readonly startedAt: string; readonly pid: number } | undefined> {
  const job = await readJobFile(folder);
  if (job === undefined) return undefined;
  return job.trainer !== null || !jobLives(job) || (await readExitFile(folder)) !== undefined ? job : undefined;
}

async function launcherFailed(folder: string, reason: string | undefined): Promise<LadderError> {
  const log = await readFile(jobFiles(folder).launcherLog, "utf8").catch(() => "");
  const detail = reason ?? log.trim().slice(-500);
  return new LadderError("unavailable", "LAUNCHER_FAILED", `the trainer's launcher did not start${detail === "" ? "" : `: ${detail}`}`, {
    fields: { folder },
    hint: "check free memory and the number of processes (ulimit -u), and that the folder can be written",
  });
}

async function pollFolder(folder: string): Promise<JobStatus> {
  const exit = await readExitFile(folder);
  if (exit !== undefined) return { state: "exited", ...exit };
  const job = await readJobFile(folder);
  if (job === undefined) return { state: "unknown" };
  if (jobLives(job)) return { state: "running" };
  // It may have ended between the two looks.
  const written = await readExitFile(folder);
  if (written !== undefined) return { state: "exited", ...written };
  return {
    state: "lost",
    reason:
      job.trainer === null
        ? "its launcher died before it was started"
        : "its process and its launcher are gone and left no exit code (killed, or the machine restarted)",
  };
}

/** The launcher keeps little: its heap stays small. */
function launcherCommand(folder: string): readonly [string, ...string[]] {
  const [program, ...parameters] = nodeProgram(import.meta.url, "./local-launcher");
  return [program, "--max-semi-space-size=1", ...parameters, folder];
}
