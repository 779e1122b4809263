import { isAlive, type ProcessIdentity } from "../../infra/processes.ts";
import type { StackState, Ward } from "../../infra/stack-state.ts";
import { endWard } from "./watchdog.ts";

/** A process that a supervisor started and did not live to stop. */
export interface Leftover extends Ward {
  readonly name: string;
}

/** Every process that a state names and that is still alive: found by number and start time, so never a stranger. */
export function findLeftovers(state: StackState): readonly Leftover[] {
  const named: readonly Leftover[] = [
    ...entry("worker", state.worker, true, "SIGTERM"),
    ...entry("Temporal", state.temporal, true, "SIGTERM"),
    ...entry("Postgres", state.postgres, false, "SIGINT"),
  ];
  const known = new Set(named.map(({ pid }) => pid));
  const unnamed = state.starting.filter(({ pid }) => !known.has(pid)).map((ward) => ({ name: "a starting service", ...ward }));
  return [...named, ...unnamed].filter((leftover) => isAlive(leftover));
}

/**
 * Ends what a dead supervisor has left behind, the worker first.
 *
 * @returns what was still running
 */
export async function endLeftovers(state: StackState): Promise<readonly Leftover[]> {
  const leftovers = findLeftovers(state);
  for (const leftover of leftovers) await endWard(leftover);
  return leftovers;
}

function entry(name: string, identity: ProcessIdentity | null, group: boolean, signal: Ward["signal"]): readonly Leftover[] {
  return identity === null ? [] : [{ name, pid: identity.pid, startTime: identity.startTime, group, signal }];
}
