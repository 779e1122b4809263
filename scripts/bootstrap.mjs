// What a fresh clone lacks, without a dependency: installs when package-lock.json has changed, builds when sources have.
// Used by `npm run demo` and `npm test`. An interrupt at any moment leaves no process behind.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runToEnd } from "./process-group.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const oldestNode = [20, 19];
/** Kept inside what they speak of, so that removing that removes them. */
const installStamp = join(root, "node_modules/.ladder-lock");
const buildStamp = join(root, "dist/.ladder-sources");
/** What a build is made from. */
const sourceRooms = ["analysis", "infra", "activities", "workflows", "operations", "cli", "web", "trainers/reference"];
const sourceFiles = ["package-lock.json", "tsconfig.json", "tsconfig.base.json", "scripts/build.mjs"];

/**
 * Installs and builds what is missing. Ends this process with 130 or 143 when `signal` is aborted with SIGINT or SIGTERM,
 * and with 1 and a message when it cannot be done.
 */
export async function prepareCheckout({ signal }) {
  try {
    assertNodeVersion();
    await ensureInstalled({ signal });
    await ensureBuilt({ signal });
  } catch (error) {
    if (signal.aborted) process.exit(exitCodeOfSignal(signal.reason));
    console.error(`ladder: ${error instanceof Error ? error.message : error}`);
    process.exit(1);
  }
}

/** The exit code of a process that ended because of this signal. */
export function exitCodeOfSignal(name) {
  return { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 }[name] ?? 1;
}

/** Runs `npm ci` unless it has succeeded with this very package-lock.json. It is tried twice: npm trips over the rest of an install that was cut off. */
export async function ensureInstalled({ signal }) {
  const wanted = hashFiles([join(root, "package-lock.json")]);
  if (readStamp(installStamp) === wanted) return;
  for (let attempt = 1; ; attempt++) {
    console.log(attempt === 1 ? "installing dependencies (npm ci); this takes about a minute, once" : "npm ci failed; trying once more");
    rmSync(installStamp, { force: true });
    const before = Date.now();
    const [file, args] = npmCommand();
    const code = await runToEnd(file, [...args, "ci", "--no-audit", "--no-fund"], { cwd: root, signal });
    if (code === 0) {
      writeFileSync(installStamp, wanted);
      // `npm ci` runs `prepare`, which builds, unless the user has switched scripts off.
      if (wasBuiltAfter(before)) writeFileSync(buildStamp, hashSources());
      return;
    }
    if (attempt === 2)
      throw new Error(
        `npm ci ended with ${code}; its messages are above. Without a network: copy node_modules from a machine that has one`,
      );
  }
}

/** Runs scripts/build.mjs unless dist/ was made from these very sources. */
export async function ensureBuilt({ signal }) {
  const wanted = hashSources();
  if (readStamp(buildStamp) === wanted && existsSync(join(root, "dist/cli/main.js"))) return;
  console.log("building");
  const code = await runToEnd(process.execPath, [join(root, "scripts/build.mjs"), "--quiet"], { cwd: root, signal });
  if (code !== 0) throw new Error(`the build ended with ${code}; its messages are above`);
  mkdirSync(dirname(buildStamp), { recursive: true });
  writeFileSync(buildStamp, wanted);
}

function assertNodeVersion() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return;
  throw new Error(`Node ${oldestNode.join(".")} or newer is needed, this is ${process.versions.node} (https://nodejs.org)`);
}

/** The npm that runs this script; another package manager's would not read our lock. */
function npmCommand() {
  const path = process.env.npm_execpath ?? "";
  return basename(path) === "npm-cli.js" ? [process.execPath, [path]] : ["npm", []];
}

function wasBuiltAfter(time) {
  const bundle = join(root, "dist/workflows/workflow-bundle.js");
  return existsSync(join(root, "dist/cli/main.js")) && existsSync(bundle) && statSync(bundle).mtimeMs >= time - 1000;
}

function hashSources() {
  const files = sourceRooms.flatMap((room) => listSources(join(root, room)));
  return hashFiles([...sourceFiles.map((file) => join(root, file)), ...files]);
}

function listSources(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return entry.name === "node_modules" ? [] : listSources(path);
      return /\.(ts|tsx|json|wasm)$/.test(entry.name) ? [path] : [];
    });
}

function hashFiles(files) {
  const hash = createHash("sha256");
  for (const file of files) {
    if (!existsSync(file)) continue;
    hash.update(`${file.slice(root.length)}\0`);
    hash.update(readFileSync(file));
    hash.update("\0");
  }
  return hash.digest("hex");
}

function readStamp(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}
