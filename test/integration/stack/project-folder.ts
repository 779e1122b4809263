import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));
const entry = join(root, "dist/cli/main.js");

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that is running. */
export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Waits until stdout and stderr together hold this text. */
  says(text: string): Promise<void>;
}

/** A project in a temporary folder (mode 0700, as every one of `mktemp -d`), with what `ladder` does there. */
export class ProjectFolder {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "ladder-project-")));
  readonly home = join(this.folder, ".ladder");
  readonly #environment: NodeJS.ProcessEnv;
  #database = "";

  /** @param variables set beside this process's own, less those that name servers */
  constructor(variables: Readonly<Record<string, string>> = {}) {
    const { DATABASE_URL: _url, TEMPORAL_ADDRESS: _address, LADDER_HOME: _home, ...own } = process.env;
    this.#environment = { ...own, NO_COLOR: "1", ...variables };
  }

  /** Starts `ladder ARGS`. */
  start(args: readonly string[], variables: Readonly<Record<string, string>> = {}): Running {
    return startProcess(process.execPath, [entry, ...args], { cwd: this.folder, env: { ...this.#environment, ...variables } });
  }

  /** Runs `ladder ARGS` to its end. */
  run(args: readonly string[], variables: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return this.start(args, variables).ended;
  }

  /** `ladder status --json`. */
  async status(variables: Readonly<Record<string, string>> = {}) {
    const { stdout, stderr } = await this.run(["status", "--json"], variables);
    if (stdout === "") throw new Error(stderr);
    return statusSchema.parse(JSON.parse(stdout));
  }

  /**
   * Every process that belongs to this project: it works in the project's folder or in its database's. Whoever started it
   * and whatever its parent is.
   */
  processes(): readonly { readonly pid: number; readonly command: string }[] {
    const folders = [this.folder, this.databaseFolder()].filter((folder) => folder !== "");
    if (process.platform !== "linux") return processesByArguments(folders);
    return readdirSync("/proc").flatMap((name) => {
      try {
        const place = /^\d+$/.test(name) ? readlinkSync(`/proc/${name}/cwd`) : "";
        const zombie = place !== "" && / Z /.test(readFileSync(`/proc/${name}/stat`, "utf8"));
        if (zombie || !folders.some((folder) => place === folder || place.startsWith(`${folder}/`))) return [];
        return [{ pid: Number(name), command: readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim() }];
      } catch {
        return [];
      }
    });
  }

  /** Kills whatever is left and removes all data. */
  remove(): void {
    for (const { pid } of this.processes()) process.kill(pid, "SIGKILL");
    const database = this.databaseFolder();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
    if (database !== "") rmSync(database, { recursive: true, force: true, maxRetries: 5 });
  }

  /** As root in a closed folder the database lies elsewhere. */
  private databaseFolder(): string {
    const file = join(this.home, "postgres/placement.json");
    if (this.#database === "" && existsSync(file))
      this.#database = z.object({ serverFolder: z.string() }).parse(JSON.parse(readFileSync(file, "utf8"))).serverFolder;
    return this.#database;
  }
}

/** Starts any command with its output captured. */
export function startProcess(
  file: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Running {
  const child = spawn(file, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    // Not `close`: a process that was left behind would hold our pipes open.
    child.once("exit", (code, signal) => setImmediate(() => resolve({ code, signal, stdout, stderr })));
  });
  const says = async (text: string) => {
    const deadline = performance.now() + 60_000;
    while (!`${stdout}${stderr}`.includes(text)) {
      if (performance.now() > deadline || child.exitCode !== null || child.signalCode !== null)
        throw new Error(`it never said ${JSON.stringify(text)} but: ${stdout}${stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  return { process: child, ended, says };
}

function processesByArguments(folders: readonly string[]): readonly { readonly pid: number; readonly command: string }[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,args="], { encoding: "utf8" }).split("\n");
  return lines
    .filter((line) => folders.some((folder) => line.includes(folder)))
    .map((line) => ({ pid: Number.parseInt(line, 10), command: line.trim().replace(/^\d+\s+/, "") }));
}

const statusSchema = z.object({
  state: z.string(),
  services: z.array(
    z.object({
      service: z.string(),
      state: z.string(),
      pid: z.number().nullable(),
      address: z.string().nullable(),
      restarts: z.number().nullable(),
      version: z.string().nullable(),
    }),
  ),
  workers: z.array(z.object({ identity: z.string() })),
  leftovers: z.array(z.object({ name: z.string(), pid: z.number() })),
});
export type Status = z.infer<typeof statusSchema>;

/** The process of one service. */
export function pidOf(status: Status, service: string): number {
  const pid = status.services.find((candidate) => candidate.service === service)?.pid;
  if (pid == null) throw new Error(`${service} does not run: ${JSON.stringify(status)}`);
  return pid;
}
