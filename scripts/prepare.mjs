#!/usr/bin/env node
// Run by npm after an install in a checkout. In an installed package, or where the build tools were left out
// (`npm ci --omit=dev`), dist/ is already there and nothing needs to be done.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

if (hasBuildTools()) {
  const { status } = spawnSync(process.execPath, [join(root, "scripts/build.mjs"), "--quiet"], { cwd: root, stdio: "inherit" });
  process.exit(status ?? 1);
}
if (!existsSync(join(root, "dist/cli/main.js"))) {
  console.error("ladder: there is no dist/ and no TypeScript compiler to build it. Install with development dependencies once: npm ci");
  process.exit(1);
}

function hasBuildTools() {
  try {
    createRequire(import.meta.url).resolve("typescript/package.json");
    return existsSync(join(root, "scripts/build.mjs"));
  } catch {
    return false;
  }
}
