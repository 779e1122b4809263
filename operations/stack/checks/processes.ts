import { isAlive } from "../../../infra/processes.ts";
import { readStackState } from "../../../infra/stack-state.ts";
import { findLeftovers } from "../leftovers.ts";
import { readLockHolder } from "../stack-lock.ts";
import { ok, type StackCheck, warn } from "./stack-check.ts";

/** Whether a stack runs, and whether a dead one has left processes behind. */
export const processesCheck: StackCheck = {
  id: "processes",
  async run({ home }) {
    const holder = await readLockHolder(home);
    const state = await readStackState(home);
    if (holder !== undefined) {
      const restarts = [state?.postgres, state?.temporal, state?.worker].reduce((sum, service) => sum + (service?.restarts ?? 0), 0);
      const found = `the stack runs (process ${String(holder.pid)})`;
      return restarts > 0
        ? warn(`${found}; its services had to be started again ${String(restarts)} times`, "see the logs in .ladder/logs")
        : ok(found);
    }
    const leftovers = findLeftovers(home, state).filter((leftover) => isAlive(leftover));
    if (leftovers.length === 0) return ok("no stack runs in this folder, and none has left processes behind");
    return warn(
      `a stack that was killed has left behind: ${leftovers.map(({ name, pid }) => `${name} (process ${String(pid)})`).join(", ")}`,
      "ladder down ends them",
    );
  },
};
