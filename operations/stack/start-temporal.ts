import { join } from "node:path";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import type { ProcessIdentity } from "../../infra/processes.ts";
import type { Settings } from "../../infra/settings.ts";
import { stackPaths } from "../../infra/stack-state.ts";
import { startDevServer } from "../../infra/temporal/dev-server.ts";
import { findTemporalServer } from "../../infra/temporal/server-binary.ts";
import type { RunningService } from "./kept-service.ts";

/** A Temporal server of our own that answers. */
export interface RunningTemporal extends RunningService {
  readonly port: number;
  readonly address: string;
  readonly namespace: string;
  readonly version: string;
  readonly binary: string;
}

export interface TemporalStart {
  readonly settings: Settings;
  readonly signal: AbortSignal;
  readonly onProgress: (line: string) => void;
  /** Told of the server's process. */
  readonly onProcess: (identity: ProcessIdentity) => void;
  /** Told of every installer that runs before there is a server. */
  readonly onTool: (identity: ProcessIdentity) => void;
}

/** Finds the `temporal` binary, fetching it when there is none. @throws LadderError unavailable TEMPORAL_SERVER_MISSING */
export async function findTemporalBinary({ settings, signal, onProgress, onTool }: Omit<TemporalStart, "onProcess">): Promise<string> {
  const found = await findTemporalServer({ settings, signal, onProgress, onProcess: onTool });
  if (found.kind === "binary") return found.path;
  throw new LadderError("defect", "TEMPORAL_NOT_NEEDED", `a Temporal server at ${found.address} is configured: none should be started`);
}

/**
 * Starts Temporal on this folder's database file.
 *
 * @param port that of a server that has died, so that its clients find it again; a free one unless given
 * @throws LadderError unavailable TEMPORAL_START_FAILED
 */
export async function startTemporal(start: TemporalStart, binary: string, port: number | undefined): Promise<RunningTemporal> {
  const { temporal: folder, logs } = stackPaths(start.settings.home);
  const server = await startDevServer({
    binary,
    folder,
    logFile: join(logs, "temporal.log"),
    ...(port === undefined ? {} : { port }),
    signal: start.signal,
    onProcess: start.onProcess,
  });
  const { pid, startTime, address, namespace, version } = server;
  return { pid, startTime, port: server.port, address, namespace, version, binary, stop: () => server.stop() };
}
