import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, test } from "vitest";
import {
  groupMembers,
  identifyProcess,
  isAlive,
  ownIdentity,
  type ProcessIdentity,
  processStartTime,
  terminate,
  terminateGroup,
  waitFor,
  waitUntilGone,
} from "../../../infra/processes.ts";

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0))
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, "SIGKILL");
});

/** A Node process that says "ready" once its code runs, in a process group of its own. */
async function start(code: string): Promise<ProcessIdentity> {
  const child = spawn(process.execPath, ["--eval", `${code}; console.log("ready"); setInterval(() => {}, 1000);`], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  await once(child.stdout, "data");
  const identity = identifyProcess(child.pid ?? 0);
  if (identity === undefined) throw new Error("the child has ended");
  return identity;
}

describe("identity", () => {
  test("a process is itself, and nobody else with its number", () => {
    const own = ownIdentity();
    expect(isAlive(own)).toBe(true);
    expect(isAlive({ ...own, startTime: "another" })).toBe(false);
    expect(processStartTime(process.pid)).toBe(own.startTime);
  });

  test("a process that has ended is gone, also before anybody has read its exit code", async () => {
    const identity = await start("");
    await terminate(identity, 5_000);
    expect(isAlive(identity)).toBe(false);
    expect(identifyProcess(identity.pid)).toBeUndefined();
  });

  test("there is no process with a number above the largest", () => {
    expect(identifyProcess(2 ** 22 + 1)).toBeUndefined();
  });
});

describe("terminate", () => {
  test("asks first, and kills what does not listen", async () => {
    expect(await terminate(await start(""), 5_000)).toBe("asked");
    expect(await terminate(await start("process.on('SIGTERM', () => {})"), 100)).toBe("killed");
  });

  test("leaves a stranger with the same number alone", async () => {
    const identity = await start("");
    expect(await terminate({ ...identity, startTime: "long ago" }, 1_000)).toBe("asked");
    expect(isAlive(identity)).toBe(true);
  });
});

describe("terminateGroup", () => {
  const withChild = "require('child_process').spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })";

  test("ends the children of a process too", async () => {
    const leader = await start(withChild);
    expect(groupMembers(leader)).toHaveLength(2);
    await terminateGroup(leader, 5_000);
    expect(groupMembers(leader)).toEqual([]);
  });

  test("finds them when their leader is gone", async () => {
    const leader = await start(withChild);
    process.kill(leader.pid, "SIGKILL");
    expect(await waitUntilGone(leader, 5_000)).toBe(true);
    expect(groupMembers(leader)).toHaveLength(1);
    await terminateGroup(leader, 5_000);
    expect(groupMembers(leader)).toEqual([]);
  });
});

describe("waitFor", () => {
  test("gives up at the deadline, and when it is aborted", async () => {
    expect(await waitFor(() => false, { timeoutMs: 30, intervalMs: 5 })).toBe(false);
    await expect(waitFor(() => false, { timeoutMs: 10_000, signal: AbortSignal.abort("stop") })).rejects.toBe("stop");
  });
});
