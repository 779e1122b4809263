import { randomBytes } from "node:crypto";
import { link, readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { LadderError } from "../../analysis/study/ladder-error.ts";
import { isAlive, ownIdentity, type ProcessIdentity } from "../../infra/processes.ts";
import { isMissing, makeStackFolder, stackPaths } from "../../infra/stack-state.ts";

/** A takeover is a read and a removal: it is soon over. */
const takeoverPollMs = 10;

const holderSchema = z.object({ pid: z.int().positive(), startTime: z.string() });

/** That this process, and no other, is the supervisor of a folder. */
export interface StackLock {
  /** False when somebody removed or replaced the lock: then this process has to stop. */
  isHeld(): Promise<boolean>;
  release(): Promise<void>;
}

/**
 * Makes this process the supervisor of a folder. A lock whose process is gone is taken over: exactly one of any number of
 * processes that try at the same time gets it.
 *
 * @throws LadderError conflict STACK_RUNNING when another process holds it, `fields.pid` says which; unavailable
 * FOLDER_UNUSABLE
 */
export async function lockStack(home: string): Promise<StackLock> {
  const { lock: path } = stackPaths(home);
  const own = ownIdentity();
  const mine = `${JSON.stringify(own)}\n`;
  await makeStackFolder(home);
  for (;;) {
    if (await createWhole(path, mine)) {
      return {
        isHeld: async () => (await readText(path)) === mine,
        release: async () => {
          if ((await readText(path)) === mine) await rm(path, { force: true });
        },
      };
    }
    const found = await readText(path);
    if (found === undefined) continue;
    const holder = parseHolder(found);
    if (holder !== undefined && isAlive(holder)) {
      throw new LadderError("conflict", "STACK_RUNNING", `process ${String(holder.pid)} runs the stack of ${home} already`, {
        fields: { pid: holder.pid, home },
        hint: "ladder status shows it, ladder down stops it",
      });
    }
    await removeStale(path, found);
  }
}

/** The process that holds the lock of a folder; undefined when none is alive. */
export async function readLockHolder(home: string): Promise<ProcessIdentity | undefined> {
  const text = await readText(stackPaths(home).lock);
  const holder = text === undefined ? undefined : parseHolder(text);
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

/** Creates a file with all of its content, or finds that it is there: a link is made whole or not at all. */
async function createWhole(path: string, text: string): Promise<boolean> {
  const partial = uniqueBeside(path);
  await writeFile(partial, text);
  try {
    await link(partial, path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(partial, { force: true });
  }
}

/**
 * Removes a stale lock. Only who holds the lock of this takeover may do so, so that a lock that a quicker process has put
 * there meanwhile is never taken away. A process that died in a takeover leaves a stale lock of it, which is taken over
 * in the same way.
 */
async function removeStale(path: string, stale: string): Promise<void> {
  const takeover = `${path}.takeover`;
  const mine = `${JSON.stringify(ownIdentity())}\n`;
  while (!(await createWhole(takeover, mine))) {
    const found = await readText(takeover);
    if (found === undefined) continue;
    const holder = parseHolder(found);
    if (holder === undefined || !isAlive(holder)) await removeStale(takeover, found);
    else await sleep(takeoverPollMs);
  }
  try {
    if ((await readText(path)) === stale) await rm(path, { force: true });
  } finally {
    await rm(takeover, { force: true });
  }
}

function uniqueBeside(path: string): string {
  return `${path}.${String(process.pid)}-${randomBytes(4).toString("hex")}`;
}

async function readText(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
}

function parseHolder(text: string): ProcessIdentity | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
