import { spawn, type ChildProcess } from "node:child_process";
import { nodeProgram } from "../../infra/node-program.ts";
import { identifyProcess, type ProcessIdentity, terminate, waitUntilGone } from "../../infra/processes.ts";
import type { Ward } from "../../infra/stack-state.ts";

/** Longer than the grace that the watchdog gives to what it ends. */
const lastDutyMs = 20_000;

/**
 * The supervisor's side of the watchdog: a small process of its own that ends the services when the supervisor dies
 * without doing so itself (kill -9, out of memory). It notices by their common channel, which the kernel closes.
 */
export class Watchdog {
  readonly #home: string;
  readonly #wards = new Map<number, Ward>();
  readonly #onStart: (identity: ProcessIdentity | undefined) => void;
  #child: ChildProcess | undefined;
  #closed = false;

  /** @param onStart told which process watches, also when it had to be started again */
  constructor(home: string, onStart: (identity: ProcessIdentity | undefined) => void) {
    this.#home = home;
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

  /** Ends the watchdog, and with it whatever it still watches; resolves when it is gone. */
  async close(): Promise<void> {
    this.#closed = true;
    const child = this.#child;
    if (child === undefined) return;
    const identity = child.pid === undefined ? undefined : identifyProcess(child.pid);
    if (child.connected) child.disconnect();
    if (identity !== undefined && !(await waitUntilGone(identity, lastDutyMs))) await terminate(identity, 0, "SIGKILL");
  }

  #start(): void {
    const [program, ...args] = nodeProgram(import.meta.url, "../../cli/watchdog");
    const child = spawn(program, [...args, this.#home], { detached: true, stdio: ["ignore", "ignore", "ignore", "ipc"] });
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
