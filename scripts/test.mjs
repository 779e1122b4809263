#!/usr/bin/env node
// `npm test`: installs what a fresh clone lacks, builds, checks the floors and the style, then runs every tier that CI runs.
// `--full` adds the long fault and fuzz rounds. Further arguments go to vitest.
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { prepareCheckout } from "./bootstrap.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop.abort(signal));

const full = process.argv.includes("--full");
const vitestArguments = process.argv.slice(2).filter((argument) => argument !== "--full");
await prepareCheckout({ signal: stop.signal });

const require = createRequire(import.meta.url);
const bin = (name, file) => join(dirname(require.resolve(`${name}/package.json`)), file);
const steps =
  vitestArguments.length > 0
    ? []
    : [
        ["types of tests and benches", bin("typescript", "bin/tsc"), ["-p", "test", "--noEmit"]],
        ["lint", join(root, "node_modules/eslint/bin/eslint.js"), ["."]],
      ];
steps.push(["tests", join(root, "node_modules/vitest/vitest.mjs"), ["run", ...vitestArguments]]);

for (const [name, file, args] of steps) {
  const started = performance.now();
  const code = await run(file, args, full ? { LADDER_FULL: "1" } : {});
  if (code !== 0) {
    console.error(`\n${name}: failed (exit ${code})`);
    process.exit(code);
  }
  console.log(`${name}: ok (${((performance.now() - started) / 1000).toFixed(0)} s)`);
}

function run(file, args, environment) {
  return new Promise((resolve) => {
    // Its own process group, so that an interrupt ends what the tests have started too.
    const child = spawn(process.execPath, [file, ...args], {
      cwd: root,
      stdio: "inherit",
      detached: true,
      env: { ...process.env, ...environment },
    });
    const end = () => {
      try {
        process.kill(-child.pid, "SIGTERM");
      } catch {}
    };
    stop.signal.addEventListener("abort", end, { once: true });
    child.once("exit", (code, signal) => {
      stop.signal.removeEventListener("abort", end);
      resolve(stop.signal.aborted ? (stop.signal.reason === "SIGINT" ? 130 : 143) : (code ?? (signal === null ? 1 : 128)));
    });
  });
}
