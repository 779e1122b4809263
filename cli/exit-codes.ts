import { LadderError, type LadderErrorKind } from "../analysis/study/ladder-error.ts";

/**
 * What the `ladder` process answers to its caller. 2 to 6 and 70 say which kind of error it was; from 10 on the code
 * carries the verdict of the study, so that a script needs no parsing.
 */
export const exitCodes = {
  done: 0,
  input: 2,
  missing: 3,
  conflict: 4,
  unavailable: 5,
  rejected: 6,
  scientificNo: 10,
  undecided: 11,
  stillRunning: 12,
  failedRuns: 13,
  defect: 70,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** One line for each code, for `ladder --help` and docs/command-line.md. */
export const exitCodeMeanings: readonly (readonly [ExitCode, string])[] = [
  [exitCodes.done, "done, or the answer is yes"],
  [exitCodes.input, "the input or the command line is wrong, or a confirmation is missing"],
  [exitCodes.missing, "no such study, run or recommendation"],
  [exitCodes.conflict, "it exists and differs"],
  [exitCodes.unavailable, "a service cannot be reached (ladder doctor)"],
  [exitCodes.rejected, "a service or a file format refused"],
  [exitCodes.scientificNo, "a scientific no: it does not transfer, it does not match"],
  [exitCodes.undecided, "undecided: says how many runs would decide"],
  [exitCodes.stillRunning, "still running when the timeout ended"],
  [exitCodes.failedRuns, "the study ended with failed or cancelled runs"],
  [exitCodes.defect, "a defect of Ladder"],
  [exitCodes.interrupted, "interrupted by Ctrl-C; a study goes on"],
  [exitCodes.terminated, "ended by SIGTERM; a study goes on"],
];

/** The exit code of a kind of error. */
export function exitCodeOfKind(kind: LadderErrorKind): ExitCode {
  return exitCodes[kind];
}

/** The exit code of anything thrown: the kind of a LadderError, `defect` for all else. */
export function exitCodeOfError(error: unknown): ExitCode {
  return error instanceof LadderError ? exitCodeOfKind(error.kind) : exitCodes.defect;
}
