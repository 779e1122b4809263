import { createLogUpdate } from "log-update";
import { type FollowEnd, followProgress } from "../operations/follow-study.ts";
import type { ProgressCell, StudyProgress } from "../operations/study-progress.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import type { Output } from "./output.ts";
import { interruptedExitCode } from "./interruption.ts";
import { cellLine, doneCount, renderProgress, totalsLines } from "./progress-text.ts";

export interface FollowStudyOptions {
  readonly output: Output;
  /** Asks for the state of the study; usually `() => readStudyProgress(session, study)`. */
  readonly read: () => Promise<StudyProgress>;
  readonly interrupted: AbortSignal;
  readonly timeoutSeconds?: number | undefined;
  /** Milliseconds between two looks; half a second when left out. */
  readonly intervalMilliseconds?: number | undefined;
}

/**
 * Shows a study until it ends: a view that is redrawn on a terminal, one line a change where there is none, one JSON
 * object a change with `jsonl`, and nothing with `json` (the caller prints the end).
 *
 * @returns the last state and why following ended; printing the verdict is the caller's
 */
export async function followStudy({
  output,
  read,
  interrupted,
  timeoutSeconds,
  intervalMilliseconds,
}: FollowStudyOptions): Promise<{ readonly progress: StudyProgress; readonly end: FollowEnd }> {
  const view = output.interactive ? liveView(output) : lineView(output);
  try {
    return await followProgress({ read, onProgress: view.show, interrupted, timeoutSeconds, intervalMilliseconds });
  } finally {
    view.end();
  }
}

/** What a study's end means for the caller of `ladder watch`. */
export function exitCodeOfStudy(progress: StudyProgress, end: FollowEnd, interrupted: AbortSignal): ExitCode {
  switch (end) {
    case "interrupted":
      return interruptedExitCode(interrupted);
    case "timeout":
    case "idle":
      return exitCodes.stillRunning;
    case "settled":
      return progress.state === "finished" && progress.totals.failed + progress.totals.cancelled === 0
        ? exitCodes.done
        : exitCodes.failedRuns;
  }
}

/** The sentence that tells how it ended and what to do next. */
export function endSentence(progress: StudyProgress, end: FollowEnd): string {
  switch (end) {
    case "interrupted":
      return `detached; study continues: ladder watch ${progress.study}`;
    case "timeout":
      return `still running; study continues: ladder watch ${progress.study}`;
    case "idle":
      return `paused${progress.why === "" ? "" : ` (${progress.why})`}; to go on: ladder resume ${progress.study}`;
    case "settled":
      if (progress.state === "cancelled") return `cancelled; results are kept: ladder show ${progress.study}`;
      if (progress.totals.failed + progress.totals.cancelled > 0)
        return `ended with ${progress.totals.failed} failed and ${progress.totals.cancelled} cancelled runs; to run them again: ladder retry ${progress.study}`;
      return progress.state === "finished"
        ? `finished; next: ladder transfer ${progress.study}`
        : `failed${progress.why === "" ? "" : `: ${progress.why}`}`;
  }
}

interface View {
  readonly show: (progress: StudyProgress) => void;
  readonly end: () => void;
}

function liveView(output: Output): View {
  const update = createLogUpdate(process.stdout);
  return {
    show: (progress) => update(renderProgress(progress, output.colors, output.columns)),
    end: () => {
      update.clear();
      update.done();
    },
  };
}

/** A line for every cell whose counts changed, and one for every change of the study's state. */
function lineView(output: Output): View {
  const said = new Map<string, string>();
  let state = "";
  const sayLines = (progress: StudyProgress): void => {
    const now = `${progress.state} ${progress.why}`;
    if (state !== now)
      output.print(
        `${progress.study} ${progress.state}${progress.why === "" ? "" : `: ${progress.why}`}; ${totalsLines(progress)[0] ?? ""}`,
      );
    state = now;
    const changed = progress.cells.filter((cell) => {
      const key = `${cell.parametrization} ${JSON.stringify(cell.scale)}`;
      const counts = `${doneCount(cell)} ${cell.failed} ${cell.cancelled}`;
      const before = said.get(key);
      said.set(key, counts);
      // What was there before the first look is in the totals of the first line.
      return before !== undefined && before !== counts;
    });
    for (const cell of mergeShared(changed)) output.print(cellLine(progress, cell));
  };
  const sayObjects = (progress: StudyProgress): void => {
    const now = JSON.stringify([progress.state, progress.why, progress.totals]);
    if (state !== now) output.print(JSON.stringify(progress));
    state = now;
  };
  const nothing = (): void => undefined;
  const show = output.format === "table" ? sayLines : output.format === "jsonl" ? sayObjects : nothing;
  return { show, end: nothing };
}

/** Cells whose runs are the same runs are one line: `sp = mup`. */
function mergeShared(cells: readonly ProgressCell[]): readonly ProgressCell[] {
  const merged: ProgressCell[] = [];
  for (const cell of cells) {
    const twin = merged.findIndex(
      (other) =>
        cell.shared === cell.total &&
        JSON.stringify({ ...other, parametrization: "" }) === JSON.stringify({ ...cell, parametrization: "" }),
    );
    const other = merged[twin];
    if (other === undefined) merged.push(cell);
    else merged[twin] = { ...other, parametrization: `${other.parametrization} = ${cell.parametrization}` };
  }
  return merged;
}
