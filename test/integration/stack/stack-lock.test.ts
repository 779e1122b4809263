import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ownIdentity } from "../../../infra/processes.ts";
import { stackPaths } from "../../../infra/stack-state.ts";
import { lockStack, readLockHolder } from "../../../operations/stack/stack-lock.ts";

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "ladder-lock-"));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test("a folder has one supervisor, and the second is told which process it is", async () => {
  const lock = await lockStack(home);
  expect(await readLockHolder(home)).toEqual(ownIdentity());
  await expect(lockStack(home)).rejects.toMatchObject({ kind: "conflict", code: "STACK_RUNNING", fields: { pid: process.pid } });
  await lock.release();
  expect(await readLockHolder(home)).toBeUndefined();
  await (await lockStack(home)).release();
});

test("of many that find a dead supervisor's lock at the same time, exactly one gets it", async () => {
  for (let round = 0; round < 20; round++) {
    writeFileSync(stackPaths(home).lock, JSON.stringify({ pid: 2 ** 22, startTime: `dead ${String(round)}` }));
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockStack(home)));
    const locks = tries.flatMap((attempt) => (attempt.status === "fulfilled" ? [attempt.value] : []));
    expect(locks).toHaveLength(1);
    expect(await locks[0]?.isHeld()).toBe(true);
    await locks[0]?.release();
  }
  expect(readdirSync(home).sort()).toEqual([".gitignore", "logs"]);
});

test("a process that died while it took over is no obstacle", async () => {
  const dead = JSON.stringify({ pid: 2 ** 22, startTime: "dead" });
  const { lock } = stackPaths(home);
  for (const path of [lock, `${lock}.takeover`, `${lock}.takeover.takeover`]) writeFileSync(path, dead);
  const tries = await Promise.allSettled(Array.from({ length: 8 }, () => lockStack(home)));
  expect(tries.filter((attempt) => attempt.status === "fulfilled")).toHaveLength(1);
  expect(readdirSync(home).sort()).toEqual([".gitignore", "logs", basename(lock)]);
});

test("a lock that somebody has removed is no longer held, and releasing it takes nobody else's away", async () => {
  const lock = await lockStack(home);
  const other = JSON.stringify({ pid: process.pid, startTime: "another" });
  writeFileSync(stackPaths(home).lock, other);
  expect(await lock.isHeld()).toBe(false);
  await lock.release();
  expect(existsSync(stackPaths(home).lock)).toBe(true);
});

test("a folder that cannot be made is an error that says what to do", async () => {
  writeFileSync(join(home, "occupied"), "a file where a folder should be");
  const blocked = join(home, "occupied/.ladder");
  await expect(lockStack(blocked)).rejects.toMatchObject({
    kind: "unavailable",
    code: "FOLDER_UNUSABLE",
    hint: expect.stringContaining("LADDER_HOME") as string,
  });
  expect(await readLockHolder(blocked)).toBeUndefined();
});

test("a lock that is not readable as one is taken over", async () => {
  writeFileSync(stackPaths(home).lock, "half a lo");
  expect(await (await lockStack(home)).isHeld()).toBe(true);
});
