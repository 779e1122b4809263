import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fail, ok, type StackCheck } from "./stack-check.ts";

/** Whether the folder of all data can be written; it is not made by looking. */
export const folderCheck: StackCheck = {
  id: "folder",
  async run({ home }) {
    let place = home;
    while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
    try {
      const probe = await mkdtemp(join(place, ".ladder-doctor-"));
      await writeFile(join(probe, "probe"), "probe", { flush: true });
      await rm(probe, { recursive: true });
    } catch (error) {
      return fail(
        `${place} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
        `make it writable, go to another folder, or set LADDER_HOME`,
      );
    }
    return ok(existsSync(home) ? `${home} can be written` : `${home} will be made by ladder up`);
  },
};
