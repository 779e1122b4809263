import { setTimeout as sleep } from "node:timers/promises";
import { isAlive, waitFor, type ProcessIdentity } from "../../infra/processes.ts";

/** A process that answers, and how to end it. */
export interface RunningService extends ProcessIdentity {
  stop(): Promise<void>;
}

export interface KeptServiceOptions<Running extends RunningService> {
  readonly name: string;
  /** Starts it and waits until it answers; `restart` is the one that has died. */
  readonly start: (signal: AbortSignal, restartOf: Running | undefined) => Promise<Running>;
  /** Told of each process that answers, with how often it was started again. */
  readonly onRunning: (running: Running, restarts: number) => Promise<void>;
  readonly onProgress: (line: string) => void;
}

const firstPauseMs = 500;
const longestPauseMs = 30_000;
/** After so long a life the pauses begin from the shortest again. */
const healthyMs = 60_000;

/** A service that is started again, with growing pauses, whenever it dies. */
export class KeptService<Running extends RunningService> {
  readonly #options: KeptServiceOptions<Running>;
  readonly #stopping = new AbortController();
  #current: Running | undefined;
  #restarts = 0;
  #kept: Promise<void> = Promise.resolve();

  constructor(options: KeptServiceOptions<Running>) {
    this.#options = options;
  }

  /**
   * Starts it for the first time and keeps it running from then on.
   *
   * @throws what `start` throws: a first start that fails is not tried again
   */
  async start(signal: AbortSignal): Promise<Running> {
    const running = await this.#options.start(AbortSignal.any([signal, this.#stopping.signal]), undefined);
    this.#current = running;
    await this.#options.onRunning(running, 0);
    this.#kept = this.#keep(running);
    return running;
  }

  /** Ends it for good. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#kept;
    await this.#current?.stop();
    this.#current = undefined;
  }

  async #keep(first: Running): Promise<void> {
    const { signal } = this.#stopping;
    let running = first;
    let pauseMs = firstPauseMs;
    for (;;) {
      const since = performance.now();
      const died = await waitFor(() => !isAlive(running), { timeoutMs: Number.POSITIVE_INFINITY, intervalMs: 200, signal }).catch(
        () => false,
      );
      if (!died) return;
      if (performance.now() - since > healthyMs) pauseMs = firstPauseMs;
      this.#options.onProgress(`${this.#options.name} (process ${String(running.pid)}) has died; starting it again`);
      const next = await this.#startAgain(running, pauseMs);
      if (next === undefined) return;
      running = next;
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    }
  }

  async #startAgain(dead: Running, firstPause: number): Promise<Running | undefined> {
    const { signal } = this.#stopping;
    let pauseMs = firstPause;
    for (;;) {
      try {
        await sleep(pauseMs, undefined, { signal });
        this.#restarts++;
        const running = await this.#options.start(signal, dead);
        this.#current = running;
        await this.#tell(running);
        return running;
      } catch (error) {
        if (signal.aborted) return undefined;
        this.#options.onProgress(`${this.#options.name} did not start: ${error instanceof Error ? error.message : String(error)}`);
        pauseMs = Math.min(longestPauseMs, pauseMs * 2);
      }
    }
  }

  /** It runs, whether or not that can be written down (a full disk): starting another one would help nobody. */
  async #tell(running: Running): Promise<void> {
    try {
      await this.#options.onRunning(running, this.#restarts);
    } catch (error) {
      this.#options.onProgress(
        `${this.#options.name} runs again, but that could not be written down: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}
