import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { describeFailure, runCommand } from "../command-run.ts";
import { installIntoCache, makeCacheWorkFolder } from "./server-binary-cache.ts";
import { absent, type ServerWay } from "./server-binary-way.ts";

const limitMs = 10_000;

/**
 * The SDK fetches a binary only in order to start a server from it, and its download cannot be interrupted: so it does
 * so in a process of its own, which is ended when it takes too long.
 */
const download = `
const { TestWorkflowEnvironment } = await import(process.argv[1]);
TestWorkflowEnvironment.createLocal({ server: { executable: { type: "cached-download", downloadDir: process.argv[2], version: "default" } } })
  .then((environment) => environment.teardown())
  .then(() => process.exit(0), (error) => { console.error(String(error && error.message)); process.exit(1); });
`;

/** The download that Temporal's SDK offers for tests, from temporal.download. */
export const sdkWay: ServerWay = {
  id: "sdk",
  summary: "the download of Temporal's SDK, from temporal.download",
  local: false,
  async find(search) {
    const folder = await makeCacheWorkFolder(search.settings.cacheFolder);
    try {
      search.onProgress("Temporal server: asking temporal.download (10 s at most)");
      const testing = import.meta.resolve("@temporalio/testing");
      const result = await runCommand(process.execPath, ["--input-type=module", "--eval", download, testing, folder], {
        signal: search.signal,
        timeoutMs: limitMs,
        onProcess: search.onProcess,
      });
      if (result.code !== 0)
        return absent(
          result.ended === "timeout" ? "temporal.download did not answer within 10 s" : describeFailure("the SDK's download", result),
        );
      for (const name of (await readdir(folder)).filter((file) => file.startsWith("temporal"))) {
        const installed = await installIntoCache(join(folder, name), undefined, search);
        if (installed !== undefined) return installed;
      }
      return absent("what the SDK downloaded does not run on this machine");
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
