import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { LadderError } from "../analysis/study/ladder-error.ts";

/** A process for ever: numbers are given out again, a number together with its start time is not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Opaque: compare it, do not read it. */
  readonly startTime: string;
}

interface ProcessEntry extends ProcessIdentity {
  readonly group: number;
}

/** `asked`: it ended by itself after SIGTERM (or was gone); `killed`: SIGKILL was needed. */
export type Ending = "asked" | "killed";

/**
 * When the process with this number was started; null when there is none, or only its unread exit status is left (a
 * zombie: in containers without an init process those stay for ever).
 */
export function processStartTime(pid: number): string | null {
  return (process.platform === "linux" ? readProc(pid) : readPs(["-p", String(pid)]).at(0))?.startTime ?? null;
}

/** The identity of a running process; undefined when it is gone. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const startTime = processStartTime(pid);
  return startTime === null ? undefined : { pid, startTime };
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  const identity = identifyProcess(process.pid);
  if (identity === undefined) throw new LadderError("defect", "PROCESS_UNKNOWN", `process ${process.pid} does not find itself`);
  return identity;
}

/** Whether this very process still runs (not: whether its number is in use). */
export function isAlive(identity: ProcessIdentity): boolean {
  return processStartTime(identity.pid) === identity.startTime;
}

/** Sends a signal to this very process; false when it is gone. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  return isAlive(identity) && send(identity.pid, signal);
}

/**
 * Ends a process: SIGTERM, then SIGKILL after the grace. A process that is gone already is fine.
 *
 * @param graceMs milliseconds that it may take to end by itself
 * @throws LadderError unavailable PROCESS_STUCK when it outlives SIGKILL by five seconds
 */
export async function terminate(identity: ProcessIdentity, graceMs: number, firstSignal: NodeJS.Signals = "SIGTERM"): Promise<Ending> {
  return end(
    () => (isAlive(identity) ? [identity] : []),
    (signal) => signalProcess(identity, signal),
    graceMs,
    firstSignal,
  );
}

/**
 * Ends a process and all of its process group, of which it is the leader; works too when the leader is gone and
 * others of its group are left.
 */
export async function terminateGroup(leader: ProcessIdentity, graceMs: number, firstSignal: NodeJS.Signals = "SIGTERM"): Promise<Ending> {
  return end(
    () => groupMembers(leader),
    (signal) => send(-leader.pid, signal),
    graceMs,
    firstSignal,
  );
}

/**
 * The living members of the process group that this process leads or led. Empty when its number belongs to another
 * process by now: a number is not given out while a group still bears it, so the old group is gone then.
 */
export function groupMembers(leader: ProcessIdentity): readonly ProcessIdentity[] {
  const current = processStartTime(leader.pid);
  if (current !== null && current !== leader.startTime) return [];
  return listProcesses().filter((entry) => entry.group === leader.pid);
}

/** Waits until it is gone; false when it still runs at the deadline. */
export async function waitUntilGone(identity: ProcessIdentity, timeoutMs: number): Promise<boolean> {
  return waitFor(() => !isAlive(identity), { timeoutMs });
}

/**
 * Polls a condition until it holds.
 *
 * @returns false when it did not hold within `timeoutMs` milliseconds
 * @throws the signal's reason when it is aborted before
 */
export async function waitFor(
  condition: () => boolean | Promise<boolean>,
  { timeoutMs, intervalMs = 25, signal }: { readonly timeoutMs: number; readonly intervalMs?: number; readonly signal?: AbortSignal },
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    signal?.throwIfAborted();
    if (await condition()) return true;
    if (performance.now() >= deadline) return false;
    await sleep(intervalMs);
  }
}

async function end(
  living: () => readonly ProcessIdentity[],
  signal: (name: NodeJS.Signals) => unknown,
  graceMs: number,
  first: NodeJS.Signals,
): Promise<Ending> {
  const gone = () => living().length === 0;
  if (gone()) return "asked";
  signal(first);
  if (await waitFor(gone, { timeoutMs: graceMs })) return "asked";
  signal("SIGKILL");
  if (await waitFor(gone, { timeoutMs: 5_000 })) return "killed";
  const pids = living().map((identity) => identity.pid);
  throw new LadderError("unavailable", "PROCESS_STUCK", `process ${pids.join(", ")} does not end, not even by SIGKILL`, {
    fields: { pids },
    hint: "it waits in the kernel, most often for a disk or a network file system: look at it with `ps -o pid,stat,wchan,args`",
  });
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}

function listProcesses(): readonly ProcessEntry[] {
  if (process.platform !== "linux") return readPs(["-A"]);
  return readdirSync("/proc").flatMap((name) => (/^\d+$/.test(name) ? (readProc(Number(name)) ?? []) : []));
}

let bootId: string | undefined;

/** Fields of /proc/PID/stat (man 5 proc): 3 is the state, 5 the process group, 22 the start in clock ticks after the boot. */
function readProc(pid: number): ProcessEntry | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
  } catch {
    return undefined;
  }
  // The second field, the name, stands in brackets and may hold blanks and brackets itself.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, group, ticks] = [fields[0], fields[2], fields[19]];
  if (state === undefined || group === undefined || ticks === undefined || state === "Z" || state === "X") return undefined;
  bootId ??= readBootId();
  return { pid, startTime: `${bootId}-${ticks}`, group: Number(group) };
}

/** Ticks start again at every boot; some sandboxes do not tell which boot it is. */
function readBootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim().slice(0, 8);
  } catch {
    return "boot";
  }
}

/** The same from `ps`, on systems without /proc; `lstart` is exact to a second. */
function readPs(selection: readonly string[]): readonly ProcessEntry[] {
  let text: string;
  try {
    text = execFileSync("ps", [...selection, "-o", "pid=,pgid=,stat=,lstart="], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      env: { LC_ALL: "C", PATH: "/bin:/usr/bin" },
    });
  } catch {
    return [];
  }
  return text.split("\n").flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line);
    if (match === null || match[3]?.startsWith("Z") === true) return [];
    return [{ pid: Number(match[1]), group: Number(match[2]), startTime: match[4] ?? "" }];
  });
}
