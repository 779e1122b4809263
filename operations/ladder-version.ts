import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { LadderError } from "../analysis/study/ladder-error.ts";

const packageSchema = z.object({ name: z.literal("ladder-orchestrator"), version: z.string() });

/** The folder of Ladder's own package.json: the checkout or the installed package, also when run from `dist/`. */
export function ladderFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (dirname(folder) !== folder) {
    const file = join(folder, "package.json");
    if (existsSync(file) && packageSchema.safeParse(JSON.parse(readFileSync(file, "utf8"))).success) return folder;
    folder = dirname(folder);
  }
  throw new LadderError("defect", "PACKAGE_NOT_FOUND", "Ladder cannot find its own package.json");
}

/** The version of this installation of Ladder, for example `0.1.0`. */
export function ladderVersion(): string {
  return packageSchema.parse(JSON.parse(readFileSync(join(ladderFolder(), "package.json"), "utf8"))).version;
}
