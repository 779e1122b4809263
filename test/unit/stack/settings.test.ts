import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readSettings, resolveEndpoints, withoutPassword } from "../../../infra/settings.ts";
import { writeStackState } from "../../../infra/stack-state.ts";
import { ownIdentity } from "../../../infra/processes.ts";
import { stackStateOf } from "./stack-state-sample.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ladder-settings-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An environment in which no configuration of Temporal is found. */
const bare = () => ({ HOME: folder });

describe("readSettings", () => {
  test("keeps everything of a project in .ladder of its folder, and what all projects share in the cache", () => {
    const settings = readSettings(bare(), "/projects/wide");
    expect(settings).toMatchObject({
      home: "/projects/wide/.ladder",
      cacheFolder: join(folder, ".cache/ladder"),
      databaseUrl: undefined,
      temporal: undefined,
      color: true,
    });
    expect(readSettings({ ...bare(), LADDER_HOME: "state", XDG_CACHE_HOME: "/cache" }, "/projects/wide")).toMatchObject({
      home: "/projects/wide/state",
      cacheFolder: "/cache/ladder",
    });
  });

  test("takes the team's servers from DATABASE_URL and Temporal's own variables", () => {
    const settings = readSettings({
      ...bare(),
      DATABASE_URL: "postgres://me@db/ladder",
      TEMPORAL_ADDRESS: "temporal:7233",
      TEMPORAL_NAMESPACE: "scaling",
      TEMPORAL_API_KEY: "secret",
    });
    expect(settings.databaseUrl).toBe("postgres://me@db/ladder");
    expect(settings.temporal).toEqual({
      namespace: "scaling",
      connection: { address: "temporal:7233", apiKey: "secret", tls: true },
      origin: "TEMPORAL_ADDRESS",
    });
  });

  test("takes a profile of Temporal's configuration file, and says where the address was read", () => {
    const file = join(folder, "temporal.toml");
    writeFileSync(file, '[profile.lab]\naddress = "lab:7233"\nnamespace = "lab"\n');
    const settings = readSettings({ ...bare(), TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: "lab" });
    expect(settings.temporal).toEqual({ namespace: "lab", connection: { address: "lab:7233" }, origin: `profile lab of ${file}` });
  });

  test("an empty variable is an unset one", () => {
    expect(readSettings({ ...bare(), DATABASE_URL: "", TEMPORAL_ADDRESS: "", NO_COLOR: "" })).toMatchObject({
      databaseUrl: undefined,
      temporal: undefined,
      color: true,
    });
  });

  test("takes the first locale that is set for what a terminal can show, and the path of a browser", () => {
    expect(readSettings(bare()).unicode).toBe(false);
    expect(readSettings({ ...bare(), LANG: "de_DE.UTF-8" }).unicode).toBe(true);
    expect(readSettings({ ...bare(), LC_ALL: "C", LANG: "de_DE.UTF-8" }).unicode).toBe(false);
    expect(readSettings({ ...bare(), LC_ALL: "", LC_CTYPE: "C.utf8" }).unicode).toBe(true);
    expect(readSettings(bare()).chromium).toBeUndefined();
    expect(readSettings({ ...bare(), CHROMIUM: "chrome" }, "/projects").chromium).toEqual({ path: "/projects/chrome", origin: "CHROMIUM" });
    expect(readSettings({ ...bare(), LADDER_CHROMIUM: "/opt/chrome", CHROMIUM: "chrome" }).chromium).toEqual({
      path: "/opt/chrome",
      origin: "LADDER_CHROMIUM",
    });
  });

  test("says of every variable that cannot be used what it should be, and shows no password", () => {
    const read = () => readSettings({ ...bare(), DATABASE_URL: "mysql://me:secret@db/x", TEMPORAL_PROFILE: "nowhere" });
    expect(read).toThrow(/DATABASE_URL is not the address of a Postgres database.*nowhere/);
    try {
      read();
    } catch (error) {
      expect(error).toMatchObject({
        kind: "input",
        code: "SETTINGS_INVALID",
        problems: [{ path: "DATABASE_URL" }, { path: "TEMPORAL_*" }],
      });
      expect(JSON.stringify(error)).not.toContain("secret");
    }
  });
});

describe("resolveEndpoints", () => {
  test("without a stack and without variables it says what is missing and how to start it", async () => {
    await expect(resolveEndpoints(readSettings(bare(), folder))).rejects.toMatchObject({
      kind: "unavailable",
      code: "STACK_DOWN",
      hint: "ladder up --detach",
      fields: { missing: ["Postgres", "Temporal"] },
    });
  });

  test("of a running stack it takes what the environment does not name", async () => {
    const home = join(folder, ".ladder");
    await writeStackState(home, stackStateOf(ownIdentity()));
    const endpoints = await resolveEndpoints(readSettings({ ...bare(), DATABASE_URL: "postgres://me@db/ladder" }, folder));
    expect(endpoints).toEqual({
      databaseUrl: "postgres://me@db/ladder",
      databaseSource: "environment",
      temporal: { namespace: "default", connection: { address: "127.0.0.1:7233" } },
      temporalSource: "embedded",
    });
  });

  test("a stack whose supervisor is gone does not count", async () => {
    await writeStackState(join(folder, ".ladder"), stackStateOf({ pid: process.pid, startTime: "another life" }));
    await expect(resolveEndpoints(readSettings(bare(), folder))).rejects.toMatchObject({ code: "STACK_DOWN" });
  });
});

test.each([
  ["postgres://me:secret@db:5432/ladder", "postgres://me:***@db:5432/ladder"],
  ["postgres://db/ladder?user=me&password=secret", "postgres://db/ladder?user=me&password=***"],
  ["postgres://me@db/ladder", "postgres://me@db/ladder"],
])("%s is shown without its password", (url, shown) => {
  expect(decodeURIComponent(withoutPassword(url))).toBe(shown);
});
