import { delimiter, join } from "node:path";
import { askVersion } from "./server-binary-cache.ts";
import { absent, type ServerWay } from "./server-binary-way.ts";

/** The user's own `temporal`. */
export const pathWay: ServerWay = {
  id: "path",
  summary: "the command `temporal` on PATH (https://docs.temporal.io/cli)",
  local: true,
  async find(search) {
    const folders = (search.settings.environment["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
    for (const folder of folders) {
      const path = join(folder, "temporal");
      const version = await askVersion(path, search);
      if (version !== undefined) return { kind: "binary", path, version };
    }
    return absent("there is no `temporal` on PATH that runs");
  },
};
