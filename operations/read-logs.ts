import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { isTerminal } from "../analysis/study/states.ts";
import { type Attempt, listAttempts } from "../infra/postgres/attempts.ts";
import { findRunsByPrefix, type RunSummary } from "../infra/postgres/runs.ts";
import type { Session } from "./session.ts";

export interface LogFile {
  readonly run: RunSummary;
  readonly attempt: Attempt;
  readonly path: string;
}

/**
 * Finds the log of a run by a prefix of its key.
 *
 * @param attemptNumber the newest attempt when left out
 * @throws LadderError missing RUN_NOT_FOUND, ATTEMPT_NOT_FOUND; input RUN_AMBIGUOUS with the keys that fit
 */
export async function findLog(
  { db }: Pick<Session, "db">,
  prefix: string,
  stream: "stdout" | "stderr",
  attemptNumber?: number,
): Promise<LogFile> {
  const run = await findRun(db, prefix);
  const attempts = await listAttempts(db, run.runKey);
  const attempt = attemptNumber === undefined ? attempts.at(-1) : attempts.find((candidate) => candidate.attempt === attemptNumber);
  if (attempt === undefined) {
    const words =
      attemptNumber === undefined
        ? `run ${run.runKey.slice(0, 12)} is ${run.state} and was never started`
        : `run ${run.runKey.slice(0, 12)} has no attempt ${attemptNumber}`;
    throw new LadderError("missing", "ATTEMPT_NOT_FOUND", words, { fields: { runKey: run.runKey, attempts: attempts.length } });
  }
  return { run, attempt, path: join(attempt.folderRoot, `attempt-${attempt.attempt}`, `${stream}.log`) };
}

/** The one run whose key starts with the prefix. @throws LadderError missing RUN_NOT_FOUND; input RUN_AMBIGUOUS */
export async function findRun(db: Session["db"], prefix: string): Promise<RunSummary> {
  const found = await findRunsByPrefix(db, prefix.toLowerCase(), 6);
  const [only] = found;
  if (only === undefined)
    throw new LadderError("missing", "RUN_NOT_FOUND", `there is no run whose key starts with ${prefix}`, {
      hint: "ladder plan STUDY.yaml --all lists the runs of a study",
    });
  if (found.length > 1)
    throw new LadderError(
      "input",
      "RUN_AMBIGUOUS",
      `several runs start with ${prefix}: ${found.map(({ runKey }) => runKey.slice(0, 16)).join(", ")}${found.length > 5 ? " …" : ""}`,
      { hint: "type more digits of the key" },
    );
  return only;
}

/**
 * Yields the text of a log: what is there and, when following, what is added until the run has ended.
 *
 * @throws LadderError missing LOG_NOT_FOUND when the file is gone or lies on another machine
 */
export async function* readLog(
  { db }: Pick<Session, "db">,
  log: LogFile,
  follow: boolean,
  interrupted: AbortSignal,
): AsyncGenerator<string> {
  const file = await open(log.path, "r").catch((error: unknown) => {
    if (log.attempt.state === "submitting")
      throw new LadderError("missing", "LOG_NOT_FOUND", `run ${log.run.runKey.slice(0, 12)} is just being started: there is no log yet`, {
        cause: error,
        hint: "try again in a moment",
      });
    throw new LadderError("missing", "LOG_NOT_FOUND", `the log of run ${log.run.runKey.slice(0, 12)} is not at ${log.path}`, {
      cause: error,
      hint: `it was written on ${log.attempt.host ?? "the machine of the worker"}`,
    });
  });
  const decoder = new TextDecoder();
  const buffer = Buffer.alloc(65_536);
  try {
    for (;;) {
      // Asked before reading: what is written before the end is read after the answer.
      const [current] = follow ? await findRunsByPrefix(db, log.run.runKey, 1) : [];
      const ended = current === undefined || isTerminal(current.state) || current.fence !== log.attempt.attempt;
      for (let size = (await file.read(buffer)).bytesRead; size > 0; size = (await file.read(buffer)).bytesRead)
        yield decoder.decode(buffer.subarray(0, size), { stream: true });
      if (ended || interrupted.aborted) return;
      await sleep(300, undefined, { signal: interrupted }).catch(() => undefined);
    }
  } finally {
    await file.close();
  }
}
