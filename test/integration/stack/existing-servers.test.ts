import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../../infra/postgres/embedded.ts";
import { isAlive } from "../../../infra/processes.ts";
import { readSettings } from "../../../infra/settings.ts";
import { type DevServer, startDevServer } from "../../../infra/temporal/dev-server.ts";
import { findTemporalServer } from "../../../infra/temporal/server-binary.ts";
import { ProjectFolder } from "./project-folder.ts";

/** The team's servers: started by somebody else, elsewhere. */
const elsewhere = mkdtempSync(join(tmpdir(), "ladder-elsewhere-"));
const project = new ProjectFolder();
let postgres: EmbeddedPostgres;
let temporal: DevServer;

beforeAll(async () => {
  const found = await findTemporalServer({
    settings: readSettings(),
    onProgress: () => undefined,
    onProcess: () => undefined,
    signal: new AbortController().signal,
  });
  if (found.kind !== "binary") throw new Error("this test starts a server of its own");
  [postgres, temporal] = await Promise.all([
    startEmbeddedPostgres({ folder: join(elsewhere, "postgres"), durable: false }),
    startDevServer({ binary: found.path, folder: join(elsewhere, "temporal"), logFile: join(elsewhere, "temporal.log") }),
  ]);
});
afterAll(async () => {
  project.remove();
  await Promise.all([postgres.stop(), temporal.stop()]);
  rmSync(elsewhere, { recursive: true, force: true });
  rmSync(dirname(postgres.dataFolder), { recursive: true, force: true });
});

test("with DATABASE_URL and TEMPORAL_ADDRESS only a worker is started, and down leaves the servers alone", async () => {
  const servers = { DATABASE_URL: postgres.url, TEMPORAL_ADDRESS: temporal.address };
  const up = await project.run(["up", "--detach"], servers);
  expect(up, up.stderr).toMatchObject({ code: 0 });
  const status = await project.status(servers);
  expect(status.state).toBe("up");
  expect(status.services.map(({ service, state }) => [service, state])).toEqual([
    ["supervisor", "running"],
    ["postgres", "elsewhere"],
    ["temporal", "elsewhere"],
    ["worker", "running"],
  ]);
  expect(status.workers).toHaveLength(1);
  const commands = project.processes().map(({ command }) => command);
  expect(commands.filter((command) => /start-dev|bin\/postgres/.test(command))).toEqual([]);

  const other = await project.run(["up", "--detach"]);
  expect(other).toMatchObject({ code: 4, stderr: expect.stringMatching(/works with other\s+servers/) as string });
  expect(other.stderr).not.toContain(new URL(postgres.url).password);

  expect(await project.run(["down"], servers)).toMatchObject({ code: 0 });
  expect(project.processes()).toEqual([]);
  expect([isAlive(postgres), isAlive(temporal)]).toEqual([true, true]);
});

test("a server that does not answer is named, with the variable that names it, and nothing is left", async () => {
  const up = await project.run(["up", "--detach"], { DATABASE_URL: postgres.url, TEMPORAL_ADDRESS: "127.0.0.1:1" });
  expect(up).toMatchObject({ code: 5, stderr: expect.stringContaining("TEMPORAL_ADDRESS") as string });
  expect(project.processes()).toEqual([]);
});
