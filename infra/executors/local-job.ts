import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { groupMembers, isAlive, type ProcessIdentity, terminate, terminateGroup, waitFor } from "../processes.ts";
import { type ExitFile, type JobFile, jobFiles } from "./local-job-files.ts";

export { jobFiles } from "./local-job-files.ts";

/** A job that has not ended, as `down` needs to know it. */
export interface LocalJob {
  readonly folder: string;
  readonly attemptKey: string;
  readonly launcher: ProcessIdentity;
  readonly trainer: ProcessIdentity | null;
}

/** The job file of an attempt's folder; undefined when nobody claimed it. */
export async function readJobFile(folder: string): Promise<JobFile | undefined> {
  const value = await readJson(jobFiles(folder).job);
  if (value === undefined || !isIdentity(value) || !("attemptKey" in value) || typeof value.attemptKey !== "string") return undefined;
  const trainer =
    "trainer" in value && typeof value.trainer === "object" && value.trainer !== null && isIdentity(value.trainer) ? value.trainer : null;
  const startedAt = "startedAt" in value && typeof value.startedAt === "string" ? value.startedAt : "";
  return { pid: value.pid, startTime: value.startTime, attemptKey: value.attemptKey, startedAt, trainer };
}

/** How the attempt in this folder ended; undefined while it has not, or when nobody saw it. */
export async function readExitFile(folder: string): Promise<ExitFile | undefined> {
  const value = await readJson(jobFiles(folder).exit);
  if (value === undefined || !("endedAt" in value) || typeof value.endedAt !== "string") return undefined;
  return {
    exitCode: "exitCode" in value && typeof value.exitCode === "number" ? value.exitCode : null,
    signal: "signal" in value && typeof value.signal === "string" ? value.signal : null,
    ...("startError" in value && typeof value.startError === "string" ? { startError: value.startError } : {}),
    endedAt: value.endedAt,
  };
}

/** True while the launcher, the trainer or anything of the trainer's process group lives. */
export function jobLives(job: Pick<JobFile, "pid" | "startTime" | "trainer">): boolean {
  if (isAlive(job)) return true;
  return job.trainer !== null && (isAlive(job.trainer) || groupMembers(job.trainer).length > 0);
}

/** Every job of an installation that still runs, whoever started it. */
export async function listLocalJobs(home: string): Promise<readonly LocalJob[]> {
  const runs = join(home, "runs");
  const jobs: LocalJob[] = [];
  for (const runKey of await namesIn(runs)) {
    for (const attempt of await namesIn(join(runs, runKey))) {
      if (!attempt.startsWith("attempt-")) continue;
      const folder = join(runs, runKey, attempt);
      if ((await readExitFile(folder)) !== undefined) continue;
      const job = await readJobFile(folder);
      if (job !== undefined && jobLives(job))
        jobs.push({ folder, attemptKey: job.attemptKey, launcher: { pid: job.pid, startTime: job.startTime }, trainer: job.trainer });
    }
  }
  return jobs;
}

/**
 * Stops every job of an installation: SIGTERM to the trainer's process group (it writes a checkpoint and exits with 75),
 * SIGKILL after the grace. Stop the worker first, or it starts others.
 *
 * @returns how many were running
 */
export async function stopLocalJobs(home: string, { graceMs }: { readonly graceMs: number }): Promise<number> {
  const jobs = await listLocalJobs(home);
  await Promise.all(jobs.map((job) => stopLocalJob(job.folder, { graceMs })));
  return jobs.length;
}

/** Milliseconds that a launcher has to start its trainer, and to write down how it ended. */
const launcherPatienceMs = 10_000;

/** Stops the job in this folder, if one runs there; resolves when it is gone and its end is written down. */
export async function stopLocalJob(folder: string, { graceMs }: { readonly graceMs: number }): Promise<void> {
  let job = await readJobFile(folder);
  if (job === undefined || !jobLives(job)) return;
  await waitFor(
    async () => {
      job = await readJobFile(folder);
      return job === undefined || job.trainer !== null || !isAlive(job);
    },
    { timeoutMs: launcherPatienceMs },
  );
  if (job.trainer !== null) await terminateGroup(job.trainer, graceMs);
  const launcher = { pid: job.pid, startTime: job.startTime };
  await waitFor(() => !isAlive(launcher), { timeoutMs: launcherPatienceMs });
  if (isAlive(launcher)) await terminate(launcher, 0, "SIGKILL");
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR")) return [];
    throw error;
  }
}

async function readJson(path: string): Promise<object | undefined> {
  try {
    const value: unknown = JSON.parse(await readFile(path, "utf8"));
    return typeof value === "object" && value !== null ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || (error instanceof Error && "code" in error && error.code === "ENOENT")) return undefined;
    throw error;
  }
}

function isIdentity(value: object): value is ProcessIdentity {
  return "pid" in value && typeof value.pid === "number" && "startTime" in value && typeof value.startTime === "string";
}
