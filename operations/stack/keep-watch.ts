import { type Ward, wardsSchema } from "../../infra/stack-state.ts";
import { endLeftovers, endWard } from "./leftovers.ts";
import { readLockHolder } from "./stack-lock.ts";

/**
 * The watchdog's own side (cli/watchdog.ts): remembers what the supervisor tells it, waits for the supervisor's end, and
 * ends what is left. After an orderly stop that is nothing.
 */
export async function keepWatch(home: string): Promise<void> {
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
  // What was started in the supervisor's last moment is not among the wards. A new supervisor looks for it by itself.
  if ((await readLockHolder(home)) === undefined) await endLeftovers(home, { waitForWatchdog: false });
}
