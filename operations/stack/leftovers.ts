import { existsSync } from "node:fs";
import { join } from "node:path";
import { chooseServerAccount } from "../../infra/postgres/embedded-account.ts";
import { placeServer } from "../../infra/postgres/embedded-folder.ts";
import { findServerProcesses, readPostmasterRecord } from "../../infra/postgres/embedded-leftovers.ts";
import { isAlive, type ProcessIdentity, terminate, terminateGroup, waitUntilGone } from "../../infra/processes.ts";
import { readStackState, stackPaths, type StackState, type Ward } from "../../infra/stack-state.ts";

const graceMs = 5_000;
/** The watchdog of a dead supervisor gives each service its grace, then it is gone. */
const watchdogMs = 20_000;

/** A process that a supervisor started and did not live to stop. */
export interface Leftover extends Ward {
  readonly name: string;
}

/**
 * The processes of a stack whose supervisor is dead: those that its state names, by number and start time, so never a
 * stranger; and the Postgres that works in this folder's data, which nobody else may use.
 */
export function findLeftovers(home: string, state: StackState | undefined): readonly Leftover[] {
  const named: readonly Leftover[] = [
    ...entry("worker", state?.worker ?? null, true, "SIGTERM"),
    ...entry("Temporal", state?.temporal ?? null, true, "SIGTERM"),
    ...entry("Postgres", state?.postgres ?? null, false, "SIGINT"),
  ];
  const known = new Set(named.map(({ pid }) => pid));
  const starting = (state?.starting ?? [])
    .filter(({ pid }) => !known.has(pid))
    .map((ward) => ({ name: "a service that was starting", ...ward }));
  const server = findFolderServer(home);
  return [
    ...named,
    ...starting,
    ...(server === undefined || known.has(server.pid) ? [] : entry("Postgres", server, false, "SIGINT")),
  ].filter((leftover) => isAlive(leftover));
}

/**
 * Ends what a dead supervisor has left behind, the worker first. Call it only where no supervisor runs.
 *
 * @returns what was still running
 */
export async function endLeftovers(home: string, { waitForWatchdog = true } = {}): Promise<readonly Leftover[]> {
  const state = await readStackState(home);
  const leftovers = findLeftovers(home, state);
  for (const leftover of leftovers) await endWard(leftover);
  // It may be ending the same processes at this moment, and must not meet those of the next stack.
  if (waitForWatchdog && state?.watchdog != null) await waitUntilGone(state.watchdog, watchdogMs);
  return leftovers;
}

/** Ends a process as its kind wants to be ended: SIGKILL after five seconds. */
export async function endWard(ward: Ward): Promise<void> {
  await (ward.group ? terminateGroup(ward, graceMs, ward.signal) : terminate(ward, graceMs, ward.signal));
}

/** The Postgres that has this folder's data open; its backends end with it. */
function findFolderServer(home: string): ProcessIdentity | undefined {
  const { postgres } = stackPaths(home);
  if (!existsSync(join(postgres, "placement.json"))) return undefined;
  const { dataFolder } = placeServer(postgres, chooseServerAccount());
  const pid = readPostmasterRecord(dataFolder)?.pid;
  return findServerProcesses(dataFolder).find((identity) => identity.pid === pid);
}

function entry(name: string, identity: ProcessIdentity | null, group: boolean, signal: Ward["signal"]): readonly Leftover[] {
  return identity === null ? [] : [{ name, pid: identity.pid, startTime: identity.startTime, group, signal }];
}
