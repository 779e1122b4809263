import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
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

/** Real training, a second a run. */
const study = `
study: small
model: { architecture: mlp, inputDimension: 16, classes: 4 }
data: { kind: teacher, id: teacher-1, seed: 1, examples: 512 }
optimizer: { name: adam, beta1: 0.9, beta2: 0.95 }
base: { width: 8 }
scales: { width: [8, 16], depth: 2, batchSizeTokens: 32, tokenHorizon: 1280 }
parametrizations: [sp, mup]
space: { learningRate: { log2: { from: -7, to: -5, step: 1 } } }
seeds: [1]
`;
const exportSchema = z.object({
  results: z.array(z.object({ runKey: z.string(), parametrization: z.string(), state: z.string(), loss: z.number() })),
});

async function runStudy(where: ProjectFolder, servers: Readonly<Record<string, string>>) {
  writeFileSync(join(where.folder, "study.yaml"), study);
  const submitted = await where.run(["submit", "study.yaml", "--watch", "--json"], servers);
  expect(submitted, submitted.stderr).toMatchObject({ code: 0 });
  const exported = await where.run(["export", "small", "--json"], servers);
  expect(await where.run(["down"], servers)).toMatchObject({ code: 0 });
  return exportSchema.parse(JSON.parse(exported.stdout)).results;
}

test("the same study gives the same runs and losses on the team's servers and on the embedded ones", async () => {
  const embedded = new ProjectFolder();
  try {
    const onTheirs = await runStudy(project, { DATABASE_URL: postgres.url, TEMPORAL_ADDRESS: temporal.address });
    const onOurs = await runStudy(embedded, {});
    expect(onTheirs).toHaveLength(12);
    expect(onTheirs.every(({ state }) => state === "finished")).toBe(true);
    expect(onTheirs).toEqual(onOurs);
  } finally {
    embedded.remove();
  }
});
