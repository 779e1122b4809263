import { availableParallelism, freemem, release, totalmem } from "node:os";
import { ok, type StackCheck, warn } from "./stack-check.ts";

const gibibyte = 2 ** 30;
const leastMemory = 2 * gibibyte;

/** The machine: processors, memory, and whether Ladder is known to run on its system. */
export const platformCheck: StackCheck = {
  id: "platform",
  run() {
    const system = `${process.platform} ${process.arch} ${release()}`;
    const found = `${system}, ${String(availableParallelism())} processors, ${(totalmem() / gibibyte).toFixed(1)} GiB of memory`;
    if (!["linux", "darwin"].includes(process.platform)) {
      return Promise.resolve(warn(`${found}; Ladder's process handling is made for Linux and macOS`, "use Linux, macOS or WSL"));
    }
    if (totalmem() < leastMemory)
      return Promise.resolve(
        warn(
          `${found}; the stack alone takes about 0.6 GiB (${(freemem() / gibibyte).toFixed(1)} GiB are free)`,
          "run the servers elsewhere: set DATABASE_URL and TEMPORAL_ADDRESS",
        ),
      );
    return Promise.resolve(ok(found));
  },
};
