import { spawn, type ChildProcess } from "node:child_process";
import { chmod, chown, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";
import pg from "pg";
import { afterEach, describe, expect, it } from "vitest";
import { createDatabaseIfMissing, pingServer } from "../../../infra/postgres/database.ts";
import { chooseServerAccount, closedFolder } from "../../../infra/postgres/embedded-account.ts";
import { findPlatformPackage, prepareBinaries } from "../../../infra/postgres/embedded-binaries.ts";
import { systemFolder } from "../../../infra/postgres/embedded-folder.ts";
import { findServerProcesses } from "../../../infra/postgres/embedded-leftovers.ts";
import { startEmbeddedPostgres, type EmbeddedPostgres } from "../../../infra/postgres/embedded.ts";
import { isAlive, waitFor, waitUntilGone } from "../../../infra/processes.ts";

const isRoot = userInfo().uid === 0;
const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A temporary folder that the server's account can enter. */
async function openFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "ladder-embedded-"));
  await chmod(folder, 0o755);
  cleanups.push(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }));
  return folder;
}

async function start(
  folder: string,
  options: { readonly port?: number; readonly onLog?: (line: string) => void } = {},
): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ folder, durable: false, ...options });
  cleanups.push(() => server.stop());
  return server;
}

async function query(url: string, text: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows.map((row) => Object.values(row)[0]);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Runs a program of this project in a process of its own, which a test can kill. */
function runProgram(text: string, uid?: number): ChildProcess {
  const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", text], {
    cwd: process.cwd(),
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: "/usr/bin:/bin", HOME: "/nonexistent", TMPDIR: tmpdir() },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  cleanups.push(() => Promise.resolve(child.kill("SIGKILL")));
  return child;
}

const startProgram = (folder: string) =>
  `import { startEmbeddedPostgres } from "./infra/postgres/embedded.ts";
   const server = await startEmbeddedPostgres({ folder: ${JSON.stringify(folder)}, durable: false });
   console.log(JSON.stringify({ pid: server.pid, url: server.url, adopted: server.adopted }));`;

async function outputOf(child: ChildProcess): Promise<string> {
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (output += text));
  await new Promise((resolve) => child.once("close", resolve));
  return output;
}

describe("an embedded Postgres", () => {
  it("starts, keeps its data over stop and start, and lets in only those who know the password", async () => {
    const folder = await openFolder();
    const first = await start(folder);
    await query(first.url, "create table kept (value int)");
    expect(await query(first.url, "insert into kept values (7) returning value")).toEqual([7]);
    expect(await query(first.url, "select current_database()")).toEqual(["ladder"]);
    expect(await query(first.url, "show server_version")).toEqual([expect.stringMatching(/^18\./)]);
    const stranger = new URL(first.url);
    stranger.password = "guess";
    expect(await pingServer(stranger.href)).toBe(false);
    expect((await stat(join(folder, "password"))).mode & 0o777).toBe(0o600);
    expect(await query(first.url, "show listen_addresses")).toEqual(["127.0.0.1"]);
    expect(await query(first.url, "show unix_socket_directories")).toEqual([""]);
    await first.stop();
    expect(isAlive(first)).toBe(false);
    expect(await pingServer(first.url)).toBe(false);
    await first.stop();
    const second = await start(folder);
    expect(await query(second.url, "select value from kept")).toEqual([7]);
  });

  it("keeps fsync on unless a test gives it up", async () => {
    const folder = await openFolder();
    const server = await startEmbeddedPostgres({ folder });
    cleanups.push(() => server.stop());
    expect(await query(server.url, "show fsync")).toEqual(["on"]);
    expect(await query(server.url, "show data_checksums")).toEqual(["on"]);
  });

  it("says which port is taken, and finds a free one when none is asked for", async () => {
    const folder = await openFolder();
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, "127.0.0.1", resolve));
    cleanups.push(() => new Promise((resolve) => squatter.close(resolve)));
    const address = squatter.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await expect(startEmbeddedPostgres({ folder, durable: false, port })).rejects.toMatchObject({
      kind: "unavailable",
      code: "POSTGRES_PORT_TAKEN",
      fields: { port },
    });
    expect((await start(folder)).port).not.toBe(port);
  });

  it("two projects do not collide", async () => {
    const [left, right] = await Promise.all([start(await openFolder()), start(await openFolder())]);
    expect(left.port).not.toBe(right.port);
    await query(left.url, "create table only_left ()");
    await expect(query(right.url, "select * from only_left")).rejects.toThrow(/does not exist/);
  });

  it("several starts of one folder at once end in one server", async () => {
    const folder = await openFolder();
    const servers = await Promise.all(Array.from({ length: 4 }, () => start(folder)));
    expect(new Set(servers.map((server) => server.pid)).size).toBe(1);
    expect(await Promise.all(servers.map((server) => pingServer(server.url)))).toEqual([true, true, true, true]);
    expect((await readdir(folder)).filter((name) => name.startsWith("data-partial"))).toEqual([]);
  });

  it("makes a database once, however many ask for it at once, whatever its name", async () => {
    const server = await start(await openFolder());
    const urls = await Promise.all(Array.from({ length: 6 }, () => createDatabaseIfMissing(server.url, 'odd "name"')));
    expect(new Set(urls).size).toBe(1);
    expect(await query(urls[0] ?? "", "select current_database()")).toEqual(['odd "name"']);
  });
});

describe("after a kill", () => {
  it("of the server with a busy backend, the backend is ended, the next start works and nothing committed is lost", async () => {
    const folder = await openFolder();
    const first = await startEmbeddedPostgres({ folder });
    await query(first.url, "create table paid (value int)");
    await query(first.url, "insert into paid values (1)");
    const busy = new pg.Client({ connectionString: first.url });
    busy.on("error", () => undefined);
    await busy.connect();
    const { rows } = await busy.query<{ pid: number }>("select pg_backend_pid() as pid");
    // Pure computation: it never looks whether its server lives.
    const computing = busy.query("select count(*) from generate_series(1, 100000000000) as n where n % 7 = 8").catch(() => undefined);
    await waitFor(
      async () =>
        (
          await query(
            first.url,
            "select count(*)::int from pg_stat_activity where state = 'active' and query like '%generate_series%' and pid <> pg_backend_pid()",
          )
        )[0] === 1,
      { timeoutMs: 20_000 },
    );
    process.kill(first.pid, "SIGKILL");
    expect(await waitUntilGone(first, 10_000)).toBe(true);
    const backend = rows[0]?.pid ?? 0;
    expect(findServerProcesses(first.dataFolder).map(({ pid }) => pid)).toContain(backend);

    const notes: string[] = [];
    const second = await start(folder, { onLog: (line) => notes.push(line) });
    expect(notes.join("\n")).toContain(`ending process ${String(backend)}`);
    expect(second.adopted).toBe(false);
    expect(await query(second.url, "select value from paid")).toEqual([1]);
    await computing;
    await busy.end().catch(() => undefined);
  });

  it("of the process that started it, the next start takes the server over", async () => {
    const folder = await openFolder();
    const child = runProgram(`${startProgram(folder)} setInterval(() => undefined, 1000);`);
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (output += text));
    expect(await waitFor(() => output.includes("\n"), { timeoutMs: 60_000 })).toBe(true);
    child.kill("SIGKILL");
    const second = await start(folder);
    expect(JSON.parse(output)).toMatchObject({ pid: second.pid, url: second.url, adopted: false });
    expect(second.adopted).toBe(true);
    expect(await query(second.url, "select 1")).toEqual([1]);
    await second.stop();
    expect(isAlive(second)).toBe(false);
  });

  it("in the middle of initdb, the half-made folder is removed and made anew", async () => {
    const folder = await openFolder();
    const child = runProgram(startProgram(folder));
    const partial = async () => (await readdir(folder)).find((name) => /^data-partial-\d+-[0-9a-f]+$/.test(name));
    // Well inside initdb: the folder has its first files and no data folder stands yet.
    expect(
      await waitFor(async () => existsSync(join(folder, (await partial()) ?? "none", "PG_VERSION")), { timeoutMs: 60_000, intervalMs: 1 }),
    ).toBe(true);
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    expect(existsSync(join(folder, "data"))).toBe(false);
    const left = await partial();
    expect(left).toBeDefined();
    const notes: string[] = [];
    const server = await start(folder, { onLog: (line) => notes.push(line) });
    expect(notes.join("\n")).toContain(`removing ${join(server.dataFolder, "..", left ?? "")}`);
    expect(await query(server.url, "select 1")).toEqual([1]);
    expect(await partial()).toBeUndefined();
  });

  it("a stale postmaster.pid whose number another process has now does not stop a start", async () => {
    const folder = await openFolder();
    const first = await start(folder);
    const record = await readFile(join(first.dataFolder, "postmaster.pid"), "utf8");
    await first.stop();
    await writeFile(join(first.dataFolder, "postmaster.pid"), record.replace(/^\d+/, String(process.pid)), { mode: 0o644 });
    const second = await start(folder);
    expect(second.adopted).toBe(false);
    expect(await query(second.url, "select 1")).toEqual([1]);
  });
});

describe("refuses with a clear error", () => {
  it("a data folder of another major version", async () => {
    const folder = await openFolder();
    const server = await start(folder);
    await server.stop();
    await writeFile(join(server.dataFolder, "PG_VERSION"), "15\n");
    await expect(startEmbeddedPostgres({ folder })).rejects.toMatchObject({
      kind: "conflict",
      code: "POSTGRES_VERSION",
      fields: { found: "15", expected: 18 },
    });
    await rm(join(server.dataFolder, "PG_VERSION"));
    await expect(startEmbeddedPostgres({ folder })).rejects.toMatchObject({ kind: "conflict", code: "POSTGRES_FOLDER_INVALID" });
  });

  it("a lost password", async () => {
    const folder = await openFolder();
    const server = await start(folder);
    await server.stop();
    await rm(join(folder, "password"));
    await expect(startEmbeddedPostgres({ folder })).rejects.toMatchObject({ kind: "unavailable", code: "POSTGRES_PASSWORD_LOST" });
  });

  it("a broken server folder, with the server's own words", async () => {
    const folder = await openFolder();
    const server = await start(folder);
    await server.stop();
    await rename(join(server.dataFolder, "global"), join(server.dataFolder, "lost"));
    await expect(startEmbeddedPostgres({ folder, durable: false })).rejects.toMatchObject({
      kind: "unavailable",
      code: "POSTGRES_START_FAILED",
    });
    await expect(startEmbeddedPostgres({ folder, durable: false })).rejects.toThrow(/global|control file/);
  });
});

describe.runIf(isRoot)("as root", () => {
  it("in a folder that only root can enter, the data lie below /var/lib/ladder, and a fresh folder starts afresh", async () => {
    const closed = await mkdtemp(join(tmpdir(), "ladder-closed-"));
    cleanups.push(() => rm(closed, { recursive: true, force: true }));
    expect((await stat(closed)).mode & 0o777).toBe(0o700);
    const folder = join(closed, "project", ".ladder", "postgres");
    const server = await start(folder);
    cleanups.push(() => server.stop().then(() => rm(dirname(server.dataFolder), { recursive: true, force: true })));
    expect(server.dataFolder.startsWith(`${systemFolder}/`)).toBe(true);
    expect(JSON.parse(await readFile(join(folder, "placement.json"), "utf8"))).toEqual({
      version: 1,
      serverFolder: dirname(server.dataFolder),
    });
    expect(await readFile(join(dirname(server.dataFolder), "project"), "utf8")).toBe(`${folder}\n`);
    await query(server.url, "create table kept ()");
    await server.stop();
    const again = await start(folder);
    expect(again.dataFolder).toBe(server.dataFolder);
    expect(await query(again.url, "select count(*)::int from kept")).toEqual([0]);
    await again.stop();
    await rm(folder, { recursive: true });
    const fresh = await start(folder);
    cleanups.push(() => fresh.stop().then(() => rm(dirname(fresh.dataFolder), { recursive: true, force: true })));
    expect(fresh.dataFolder).not.toBe(server.dataFolder);
    expect(existsSync(server.dataFolder)).toBe(true);
  });

  it("binaries in a folder that only root can enter are copied once, with the links that npm left out", async () => {
    const closed = await mkdtemp(join(tmpdir(), "ladder-closed-"));
    const open = await openFolder();
    cleanups.push(() => rm(closed, { recursive: true, force: true }));
    const account = chooseServerAccount();
    const original = findPlatformPackage();
    const source = { folder: join(closed, "package", "native"), version: original.version };
    await cp(original.folder, source.folder, { recursive: true, verbatimSymlinks: true });
    const links = (await readdir(join(source.folder, "lib"), { withFileTypes: true })).filter((entry) => entry.isSymbolicLink());
    for (const link of links) await rm(join(source.folder, "lib", link.name));
    const before = process.umask(0o077);
    try {
      const binaries = prepareBinaries(account, () => join(open, "binaries"), source);
      expect(binaries.folder).toBe(join(open, "binaries", `package-${original.version}`, "native"));
      expect(binaries.majorVersion).toBe(18);
      const made = (await stat(binaries.folder)).ino;
      expect((await stat(prepareBinaries(account, () => join(open, "binaries"), source).folder)).ino).toBe(made);
    } finally {
      process.umask(before);
    }
  });

  it("a folder that was closed afterwards is named", async () => {
    const folder = await openFolder();
    const server = await start(folder);
    await server.stop();
    await chmod(folder, 0o700);
    const account = chooseServerAccount();
    if (account === null) throw new Error("root has an account for the server");
    expect(closedFolder(server.dataFolder, account)).toBe(folder);
    await expect(startEmbeddedPostgres({ folder })).rejects.toMatchObject({ code: "POSTGRES_FOLDER_CLOSED", hint: `chmod o+x ${folder}` });
  });

  it("a plain user runs it as itself", async () => {
    const uid = 65_534;
    const parent = await openFolder();
    const folder = join(parent, "home");
    await mkdir(folder, { mode: 0o700 });
    await chown(folder, uid, uid);
    const output = await outputOf(
      runProgram(`${startProgram(join(folder, "postgres"))} console.log(process.getuid()); await server.stop();`, uid),
    );
    expect(output.trim().split("\n").at(-1)).toBe(String(uid));
    expect((await stat(join(folder, "postgres", "data"))).uid).toBe(uid);
  });
});
