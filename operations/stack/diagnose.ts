import { LadderError } from "../../analysis/study/ladder-error.ts";
import type { Settings } from "../../infra/settings.ts";
import { stackChecks } from "./checks/index.ts";
import type { Finding, StackCheck } from "./checks/stack-check.ts";

/** A line of `ladder doctor`. */
export type Diagnosis = Finding & { readonly check: string };

/**
 * Looks at everything that a stack needs. A check that throws is a failed check.
 *
 * @param checks all of them unless given
 * @throws the signal's reason when it is aborted
 */
export async function diagnose(
  settings: Settings,
  signal: AbortSignal,
  checks: readonly StackCheck[] = stackChecks,
): Promise<readonly Diagnosis[]> {
  const findings: Diagnosis[] = [];
  for (const check of checks) {
    signal.throwIfAborted();
    findings.push({ check: check.id, ...(await runCheck(check, settings, signal)) });
  }
  return findings;
}

async function runCheck(check: StackCheck, settings: Settings, signal: AbortSignal): Promise<Finding> {
  try {
    return await check.run(settings, signal);
  } catch (error) {
    signal.throwIfAborted();
    const fix = error instanceof LadderError ? error.hint : undefined;
    return {
      level: "fail",
      message: error instanceof Error ? error.message : String(error),
      fix: fix ?? "this should not happen: please report it with the output of ladder doctor --json",
    };
  }
}
