#!/usr/bin/env node
// Builds dist/: compiles every room (`tsc -b`), puts the numeric library's files together, copies the kernels, bundles the workflows.
// Run by `npm run build`.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const quiet = process.argv.includes("--quiet");

compile();
await joinNumericLibrary();
copyKernels();
await bundleWorkflows();
const entry = join(root, "dist/cli/main.js");
if (existsSync(entry)) chmodSync(entry, 0o755);

function compile() {
  const tsc = join(dirname(require.resolve("typescript/package.json")), "bin/tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-b"], { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

/** Each function of @stdlib is a package of many small files, which cost every command more to open than all else that it loads. */
async function joinNumericLibrary() {
  const numerics = join(root, "dist/analysis/numerics");
  const { build } = await import("esbuild");
  await build({
    entryPoints: readdirSync(numerics)
      .filter((name) => name.endsWith(".js") && readFileSync(join(numerics, name), "utf8").includes('"@stdlib/'))
      .map((name) => join(numerics, name)),
    outdir: numerics,
    allowOverwrite: true,
    bundle: true,
    format: "esm",
    platform: "browser",
    logLevel: "warning",
    plugins: [
      {
        name: "own files stay apart; no log of the library looks for a browser or a terminal",
        setup({ onResolve, onLoad }) {
          onResolve({ filter: /^\.\.?\// }, ({ path, importer }) =>
            dirname(importer) === numerics ? { path, external: true } : undefined,
          );
          onResolve({ filter: /^debug$/ }, () => ({ path: "debug", namespace: "silent" }));
          onLoad({ filter: /.*/, namespace: "silent" }, () => ({ contents: "module.exports = () => () => undefined;" }));
        },
      },
    ],
  });
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
