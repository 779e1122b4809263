import { existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { fail, ok, type StackCheck, warn } from "./stack-check.ts";

const gibibyte = 2 ** 30;
/** A new Postgres takes 0.05 GiB; the rest is checkpoints and metrics. */
const leastFree = 0.5 * gibibyte;
const comfortable = 5 * gibibyte;

/** Free space where data and checkpoints go. */
export const diskCheck: StackCheck = {
  id: "disk",
  async run({ home }) {
    let place = home;
    while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
    const { bavail, bsize } = await statfs(place);
    const free = bavail * bsize;
    const found = `${(free / gibibyte).toFixed(1)} GiB free at ${place}`;
    if (free < leastFree) return fail(found, "free some space, or set LADDER_HOME to a folder on another disk");
    if (free < comfortable) return warn(found, "checkpoints may need more; LADDER_HOME puts them on another disk");
    return ok(found);
  },
};
