import { spawn } from "node:child_process";
import { expect, test } from "vitest";
import { identifyProcess, isAlive, terminateGroup } from "../../../infra/processes.ts";
import { KeptService, type RunningService } from "../../../operations/stack/kept-service.ts";

function startIdle(): RunningService {
  const child = spawn(process.execPath, ["--eval", "setInterval(() => {}, 1000)"], { detached: true, stdio: "ignore" });
  const identity = identifyProcess(child.pid ?? 0);
  if (identity === undefined) throw new Error("the child has ended");
  return { ...identity, stop: () => terminateGroup(identity, 5_000).then(() => undefined) };
}

test("a service that is killed is started again and counted, and stays stopped once it is stopped", async () => {
  const running: { readonly service: RunningService; readonly restarts: number }[] = [];
  const service = new KeptService({
    name: "idle",
    start: () => Promise.resolve(startIdle()),
    onRunning: (current, restarts) => Promise.resolve(void running.push({ service: current, restarts })),
    onProgress: () => undefined,
  });
  const first = await service.start(new AbortController().signal);
  process.kill(first.pid, "SIGKILL");
  await expect.poll(() => running.at(-1)?.restarts, { timeout: 10_000 }).toBe(1);
  expect(running.at(-1)?.service.pid).not.toBe(first.pid);
  await service.stop();
  expect(running.filter(({ service: { pid, startTime } }) => isAlive({ pid, startTime }))).toEqual([]);
});

test("a restart that fails is tried again, and being stopped ends the trying", async () => {
  const said: string[] = [];
  let starts = 0;
  const service = new KeptService({
    name: "fragile",
    start: () => {
      starts++;
      return starts === 1 ? Promise.resolve(startIdle()) : Promise.reject(new Error("no room"));
    },
    onRunning: () => Promise.resolve(),
    onProgress: (line) => said.push(line),
  });
  const first = await service.start(new AbortController().signal);
  process.kill(first.pid, "SIGKILL");
  await expect
    .poll(() => said.filter((line) => line === "fragile did not start: no room").length, { timeout: 10_000 })
    .toBeGreaterThanOrEqual(2);
  // It waits for the trying to end.
  await service.stop();
});

test("a first start that fails is the caller's to handle", async () => {
  const service = new KeptService({
    name: "broken",
    start: () => Promise.reject(new Error("no room")),
    onRunning: () => Promise.resolve(),
    onProgress: () => undefined,
  });
  await expect(service.start(new AbortController().signal)).rejects.toThrow("no room");
  await service.stop();
});
