import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { withBrowserPage } from "../../../infra/chromium/browser-page.ts";
import { findChromium } from "../../../infra/chromium/find-chromium.ts";
import { processStartTime, waitFor } from "../../../infra/processes.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ladder-browser-page-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that stands in for a browser: what it does is a shell script. */
function program(path: string, script: string): string {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, path), 0o755);
  return join(folder, path);
}

const environment = { PATH: process.env["PATH"] };

describe("a Chromium is found", () => {
  test("where the settings name it, before all else", async () => {
    program("bin/chromium", "");
    const named = program("elsewhere/chrome", "");
    const found = await findChromium({ chromium: { path: named, origin: "LADDER_CHROMIUM" }, environment: { PATH: join(folder, "bin") } });
    expect(found).toEqual({ path: named, args: [] });
  });

  test("on the PATH, in its order, and never a folder or a file that cannot be run", async () => {
    mkdirSync(join(folder, "first/chromium"), { recursive: true });
    writeFileSync(join(folder, "first/google-chrome"), "no program");
    program("second/google-chrome", "");
    const path = [join(folder, "first"), join(folder, "second")].join(":");
    expect(await findChromium({ chromium: undefined, environment: { PATH: path } })).toEqual({
      path: join(folder, "second/google-chrome"),
      args: [],
    });
  });

  test("or the answer says which name was wrong, how to install one, and what needs none", async () => {
    const wrong = { path: join(folder, "absent"), origin: "LADDER_CHROMIUM" };
    const error = await findChromium({ chromium: wrong, environment }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ kind: "unavailable", code: "CHROMIUM_NOT_FOUND" });
    expect(String(error)).toContain(`LADDER_CHROMIUM names ${wrong.path}`);
    expect(JSON.stringify(error)).toMatch(/--output figure\.html.*apt-get install chromium/);
  });
});

describe("a browser that does not do its work", () => {
  const use = (): Promise<never> => new Promise(() => undefined);
  const profiles = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("ladder-chromium-"));
  /** Writes its own process id, and that of a child which only SIGKILL ends. */
  const stubborn = `trap '' TERM; (trap '' TERM; sleep 60) & echo "$$ $!" > "$FOLDER/pids.new"; mv "$FOLDER/pids.new" "$FOLDER/pids"; wait; sleep 60`;
  const isGone = (): boolean =>
    readFileSync(join(folder, "pids"), "utf8")
      .trim()
      .split(" ")
      .every((pid) => processStartTime(Number(pid)) === null);

  test("is a failure with its last words when it ends", async () => {
    const path = program("chrome", "echo 'no such library' >&2; exit 127");
    await expect(withBrowserPage({ path, args: [] }, { environment, timeoutMilliseconds: 10_000 }, use)).rejects.toMatchObject({
      kind: "unavailable",
      code: "CHROMIUM_FAILED",
      fields: { said: ["no such library"] },
    });
  });

  test("is a failure when it cannot be started", async () => {
    const path = join(folder, "absent");
    await expect(withBrowserPage({ path, args: [] }, { environment, timeoutMilliseconds: 10_000 }, use)).rejects.toThrow(
      `${path} cannot be started`,
    );
  });

  test("is ended with all that it started when time is up, and leaves no profile", async () => {
    const before = profiles();
    const path = program("chrome", "sleep 60 & exec sleep 61");
    await expect(withBrowserPage({ path, args: [] }, { environment, timeoutMilliseconds: 300 }, use)).rejects.toThrow("within 0.3 seconds");
    expect(profiles()).toEqual(before);
  });

  test("is ended in the same way when the user interrupts, and the reason is passed on", async () => {
    const path = program("chrome", stubborn);
    const interruption = new AbortController();
    const options = { environment: { ...environment, FOLDER: folder }, signal: interruption.signal, timeoutMilliseconds: 60_000 };
    const drawing = withBrowserPage({ path, args: [] }, options, use).catch((error: unknown) => error);
    expect(await waitFor(() => existsSync(join(folder, "pids")), { timeoutMs: 10_000 })).toBe(true);
    interruption.abort("SIGINT");
    expect(await drawing).toBe("SIGINT");
    expect(isGone()).toBe(true);
  });
});
