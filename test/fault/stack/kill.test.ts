import { afterEach, describe, expect, test } from "vitest";
import { pidOf, ProjectFolder } from "../../integration/stack/project-folder.ts";

let project: ProjectFolder;
afterEach(() => project.remove());

async function startedProject(): Promise<ProjectFolder> {
  project = new ProjectFolder();
  const up = await project.run(["up", "--detach"]);
  expect(up, up.stderr).toMatchObject({ code: 0 });
  return project;
}

async function nothingIsLeft(): Promise<void> {
  await expect.poll(() => project.processes(), { timeout: 40_000 }).toEqual([]);
}

describe("kill -9", () => {
  test("of the supervisor leaves nothing behind, and the next up works", async () => {
    await startedProject();
    process.kill(pidOf(await project.status(), "supervisor"), "SIGKILL");
    await nothingIsLeft();
    expect(await project.status()).toMatchObject({ state: "killed", leftovers: [] });
    expect(await project.run(["up", "--detach"])).toMatchObject({ code: 0 });
    expect(await project.status()).toMatchObject({ state: "up" });
    expect(await project.run(["down"])).toMatchObject({ code: 0 });
    expect(project.processes()).toEqual([]);
  });

  test("of the supervisor and its watchdog leaves processes behind that down finds", async () => {
    await startedProject();
    const supervisor = pidOf(await project.status(), "supervisor");
    const watchdog = project.processes().find(({ command }) => command.includes("watchdog"));
    expect(watchdog).toBeDefined();
    process.kill(supervisor, "SIGSTOP");
    if (watchdog !== undefined) process.kill(watchdog.pid, "SIGKILL");
    process.kill(supervisor, "SIGKILL");
    await expect
      .poll(async () => (await project.status()).leftovers.map(({ name }) => name), { timeout: 20_000 })
      .toEqual(["worker", "Temporal", "Postgres"]);
    expect(await project.run(["doctor"])).toMatchObject({ stdout: expect.stringContaining("has left behind") as string });
    expect(await project.run(["down"])).toMatchObject({ code: 0, stdout: expect.stringContaining("Ended Postgres") as string });
    expect(project.processes()).toEqual([]);
    expect(await project.status()).toMatchObject({ state: "down" });
  });

  test("of the supervisor and its watchdog: the next up ends what is left and starts afresh", async () => {
    await startedProject();
    const before = await project.status();
    const watchdog = project.processes().find(({ command }) => command.includes("watchdog"));
    process.kill(pidOf(before, "supervisor"), "SIGSTOP");
    if (watchdog !== undefined) process.kill(watchdog.pid, "SIGKILL");
    process.kill(pidOf(before, "supervisor"), "SIGKILL");
    const up = await project.run(["up", "--detach"]);
    expect(up, up.stderr).toMatchObject({ code: 0, stderr: expect.stringContaining("left behind") as string });
    const after = await project.status();
    expect(after.state).toBe("up");
    for (const service of ["temporal", "postgres", "worker"]) expect(pidOf(after, service)).not.toBe(pidOf(before, service));
    expect(await project.run(["down"])).toMatchObject({ code: 0 });
    expect(project.processes()).toEqual([]);
  });

  test("of the worker, of Temporal and of Postgres: each is started again, where it was, and counted", async () => {
    await startedProject();
    for (const service of ["worker", "temporal", "postgres"]) {
      const before = await project.status();
      const killed = pidOf(before, service);
      process.kill(killed, "SIGKILL");
      await expect
        .poll(
          async () => {
            const status = await project.status();
            const now = status.services.find((candidate) => candidate.service === service);
            return {
              up: status.state,
              again: now?.restarts,
              fresh: now?.pid !== killed,
              workers: status.workers.some(({ identity }) => identity.startsWith(`${String(pidOf(status, "worker"))}@`)),
            };
          },
          { timeout: 60_000, interval: 500 },
        )
        .toEqual({ up: "up", again: 1, fresh: true, workers: true });
      const address = (status: typeof before) => status.services.find((candidate) => candidate.service === service)?.address;
      expect(address(await project.status())).toBe(address(before));
    }
    expect(await project.run(["down"])).toMatchObject({ code: 0 });
    expect(project.processes()).toEqual([]);
  });

  test("of the watchdog: the supervisor starts another one, which does its duty", async () => {
    await startedProject();
    const watchdog = () => project.processes().find(({ command }) => command.includes("watchdog"));
    const first = watchdog()?.pid ?? 0;
    process.kill(first, "SIGKILL");
    await expect.poll(() => watchdog() !== undefined && watchdog()?.pid !== first, { timeout: 20_000 }).toBe(true);
    // Told to the new one as soon as it listens; the state on the disk names it.
    await expect.poll(async () => (await project.status()).state).toBe("up");
    process.kill(pidOf(await project.status(), "supervisor"), "SIGKILL");
    await nothingIsLeft();
  });
});
