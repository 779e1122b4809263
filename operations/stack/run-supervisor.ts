import { readSettings } from "../../infra/settings.ts";
import { supervise } from "./supervise.ts";
import { packError, type SupervisorMessage } from "./supervisor-messages.ts";

/**
 * The detached supervisor (cli/supervisor.ts): tells whoever started it how far it is, then lives on its own until
 * SIGTERM. What it prints goes to `.ladder/logs/supervisor.log`.
 *
 * @returns the exit code
 */
export async function runSupervisor(): Promise<number> {
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(name, () => stop.abort(name));
  const log = (line: string) => console.log(`${new Date().toISOString()} ${line}`);
  try {
    await supervise({
      settings: readSettings(),
      signal: stop.signal,
      onProgress: (line) => {
        log(line);
        tell({ type: "progress", line });
      },
      onReady: () => {
        log("ready");
        tell({ type: "ready" });
        // From here on nobody waits for it.
        if (process.connected) process.disconnect();
      },
    });
    return 0;
  } catch (error) {
    log(`failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    await tellAndWait({ type: "failed", error: packError(error) });
    return 1;
  }
}

function tell(message: SupervisorMessage): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

function tellAndWait(message: SupervisorMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.connected && process.send !== undefined) process.send(message, undefined, undefined, () => resolve());
    else resolve();
  });
}
