import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "../../..");

/** npm as a user runs it: without the settings that `npm test` itself was started with. */
function npm(args: readonly string[], folder: string): string {
  const environment = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.toLowerCase().startsWith("npm_config_") || name === "npm_config_cache"),
  );
  return execFileSync("npm", args, { cwd: folder, env: environment, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

describe("the package, as somebody else installs it", () => {
  let folder = "";
  let tarball = "";

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "ladder-package-"));
    npm(["pack", "--ignore-scripts", "--pack-destination", folder], root);
    tarball = join(folder, readdirSync(folder).find((file) => file.endsWith(".tgz")) ?? "missing.tgz");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("gives a working `ladder` in a clean folder, and the public analysis module", () => {
    const clean = join(folder, "clean");
    mkdirSync(clean);
    writeFileSync(join(clean, "package.json"), JSON.stringify({ name: "clean", private: true, type: "module" }));
    npm(["install", "--no-audit", "--no-fund", tarball], clean);
    const ladder = join(clean, "node_modules/.bin/ladder");
    expect(execFileSync(ladder, ["--version"], { cwd: clean, encoding: "utf8" })).toMatch(/^\d+\.\d+\.\d+/);
    expect(execFileSync(ladder, ["init", "--example", "own-trainer", "first"], { cwd: clean, encoding: "utf8" })).toContain("study.yaml");
    const names = execFileSync(
      process.execPath,
      ["--input-type=module", "--eval", 'import * as a from "ladder-orchestrator/analysis"; console.log(Object.keys(a).join(" "))'],
      { cwd: clean, encoding: "utf8" },
    );
    expect(names).toContain("testTransfer");
    expect(existsSync(join(clean, "node_modules/ladder-orchestrator/dist/workflows/workflow-bundle.js"))).toBe(true);
  });

  it("installs without development dependencies from the packed build: nothing needs to be compiled", () => {
    const unpacked = join(folder, "unpacked");
    mkdirSync(unpacked);
    execFileSync("tar", ["-xzf", tarball, "-C", unpacked, "--strip-components=1"]);
    copyFileSync(join(root, "package-lock.json"), join(unpacked, "package-lock.json"));
    npm(["ci", "--omit=dev", "--no-audit", "--no-fund"], unpacked);
    expect(existsSync(join(unpacked, "node_modules/typescript"))).toBe(false);
    expect(execFileSync(process.execPath, ["dist/cli/main.js", "--help"], { cwd: unpacked, encoding: "utf8" })).toContain("submit");
  });
});
