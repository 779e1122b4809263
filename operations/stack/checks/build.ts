import { existsSync } from "node:fs";
import { join } from "node:path";
import { ladderFolder } from "../../ladder-version.ts";
import { fail, ok, type StackCheck, warn } from "./stack-check.ts";

/** The programs that a stack starts. */
const needed = ["dist/cli/supervisor.js", "dist/cli/watchdog.js", "dist/cli/worker.js", "dist/trainers/reference/main.js"];
const bundle = "dist/workflows/workflow-bundle.js";

/** Whether Ladder itself is built. */
export const buildCheck: StackCheck = {
  id: "build",
  run() {
    const folder = ladderFolder();
    const missing = needed.filter((file) => !existsSync(join(folder, file)));
    if (missing.length > 0)
      return Promise.resolve(fail(`${missing.join(", ")} ${missing.length > 1 ? "are" : "is"} missing in ${folder}`, "npm run build"));
    if (!existsSync(join(folder, bundle)))
      return Promise.resolve(
        warn(`${bundle} is missing: every worker bundles its workflows itself and takes 300 MB instead of 160`, "npm run build"),
      );
    return Promise.resolve(ok(`${folder} is built`));
  },
};
