import { type ExitCode, exitCodes } from "./exit-codes.ts";

/** The exit code of an interruption: which signal it was is the abort's reason. */
export function interruptedExitCode(interrupted: AbortSignal): ExitCode {
  return interrupted.reason === "SIGTERM" ? exitCodes.terminated : exitCodes.interrupted;
}
