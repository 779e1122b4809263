import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { LadderError } from "../analysis/study/ladder-error.ts";

const processIdentitySchema = z.object({ pid: z.int().positive(), startTime: z.string() });

const serviceSchema = processIdentitySchema.extend({
  /** ISO time at which this process was started. */
  startedAt: z.string(),
  /** How often the supervisor has started it again. */
  restarts: z.int().nonnegative(),
});

const wardSchema = processIdentitySchema.extend({
  /** True when it leads a process group that has to end with it. */
  group: z.boolean(),
  /** What makes it end: SIGINT is what Postgres wants in order to stop at once with clients connected. */
  signal: z.enum(["SIGTERM", "SIGINT"]),
});

/** A process that must not outlive the supervisor. */
export type Ward = z.infer<typeof wardSchema>;

/** The processes that the watchdog is told of. */
export const wardsSchema = z.array(wardSchema);

/** What `.ladder/stack.json` holds: the processes of this folder's stack and where they answer. */
export const stackStateSchema = z.object({
  version: z.literal(1),
  /** `starting` until every service answers. */
  phase: z.enum(["starting", "ready", "stopping"]),
  supervisor: processIdentitySchema.extend({ startedAt: z.string() }),
  /** Ends the services when the supervisor dies without doing so. */
  watchdog: processIdentitySchema.nullable(),
  /** Null when `DATABASE_URL` names an existing one. */
  postgres: serviceSchema.extend({ port: z.int(), url: z.string(), dataFolder: z.string() }).nullable(),
  /** Null when Temporal's environment configuration names an existing one. */
  temporal: serviceSchema.extend({ port: z.int(), address: z.string(), namespace: z.string(), binary: z.string() }).nullable(),
  worker: serviceSchema.nullable(),
  /** Processes that were started and did not answer yet when this was written, installers of the Temporal binary among them. */
  starting: wardsSchema,
  /** The servers that this stack works with, whoever started them. */
  databaseUrl: z.string().nullable(),
  temporalAddress: z.string().nullable(),
  temporalNamespace: z.string().nullable(),
  startedAt: z.string(),
});

export type StackState = z.infer<typeof stackStateSchema>;
export type ServiceName = "postgres" | "temporal" | "worker";

/** Where a stack keeps what: all below `.ladder/`. */
export function stackPaths(home: string) {
  return {
    state: join(home, "stack.json"),
    lock: join(home, "supervisor.lock"),
    logs: join(home, "logs"),
    temporal: join(home, "temporal"),
    postgres: join(home, "postgres"),
  };
}

/**
 * The state of the stack of this folder as the supervisor last wrote it; undefined when there is none.
 *
 * @throws LadderError rejected STACK_STATE_INVALID when the file is not one of this version
 */
export async function readStackState(home: string): Promise<StackState | undefined> {
  const path = stackPaths(home).state;
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const parsed = stackStateSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new LadderError(
    "rejected",
    "STACK_STATE_INVALID",
    `${path} is not the state of a stack of this version: ${z.prettifyError(parsed.error)}`,
    {
      fields: { path },
      hint: `end the stack with the version of Ladder that started it, or remove ${path}`,
    },
  );
}

/** Writes the state by rename, readable by its owner only (it holds the password of the database). */
export async function writeStackState(home: string, state: StackState): Promise<void> {
  const { state: path } = stackPaths(home);
  await mkdir(home, { recursive: true });
  const partial = `${path}.${String(process.pid)}.partial`;
  await writeFile(partial, `${JSON.stringify(state, undefined, 2)}\n`, { mode: 0o600 });
  await chmod(partial, 0o600);
  await rename(partial, path);
}

/**
 * Makes the folder of a stack with its `logs/`, and keeps all of it out of the repository around it.
 *
 * @throws LadderError unavailable FOLDER_UNUSABLE when it cannot be made or written
 */
export async function makeStackFolder(home: string): Promise<void> {
  try {
    await mkdir(stackPaths(home).logs, { recursive: true });
    await writeFile(join(home, ".gitignore"), "*\n", { flag: "wx" });
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST" && existsSync(stackPaths(home).logs)) return;
    throw new LadderError(
      "unavailable",
      "FOLDER_UNUSABLE",
      `${home} cannot be made or written: ${error instanceof Error ? error.message : String(error)}`,
      {
        fields: { home },
        hint: "make it writable, go to another folder, or set LADDER_HOME",
        cause: error,
      },
    );
  }
}

/** Removes the state: nothing of this stack is running. */
export async function removeStackState(home: string): Promise<void> {
  await rm(stackPaths(home).state, { force: true }).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a file could not be read because it, or a folder on the way to it, does not exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
