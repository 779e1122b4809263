import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ProjectFolder } from "../../integration/stack/project-folder.ts";

let project: ProjectFolder;
afterEach(() => project.remove());

/** Lines of `up` that stand for its stages; initdb runs after the second. */
const moments = [
  "Postgres: starting",
  "making the database folder",
  "Temporal: starting",
  "schema brought up to date",
  "worker: starting",
] as const;

const ways = [
  { name: "Ctrl-C in the foreground", args: ["up"], signal: "SIGINT", code: 130 },
  { name: "SIGTERM in the foreground", args: ["up"], signal: "SIGTERM", code: 143 },
  { name: "SIGTERM to up --detach", args: ["up", "--detach"], signal: "SIGTERM", code: 143 },
  { name: "kill -9", args: ["up"], signal: "SIGKILL", code: null },
] as const;

/** Every way at every moment in the long round; each moment and each way at least once in the short one. */
const cases = moments.flatMap((moment, row) =>
  ways
    .filter(
      (_way, column) =>
        process.env["LADDER_FULL"] === "1" || column === row % ways.length || (moment === "making the database folder" && column === 3),
    )
    .map((way) => ({ moment, ...way })),
);

describe("an interrupted up", () => {
  test.each(cases)("at $moment by $name leaves nothing behind, and the next up works", async ({ moment, args, signal, code }) => {
    project = new ProjectFolder();
    const up = project.start(args);
    await up.says(moment);
    up.process.kill(signal);
    expect(await up.ended).toMatchObject({ code });
    // Nobody can clean up at the moment of a kill -9: it takes the watchdog a while.
    if (signal === "SIGKILL") await expect.poll(() => project.processes(), { timeout: 40_000 }).toEqual([]);
    expect(project.processes()).toEqual([]);
    if (signal !== "SIGKILL") expect(await project.status()).toMatchObject({ state: "down" });
    const again = await project.run(["up", "--detach"]);
    expect(again, again.stderr).toMatchObject({ code: 0 });
    expect(await project.run(["down"])).toMatchObject({ code: 0 });
    expect(project.processes()).toEqual([]);
  });
});

describe("up that is stopped while the Temporal binary is being fetched", () => {
  /** A project without a binary, whose `pip` never ends and says in a file that it runs. */
  function projectWithSlowPip(): ProjectFolder {
    const slow = new ProjectFolder();
    const bin = join(slow.folder, "bin");
    mkdirSync(bin);
    writeFileSync(join(bin, "python3"), `#!/bin/sh\ncd ${slow.folder}\necho $$ > pip-runs\nsleep 600 &\nwait\n`);
    chmodSync(join(bin, "python3"), 0o755);
    return slow;
  }

  test.each(["SIGTERM", "SIGKILL"] as const)("by %s ends the installer and its children", async (signal) => {
    project = projectWithSlowPip();
    const path = process.env["PATH"] ?? "";
    // No way to temporal.download: its answer is not what this is about.
    const up = project.start(["up"], {
      PATH: `${join(project.folder, "bin")}:${path}`,
      XDG_CACHE_HOME: join(project.folder, "cache"),
      HTTPS_PROXY: "http://127.0.0.1:1",
      https_proxy: "http://127.0.0.1:1",
    });
    await expect.poll(() => existsSync(join(project.folder, "pip-runs")), { timeout: 30_000 }).toBe(true);
    expect(readFileSync(join(project.folder, "pip-runs"), "utf8")).toMatch(/^\d+\n$/);
    up.process.kill(signal);
    await up.ended;
    await expect.poll(() => project.processes(), { timeout: 40_000 }).toEqual([]);
  });
});
