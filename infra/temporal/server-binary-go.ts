import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describeFailure, runCommand } from "../command-run.ts";
import { installIntoCache, makeCacheWorkFolder } from "./server-binary-cache.ts";
import { absent, type ServerWay } from "./server-binary-way.ts";

/** The newest version that `go install` accepts: later ones have replace directives in their go.mod. */
const goVersion = "1.5.1";
const progressEveryMs = 15_000;

/** Built from source through the Go module proxy. Such a build calls itself 0.0.0-DEV. */
export const goWay: ServerWay = {
  id: "go",
  summary: `go install github.com/temporalio/cli/cmd/temporal@v${goVersion} (Go)`,
  local: false,
  async find(search) {
    const go = await runCommand("go", ["version"], { signal: search.signal, timeoutMs: 20_000, environment: search.settings.environment });
    if (go.code !== 0) return absent(describeFailure("go", go));
    const folder = await makeCacheWorkFolder(search.settings.cacheFolder);
    const started = performance.now();
    let [downloaded, compiled] = [0, 0];
    const report = () => {
      const seconds = Math.round((performance.now() - started) / 1000);
      search.onProgress(
        `Temporal server: building with Go, ${seconds} s (${downloaded} modules fetched, ${compiled} packages compiled; usually 4 to 6 minutes)`,
      );
    };
    search.onProgress(`Temporal server: building it with ${go.stdout.trim()}; this takes 4 to 6 minutes and 3 GB of disk, once`);
    const timer = setInterval(report, progressEveryMs);
    try {
      const result = await runCommand("go", ["install", "-v", `github.com/temporalio/cli/cmd/temporal@v${goVersion}`], {
        signal: search.signal,
        timeoutMs: 30 * 60_000,
        environment: { ...search.settings.environment, GOBIN: folder },
        onProcess: search.onProcess,
        onLine: (line) => {
          if (line.startsWith("go: downloading")) downloaded++;
          else compiled++;
        },
      });
      if (result.code !== 0) return absent(describeFailure("go install", result));
      return (await installIntoCache(join(folder, "temporal"), goVersion, search)) ?? absent("the binary that Go built does not run");
    } finally {
      clearInterval(timer);
      await rm(folder, { recursive: true, force: true });
    }
  },
};
