import { spawn, type ChildProcess } from "node:child_process";
import { nodeProgram } from "../../infra/node-program.ts";
import { identifyProcess, terminate, terminateGroup, type ProcessIdentity } from "../../infra/processes.ts";
import { type Ward, wardsSchema } from "../../infra/stack-state.ts";

const graceMs = 5_000;

/**
 * The supervisor's side of the watchdog: a small process of its own that ends the services when the supervisor dies
 * without doing so itself (kill -9, out of memory). It notices by their common channel, which the kernel closes.
 */
export class Watchdog {
  readonly #wards = new Map<number, Ward>();
  readonly #onStart: (identity: ProcessIdentity | undefined) => void;
  #child: ChildProcess | undefined;
  #closed = false;

  /** @param onStart told which process watches, also when it had to be started again */
  constructor(onStart: (identity: ProcessIdentity | undefined) => void) {
    this.#onStart = onStart;
    this.#start();
  }

  /** From now on it ends with the supervisor. */
  watch(ward: Ward): void {
    this.#wards.set(ward.pid, ward);
    this.#tell();
  }

  /** It has ended. */
  forget(pid: number): void {
    this.#wards.delete(pid);
    this.#tell();
  }

  /** Ends the watchdog; whatever it still watches is ended by it. */
  close(): void {
    this.#closed = true;
    if (this.#child?.connected === true) this.#child.disconnect();
  }

  #start(): void {
    const [program, ...args] = nodeProgram(import.meta.url, "../../cli/watchdog");
    const child = spawn(program, args, { detached: true, stdio: ["ignore", "ignore", "ignore", "ipc"] });
    this.#child = child;
    child.once("exit", () => {
      if (!this.#closed) setTimeout(() => this.#restart(), 200).unref();
    });
    child.on("error", () => undefined);
    this.#onStart(child.pid === undefined ? undefined : identifyProcess(child.pid));
    this.#tell();
  }

  #restart(): void {
    if (!this.#closed) this.#start();
  }

  #tell(): void {
    if (this.#child?.connected === true) this.#child.send([...this.#wards.values()], () => undefined);
  }
}

/** The watchdog's own side (cli/watchdog.ts): remembers what it is told, waits for the supervisor's end, ends the rest. */
export async function keepWatch(): Promise<void> {
  // Whoever stops the supervisor by a signal to its whole process group must not stop this one first.
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(name, () => undefined);
  let wards: readonly Ward[] = [];
  process.on("message", (message) => {
    wards = wardsSchema.parse(message);
  });
  await new Promise<void>((resolve) => {
    if (process.connected) process.once("disconnect", resolve);
    else resolve();
  });
  await Promise.allSettled(wards.map((ward) => endWard(ward)));
}

/** Ends a process as its kind wants to be ended. */
export async function endWard(ward: Ward): Promise<void> {
  await (ward.group ? terminateGroup(ward, graceMs, ward.signal) : terminate(ward, graceMs, ward.signal));
}
