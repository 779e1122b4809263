import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { identifyProcess, isAlive } from "../../../infra/processes.ts";
import { type Running, startProcess } from "./project-folder.ts";

const scripts = join(import.meta.dirname, "../../../scripts");

/** A checkout with the real scripts, and an npm, a build and a demo of its own that write down what they were asked. */
let checkout = "";
beforeEach(() => {
  checkout = realpathSync(mkdtempSync(join(tmpdir(), "ladder-checkout-")));
  mkdirSync(join(checkout, "scripts"));
  for (const script of ["bootstrap.mjs", "process-group.mjs", "follow-parent.mjs", "demo.mjs"])
    cpSync(join(scripts, script), join(checkout, "scripts", script));
  write("package.json", JSON.stringify({ name: "checkout", type: "module", scripts: { demo: "exec node scripts/demo.mjs" } }));
  write("package-lock.json", "{}");
  write("cli/main.ts", "export {};");
  write(
    "scripts/build.mjs",
    `import { appendFileSync, mkdirSync, writeFileSync } from "node:fs"; mkdirSync("dist/cli", { recursive: true }); writeFileSync("dist/cli/main.js", ""); appendFileSync("asked", "build\\n");`,
  );
  write("dist/cli/demo.js", demo);
  fakeNpm('require("fs").mkdirSync("node_modules", { recursive: true });');
});
afterEach(() => rmSync(checkout, { recursive: true, force: true }));

/** Says each signal that it gets and ends a moment after the first. */
const demo = `
import { appendFileSync, writeFileSync } from "node:fs";
for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => { appendFileSync("asked", name + "\\n"); setTimeout(() => process.exit(0), 200); });
writeFileSync("demo-pid", String(process.pid));
console.log("the demo runs");
if (process.argv.includes("--end")) process.exit(7);
setInterval(() => {}, 1000);
`;

function write(file: string, text: string): void {
  mkdirSync(join(checkout, file, ".."), { recursive: true });
  writeFileSync(join(checkout, file), text);
}

/** `npm ci` becomes this code, run in the checkout. */
function fakeNpm(code: string): void {
  write("fake/npm-cli.js", `require("fs").appendFileSync("asked", process.argv[2] + "\\n"); ${code}`);
  write("fake/package.json", "{}");
}

function start(args: readonly string[] = []): Running {
  return startProcess(process.execPath, [join(checkout, "scripts/demo.mjs"), ...args], {
    cwd: checkout,
    env: { ...process.env, npm_execpath: join(checkout, "fake/npm-cli.js") },
  });
}

const asked = () => (existsSync(join(checkout, "asked")) ? readFileSync(join(checkout, "asked"), "utf8").trim().split("\n") : []);

describe("what a fresh clone lacks", () => {
  test("is installed and built once; then again only when the lock or a source has changed", async () => {
    expect((await start(["--end"]).ended).code).toBe(7);
    expect(asked()).toEqual(["ci", "build"]);
    expect((await start(["--end"]).ended).code).toBe(7);
    expect(asked()).toEqual(["ci", "build"]);
    write("cli/main.ts", "export const changed = true;");
    await start(["--end"]).ended;
    expect(asked()).toEqual(["ci", "build", "build"]);
    write("package-lock.json", '{ "lockfileVersion": 3 }');
    await start(["--end"]).ended;
    expect(asked()).toEqual(["ci", "build", "build", "ci", "build"]);
  });

  test("is installed once more when npm trips over an install that was cut off", async () => {
    fakeNpm(
      'const fs = require("fs"); if (!fs.existsSync("tripped")) { fs.writeFileSync("tripped", ""); process.exit(1); } fs.mkdirSync("node_modules", { recursive: true });',
    );
    expect((await start(["--end"]).ended).code).toBe(7);
    expect(asked()).toEqual(["ci", "ci", "build"]);
  });

  test("that cannot be installed is an error that says so, and the next run tries again", async () => {
    fakeNpm("process.exit(1);");
    expect(await start(["--end"]).ended).toMatchObject({ code: 1, stderr: expect.stringContaining("npm ci ended with 1") as string });
    expect(asked()).toEqual(["ci", "ci"]);
  });
});

describe("an interrupt", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("by %s during npm ci ends it and its children, and the next run installs", async (signal, code) => {
    fakeNpm(
      'const { spawn } = require("child_process"); const child = spawn(process.execPath, ["--eval", "setInterval(() => {}, 1000)"], { stdio: "ignore" }); require("fs").writeFileSync("pids", process.pid + " " + child.pid); setInterval(() => {}, 1000);',
    );
    const running = start();
    await expect
      .poll(() => existsSync(join(checkout, "pids")) && readFileSync(join(checkout, "pids"), "utf8") !== "", { timeout: 20_000 })
      .toBe(true);
    const started = readFileSync(join(checkout, "pids"), "utf8")
      .split(" ")
      .map((pid) => identifyProcess(Number(pid)));
    expect(started).not.toContain(undefined);
    running.process.kill(signal);
    expect((await running.ended).code).toBe(code);
    expect(started.filter((identity) => identity !== undefined && isAlive(identity))).toEqual([]);
    fakeNpm('require("fs").mkdirSync("node_modules", { recursive: true });');
    expect((await start(["--end"]).ended).code).toBe(7);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("by %s reaches the demo exactly once, and its end is waited for", async (signal, code) => {
    const running = start();
    await running.says("the demo runs");
    running.process.kill(signal);
    expect((await running.ended).code).toBe(code);
    expect(asked()).toEqual(["ci", "build", signal]);
    expect(identifyProcess(demoPid())).toBeUndefined();
  });

  test("by SIGTERM to npm itself reaches the demo too", async () => {
    // Installed already: the real npm is only to run the script.
    await start(["--end"]).ended;
    const npm = startProcess("npm", ["run", "--silent", "demo"], { cwd: checkout, env: process.env });
    await npm.says("the demo runs");
    npm.process.kill("SIGTERM");
    expect((await npm.ended).code).toBe(143);
    expect(asked()).toEqual(["ci", "build", "SIGTERM"]);
    expect(identifyProcess(demoPid())).toBeUndefined();
  });

  test("a kill -9 of the script ends the demo as its user would", async () => {
    const running = start();
    await running.says("the demo runs");
    running.process.kill("SIGKILL");
    await running.ended;
    await expect.poll(() => identifyProcess(demoPid()), { timeout: 20_000 }).toBeUndefined();
    expect(asked()).toContain("SIGTERM");
  });
});

function demoPid(): number {
  return Number(readFileSync(join(checkout, "demo-pid"), "utf8"));
}
