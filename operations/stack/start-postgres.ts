import { appendFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { freePort } from "../../infra/ports.ts";
import { startEmbeddedPostgres } from "../../infra/postgres/embedded.ts";
import { identifyProcess, type ProcessIdentity } from "../../infra/processes.ts";
import { stackPaths } from "../../infra/stack-state.ts";
import type { RunningService } from "./kept-service.ts";

const attempts = 3;

/** A Postgres of our own that answers. */
export interface RunningPostgres extends RunningService {
  readonly port: number;
  readonly url: string;
  readonly dataFolder: string;
}

export interface PostgresStart {
  readonly home: string;
  /** The port of one that has died, so that its clients find it again; a free one unless given. */
  readonly port?: number;
  /** Told of the process as soon as it runs. */
  readonly onProcess: (identity: ProcessIdentity) => void;
}

/**
 * Starts Postgres on this folder's data, making the data folder the first time.
 *
 * @throws LadderError unavailable when it does not start
 */
export async function startPostgres({ home, port, onProcess }: PostgresStart): Promise<RunningPostgres> {
  const { postgres: folder, logs } = stackPaths(home);
  const logFile = join(logs, "postgres.log");
  mkdirSync(dirname(logFile), { recursive: true });
  const onLog = (text: string) => appendFileSync(logFile, text.endsWith("\n") ? text : `${text}\n`, { mode: 0o600 });
  for (let attempt = 1; ; attempt++) {
    try {
      const started = await startEmbeddedPostgres({ folder, port: port ?? (await freePort()), onLog });
      const identity = identifyProcess(started.pid);
      if (identity === undefined) throw new LadderError("unavailable", "POSTGRES_START_FAILED", `Postgres ended as soon as it had started; see ${logFile}`, { hint: "ladder doctor" });
      onProcess(identity);
      return { ...identity, port: started.port, url: started.url, dataFolder: started.dataFolder, stop: () => started.stop() };
    } catch (error) {
      // Another program may have taken the port between finding and using it.
      if (port !== undefined || attempt === attempts || !isPortTaken(error)) throw error;
    }
  }
}

function isPortTaken(error: unknown): boolean {
  return error instanceof LadderError && (error.code === "POSTGRES_PORT_TAKEN" || /address already in use|could not bind/i.test(error.message));
}
