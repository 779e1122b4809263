import type { SuggestionExplanation, SuggestionKind } from "../analysis/search/searchers/contract.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { CountedScale } from "../analysis/study/scale.ts";
import type { AttemptState, RunState } from "../analysis/study/states.ts";
import type { RunVerification } from "../analysis/verification/run-verification.ts";
import { listAttempts } from "../infra/postgres/attempts.ts";
import { listBadLines } from "../infra/postgres/metrics.ts";
import { readRunChecks } from "../infra/postgres/run-checks.ts";
import { getRun } from "../infra/postgres/runs.ts";
import { suggestionsOfRun } from "../infra/postgres/suggestions.ts";
import type { FitDocument } from "./fit-law.ts";
import { isFitId, readKeptFit } from "./read-fit.ts";
import { findRun } from "./read-logs.ts";
import type { Session } from "./session.ts";
import { showStudy, type StudyDetails } from "./show-study.ts";

/** A run as `show` prints it. */
export interface RunDetails {
  readonly runKey: string;
  readonly state: RunState;
  readonly seed: number;
  /** Held-out loss, nats per token; null unless finished. */
  readonly loss: number | null;
  readonly step: number | null;
  readonly message: string | null;
  readonly hyperparameters: Readonly<Record<string, number>>;
  readonly scale: CountedScale;
  readonly attempts: readonly {
    readonly attempt: number;
    readonly state: AttemptState;
    readonly step: number | null;
    readonly host: string | null;
    readonly jobId: string | null;
    readonly cpuSeconds: number | null;
    readonly message: string | null;
  }[];
  /** Whether its trainer used what was resolved; null before the run has a result. */
  readonly usedAgainstResolved: RunVerification | null;
  /** Why strategies that search asked for it, the newest first. */
  readonly suggested: readonly {
    readonly sweepId: string;
    readonly number: number;
    readonly kind: SuggestionKind;
    readonly explanation: SuggestionExplanation;
  }[];
  /** Lines of its trainer that could not be read. */
  readonly badLines: readonly { readonly attempt: number; readonly lineNumber: number; readonly text: string; readonly reason: string }[];
}

/** @throws LadderError missing RUN_NOT_FOUND; input RUN_AMBIGUOUS with the keys that fit, RUN_KEY_INVALID */
export async function showRun({ db }: Pick<Session, "db">, prefix: string): Promise<RunDetails> {
  const { runKey } = await findRun(db, prefix);
  const { state, seed, loss, step, message, resolved } = await getRun(db, runKey);
  const attempts = await listAttempts(db, runKey);
  return {
    runKey,
    state,
    seed,
    loss,
    step,
    message,
    hyperparameters: resolved.hyperparameters,
    scale: resolved.scale,
    attempts: attempts.map((attempt) => ({
      attempt: attempt.attempt,
      state: attempt.state,
      step: attempt.step,
      host: attempt.host,
      jobId: attempt.jobId,
      cpuSeconds: attempt.cpuSeconds,
      message: attempt.message,
    })),
    usedAgainstResolved: (await readRunChecks(db, [runKey])).get(runKey) ?? null,
    suggested: await suggestionsOfRun(db, runKey),
    badLines: await listBadLines(db, runKey),
  };
}

/** What a name, an id of a fit or the beginning of a run key stands for: a study before a run. */
export type Shown =
  | { readonly kind: "study"; readonly details: StudyDetails }
  | { readonly kind: "run"; readonly details: RunDetails }
  | { readonly kind: "fit"; readonly details: FitDocument };

/** @throws LadderError missing STUDY_NOT_FOUND when it is none of them, FIT_NOT_FOUND; input RUN_AMBIGUOUS, FIT_OF_ANOTHER_KIND */
export async function showAny(session: Pick<Session, "db">, name: string): Promise<Shown> {
  if (isFitId(name)) return { kind: "fit", details: (await readKeptFit(session.db, name)).document };
  try {
    return { kind: "study", details: await showStudy(session, name) };
  } catch (error) {
    if (!(error instanceof LadderError) || error.code !== "STUDY_NOT_FOUND" || !/^[0-9a-fA-F]{4,32}$/.test(name)) throw error;
    try {
      return { kind: "run", details: await showRun(session, name) };
    } catch (notRun) {
      throw notRun instanceof LadderError && notRun.code === "RUN_NOT_FOUND" ? error : notRun;
    }
  }
}
