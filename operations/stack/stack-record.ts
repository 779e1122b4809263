import { removeStackState, type StackState, writeStackState } from "../../infra/stack-state.ts";
import type { ProcessIdentity } from "../../infra/processes.ts";
import type { Settings } from "../../infra/settings.ts";

/** `.ladder/stack.json` as the supervisor keeps it: each change is written at once, one after another. */
export class StackRecord {
  readonly #home: string;
  #state: StackState;
  #written: Promise<void> = Promise.resolve();

  constructor(settings: Settings, supervisor: ProcessIdentity) {
    this.#home = settings.home;
    const startedAt = new Date().toISOString();
    this.#state = {
      version: 1,
      phase: "starting",
      supervisor: { ...supervisor, startedAt },
      watchdog: null,
      postgres: null,
      temporal: null,
      worker: null,
      starting: [],
      databaseUrl: settings.databaseUrl ?? null,
      temporalAddress: settings.temporal?.connection.address ?? null,
      temporalNamespace: settings.temporal?.namespace ?? null,
      startedAt,
    };
  }

  get state(): StackState {
    return this.#state;
  }

  /** Changes the state and writes it; resolves when it is on the disk. */
  update(change: Partial<StackState>): Promise<void> {
    this.#state = { ...this.#state, ...change };
    // A write that failed was told to whoever asked for it; the next one writes everything again.
    this.#written = this.#written.catch(() => undefined).then(() => writeStackState(this.#home, this.#state));
    return this.#written;
  }

  /** Nothing runs any more. */
  async remove(): Promise<void> {
    await this.#written.catch(() => undefined);
    await removeStackState(this.#home);
  }
}
