#!/usr/bin/env node
// Builds dist/: compiles every room (`tsc -b`), copies the kernels, bundles the workflows. Run by `npm run build`.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const quiet = process.argv.includes("--quiet");

compile();
copyKernels();
await bundleWorkflows();
const entry = join(root, "dist/cli/main.js");
if (existsSync(entry)) chmodSync(entry, 0o755);

function compile() {
  const tsc = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-b"], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

function copyKernels() {
  const source = join(root, "trainers/reference/kernels");
  const target = join(root, "dist/trainers/reference/kernels");
  mkdirSync(target, { recursive: true });
  for (const file of existsSync(source) ? readdirSync(source) : []) {
    if (file.endsWith(".wasm")) cpSync(join(source, file), join(target, file));
  }
}

async function bundleWorkflows() {
  const workflowsPath = join(root, "dist/workflows/index.js");
  if (!existsSync(workflowsPath)) return;
  const { bundleWorkflowCode } = await import("@temporalio/worker");
  const silent = { log() {}, trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error };
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: silent });
  const target = join(root, "dist/workflows/workflow-bundle.js");
  writeFileSync(`${target}.partial`, code);
  renameSync(`${target}.partial`, target);
  if (!quiet) console.log(`dist/ is built (workflow bundle ${(code.length / 1e6).toFixed(2)} MB)`);
}
