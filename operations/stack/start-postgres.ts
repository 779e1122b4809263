import { startEmbeddedPostgres } from "../../infra/postgres/embedded.ts";
import type { ProcessIdentity } from "../../infra/processes.ts";
import { stackPaths } from "../../infra/stack-state.ts";
import type { RunningService } from "./kept-service.ts";

/** A Postgres of our own that answers. */
export interface RunningPostgres extends RunningService {
  readonly port: number;
  readonly url: string;
  readonly dataFolder: string;
}

export interface PostgresStart {
  readonly home: string;
  /** The port of one that has died, so that its clients find it again; a free one unless given. */
  readonly port: number | undefined;
  readonly onProgress: (line: string) => void;
  /** Told of the process once it answers. */
  readonly onProcess: (identity: ProcessIdentity) => void;
}

/**
 * Starts Postgres on this folder's data, making the data folder the first time.
 *
 * @throws LadderError unavailable when it does not start
 */
export async function startPostgres({ home, port, onProgress, onProcess }: PostgresStart): Promise<RunningPostgres> {
  const server = await startEmbeddedPostgres({
    folder: stackPaths(home).postgres,
    ...(port === undefined ? {} : { port }),
    onLog: (line) => onProgress(`Postgres: ${line}`),
  });
  const { pid, startTime, url, dataFolder } = server;
  onProcess({ pid, startTime });
  return { pid, startTime, port: server.port, url, dataFolder, stop: () => server.stop() };
}
