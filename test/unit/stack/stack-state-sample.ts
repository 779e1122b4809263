import type { ProcessIdentity } from "../../../infra/processes.ts";
import type { StackState } from "../../../infra/stack-state.ts";

/** The state of a stack with both servers of its own, supervised by a given process. */
export function stackStateOf(supervisor: ProcessIdentity): StackState {
  const startedAt = "2026-01-01T00:00:00.000Z";
  const service = { pid: 2 ** 22, startTime: "gone", startedAt, restarts: 0 };
  return {
    version: 1,
    phase: "ready",
    supervisor: { ...supervisor, startedAt },
    watchdog: null,
    postgres: { ...service, port: 5432, url: "postgresql://postgres:secret@127.0.0.1:5432/ladder", dataFolder: "/data" },
    temporal: { ...service, port: 7233, address: "127.0.0.1:7233", namespace: "default", binary: "/bin/temporal" },
    worker: service,
    starting: [],
    databaseUrl: "postgresql://postgres:secret@127.0.0.1:5432/ladder",
    temporalAddress: "127.0.0.1:7233",
    temporalNamespace: "default",
    startedAt,
  };
}
