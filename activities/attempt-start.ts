import { access, mkdir } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { readCodeState } from "../infra/code-state.ts";
import { assertDataUnchanged } from "../infra/data-source.ts";
import type { JobSpec, Submission } from "../infra/executors/executor.ts";
import { jobFiles } from "../infra/executors/local-job.ts";
import { claimAttempt, type ClaimedAttempt, recordSubmission } from "../infra/postgres/attempts.ts";
import { listCheckpoints } from "../infra/postgres/checkpoints.ts";
import { getRun } from "../infra/postgres/runs.ts";
import { listSweepEvents } from "../infra/postgres/sweep-changes.ts";
import type { Sweep } from "../infra/postgres/sweeps.ts";
import { composeTrainerRun, writeRunFile } from "../infra/trainer-contract/run-file.ts";
import { resolveTrainerAgain } from "../infra/trainer-program.ts";
import type { ActivityDependencies, ExecutorInUse } from "./dependencies.ts";
import { createRecent } from "./recent.ts";

/** Milliseconds for which a look at the trainer's files, the data and the commit is good for other runs too. */
const freshMs = 2000;

/** Claims attempts and starts their jobs. */
export interface AttemptStarter {
  claim(sweep: Sweep, runKey: string): Promise<ClaimedAttempt>;
  /**
   * Finds the attempt's job, or starts it.
   *
   * @throws LadderError `conflict` TRAINER_CHANGED or DATA_CHANGED when what would run is not what was submitted, and
   * what the executor throws
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
      if (claim.jobId !== null) return { jobId: claim.jobId };
      const found = claim.adopted ? await executor.find({ attemptKey, folder }) : undefined;
      const submission = found ?? (await start());
      await recordSubmission(db, attemptKey, { jobId: submission.jobId, startedAt: submission.startedAt, host: hostname() });
      return submission;

      async function start(): Promise<Submission> {
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
        return executor.submit({ attemptKey, folder, command, workingDirectory: projectFolder, variables } satisfies JobSpec);
      }
    },
  };

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
