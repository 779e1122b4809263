import { access, mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { readCodeState } from "../infra/code-state.ts";
import { assertDataUnchanged } from "../infra/data-source.ts";
import type { Executor, JobSpec, Submission } from "../infra/executors/executor.ts";
import { jobFiles } from "../infra/executors/local-job.ts";
import { claimAttempt, type ClaimedAttempt, listAttempts, recordSubmission } from "../infra/postgres/attempts.ts";
import { listCheckpoints } from "../infra/postgres/checkpoints.ts";
import { getRun } from "../infra/postgres/runs.ts";
import { listSweepEvents } from "../infra/postgres/sweep-changes.ts";
import type { Sweep } from "../infra/postgres/sweeps.ts";
import { composeTrainerRun, writeRunFile } from "../infra/trainer-contract/run-file.ts";
import { resolveTrainerAgain } from "../infra/trainer-program.ts";
import type { ActivityDependencies, ExecutorInUse } from "./dependencies.ts";
import { createRecent } from "./recent.ts";

/** Milliseconds for which a look at the trainer's files, the data and the commit is good for other runs too. */
const freshMs = 5000;

/** Milliseconds after which a machine that was not heard of is taken for gone, with the job that it ran. */
const silenceMs = 120_000;

/** Claims attempts and starts their jobs. */
export interface AttemptStarter {
  claim(sweep: Sweep, runKey: string): Promise<ClaimedAttempt>;
  /**
   * Finds the attempt's job, or starts it.
   *
   * @throws LadderError `conflict` TRAINER_CHANGED or DATA_CHANGED when what would run is not what was submitted;
   * `unavailable` JOB_ELSEWHERE when the job runs on another machine, whose worker must take it over; and what the
   * executor throws
   */
  findOrStart(sweep: Sweep, runKey: string, claim: ClaimedAttempt, inUse: ExecutorInUse): Promise<{ readonly jobId: string }>;
  folderOf(claim: ClaimedAttempt): string;
}

export function createAttemptStarter({ db, home, projectFolder, environment }: ActivityDependencies): AttemptStarter {
  const codeState = createRecent(freshMs, () => readCodeState(projectFolder, environment));
  const commandOf = createRecent(freshMs, (sweep: Sweep) => currentCommand(sweep));
  const folderOf = (claim: ClaimedAttempt): string => join(claim.folderRoot, `attempt-${String(claim.attempt)}`);

  return {
    folderOf,
    claim: async (sweep, runKey) =>
      claimAttempt(db, {
        runKey,
        executor: sweep.spec.executor.name,
        folderRoot: join(home, "runs", runKey),
        ...(await codeState("code", undefined)),
      }),
    findOrStart: async (sweep, runKey, claim, { executor }) => {
      const folder = folderOf(claim);
      const { attemptKey } = claim;
      if (claim.jobId !== null) {
        await assertNotElsewhere(runKey, claim.jobId, executor);
        return { jobId: claim.jobId };
      }
      const found = claim.adopted ? await executor.find({ attemptKey, folder }) : undefined;
      if (found !== undefined) {
        await recordSubmission(db, attemptKey, { jobId: found.jobId, startedAt: found.startedAt, host: hostname() });
        return found;
      }
      const { jobId, startedAt, resumeFrom } = await start();
      await recordSubmission(db, attemptKey, { jobId, startedAt, host: hostname(), resumeFrom });
      return { jobId };

      async function start(): Promise<Submission & { readonly resumeFrom: string | null }> {
        const command = await commandOf(sweep.id, sweep);
        const files = jobFiles(folder);
        await mkdir(folder, { recursive: true });
        const { resolved } = await getRun(db, runKey);
        const run = composeTrainerRun(resolved, {
          runKey,
          attempt: claim.attempt,
          checkpointFolder: join(claim.folderRoot, "checkpoints"),
          checkpointEverySteps: sweep.spec.checkpointEverySteps,
          resumeFrom: await existingCheckpoint(runKey, claim.resumeFrom),
        });
        await mkdir(run.checkpoint.folder, { recursive: true });
        await writeRunFile(files.run, run);
        const variables = { LADDER_RUN: files.run, LADDER_METRICS: files.metrics, LADDER_ATTEMPT: attemptKey };
        const submission = await executor.submit({
          attemptKey,
          folder,
          command,
          workingDirectory: projectFolder,
          variables,
        } satisfies JobSpec);
        return { ...submission, resumeFrom: run.resumeFrom };
      }
    },
  };

  /** A job that this machine cannot see may well run on the one that started it: it is not lost while that one is heard of. */
  async function assertNotElsewhere(runKey: string, jobId: string, executor: Executor): Promise<void> {
    const state = (await executor.poll([jobId])).get(jobId)?.state;
    if (state === "running" || state === "exited") return;
    const attempt = (await listAttempts(db, runKey)).at(-1);
    if (attempt?.host == null || attempt.host === hostname()) return;
    const heard = attempt.heartbeatAt ?? attempt.submittedAt ?? attempt.claimedAt;
    if (Date.now() - heard.getTime() > silenceMs) return;
    throw new LadderError("unavailable", "JOB_ELSEWHERE", `run ${runKey} runs on ${attempt.host}: a worker there must take it over`, {
      fields: { runKey, host: attempt.host },
      hint: `start one there, or wait: after ${String(silenceMs / 60_000)} minutes of silence the run is carried out again`,
    });
  }

  /**
   * A run key must not stand for a program or data that never ran: what would start now is compared with what was
   * submitted. A changed program passes when the user allowed it (`--allow-code-change` leaves an event that names it).
   */
  async function currentCommand({ id, spec, trainer, data }: Sweep): Promise<readonly string[]> {
    await assertDataUnchanged(data);
    const now = await resolveTrainerAgain(spec.trainer, trainer.command, projectFolder, environment);
    if (now === undefined || (now.programDigest === trainer.programDigest && now.version === trainer.version))
      return now?.command ?? trainer.command;
    const allowed = (await listSweepEvents(db, id)).some((event) => event.reason?.includes(now.programDigest.slice(0, 12)) === true);
    if (allowed) return now.command;
    throw new LadderError("conflict", "TRAINER_CHANGED", "the trainer's files are not those that were submitted: their digest differs", {
      fields: { submitted: trainer.programDigest, now: now.programDigest },
      hint: "submit the study again (runs of a changed trainer are new runs), or put the files back and resume",
    });
  }

  /** The newest checkpoint whose file is there; a run whose checkpoints are gone starts again. */
  async function existingCheckpoint(runKey: string, newest: string | null): Promise<string | null> {
    if (newest === null) return null;
    for (const { path } of [{ path: newest }, ...(await listCheckpoints(db, runKey))]) {
      if (
        await access(path).then(
          () => true,
          () => false,
        )
      )
        return path;
    }
    return null;
  }
}
