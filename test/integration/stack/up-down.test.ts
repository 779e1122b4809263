import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openDatabase } from "../../../infra/postgres/connect.ts";
import { installationId } from "../../../infra/postgres/installation.ts";
import { jobFiles, listLocalJobs, readExitFile } from "../../../infra/executors/local-job.ts";
import { findExecutorKind } from "../../../infra/executors/index.ts";
import { readStackState } from "../../../infra/stack-state.ts";
import { pidOf, ProjectFolder } from "./project-folder.ts";

const projects: ProjectFolder[] = [];
afterEach(() => {
  for (const project of projects.splice(0)) project.remove();
});

function newProject(variables?: Readonly<Record<string, string>>): ProjectFolder {
  const project = new ProjectFolder(variables);
  projects.push(project);
  return project;
}

test("up, status, down: everything answers, then nothing is left, and the data are still there", async () => {
  const project = newProject();
  expect(await project.run(["status"])).toMatchObject({ code: 5, stdout: expect.stringContaining("Nothing is running") as string });

  const up = await project.run(["up", "--detach"]);
  expect(up, up.stderr).toMatchObject({ code: 0 });
  const status = await project.status();
  expect(status).toMatchObject({ state: "up", leftovers: [] });
  expect(status.services.map(({ service, state }) => [service, state])).toEqual([
    ["supervisor", "running"],
    ["postgres", "running"],
    ["temporal", "running"],
    ["worker", "running"],
  ]);
  expect(status.workers.map(({ identity }) => identity)).toEqual([
    expect.stringMatching(new RegExp(`^${String(pidOf(status, "worker"))}@`)),
  ]);
  expect(up.stdout).not.toMatch(/postgresql:\/\/[^*]*:[^*@]+@/);
  expect(statSync(join(project.home, "stack.json")).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(project.home, ".gitignore"), "utf8")).toBe("*\n");
  const installation = await askInstallation(project);

  const down = await project.run(["down"]);
  expect(down, down.stderr).toMatchObject({ code: 0, stdout: expect.stringContaining("Data is kept") as string });
  expect(project.processes()).toEqual([]);
  expect(await project.status()).toMatchObject({ state: "down" });
  expect(await project.run(["down"])).toMatchObject({ code: 0, stdout: expect.stringContaining("Nothing was running") as string });

  expect(await project.run(["up", "--detach"])).toMatchObject({ code: 0 });
  expect(await askInstallation(project)).toBe(installation);
  expect(await project.run(["down", "--json"])).toMatchObject({ code: 0 });
  expect(project.processes()).toEqual([]);
});

test("up twice is one stack, also when both start at the same moment", async () => {
  const project = newProject();
  const both = await Promise.all([project.run(["up", "--detach", "--json"]), project.run(["up", "--detach", "--json"])]);
  for (const up of both) expect(up, up.stderr).toMatchObject({ code: 0 });
  const first = await project.status();
  expect(await project.run(["up", "--detach"])).toMatchObject({ code: 0, stderr: "" });
  const second = await project.status();
  for (const service of ["supervisor", "postgres", "temporal", "worker"]) expect(pidOf(second, service)).toBe(pidOf(first, service));
  expect(await project.run(["up"])).toMatchObject({ code: 4, stderr: expect.stringContaining("already") as string });
  expect(await project.run(["down"])).toMatchObject({ code: 0 });
  expect(project.processes()).toEqual([]);
});

test("two projects on one machine do not collide, and down in one leaves the other alone", async () => {
  const [left, right] = [newProject(), newProject()];
  for (const up of await Promise.all([left.run(["up", "--detach"]), right.run(["up", "--detach"])]))
    expect(up, up.stderr).toMatchObject({ code: 0 });
  const statuses = await Promise.all([left.status(), right.status()]);
  const addresses = statuses.flatMap(({ services }) => services.flatMap(({ address }) => address ?? []));
  expect(new Set(addresses).size).toBe(4);
  expect(await askInstallation(left)).not.toBe(await askInstallation(right));
  await left.run(["down"]);
  expect(left.processes()).toEqual([]);
  expect(await right.status()).toMatchObject({ state: "up" });
  await right.run(["down"]);
  expect(right.processes()).toEqual([]);
});

test("in the foreground Ctrl-C stops everything, with exit code 130", async () => {
  const project = newProject();
  const up = project.start(["up"]);
  await up.says("Ladder is up");
  expect(await project.status()).toMatchObject({ state: "up" });
  up.process.kill("SIGINT");
  expect(await up.ended).toMatchObject({ code: 130, stderr: expect.stringContaining("nothing was deleted") as string });
  expect(project.processes()).toEqual([]);
});

test("down stops a running trainer at its checkpoint", async () => {
  const project = newProject();
  const folder = join(project.home, "runs/sample/attempt-1");
  mkdirSync(folder, { recursive: true });
  const trainer = join(project.folder, "trainer.mjs");
  writeFileSync(trainer, 'process.on("SIGTERM", () => process.exit(75)); console.log("training"); setInterval(() => {}, 1000);\n');
  const executor = findExecutorKind("local").create({ home: project.home, environment: process.env });
  await executor.submit({
    attemptKey: "sample",
    folder,
    command: [process.execPath, trainer],
    workingDirectory: project.folder,
    variables: {},
  });
  await expect.poll(() => readFileSync(jobFiles(folder).stdout, "utf8"), { timeout: 20_000 }).toContain("training");
  expect(await project.run(["down"])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("Stopped 1 running trainer at a checkpoint") as string,
  });
  expect(await readExitFile(folder)).toMatchObject({ exitCode: 75 });
  expect(await listLocalJobs(project.home)).toEqual([]);
  expect(project.processes()).toEqual([]);
});

async function askInstallation(project: ProjectFolder): Promise<string> {
  const url = (await readStackState(project.home))?.databaseUrl;
  if (url == null) throw new Error("no database");
  const db = openDatabase(url, { poolSize: 1 });
  try {
    return await installationId(db);
  } finally {
    await db.destroy();
  }
}
