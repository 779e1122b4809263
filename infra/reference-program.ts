import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { TrainerIdentity } from "../analysis/study/run-key.ts";
import { nodeProgram } from "./node-program.ts";
import { fileDigest } from "./code-state.ts";

/** Raised when the trainer changes in a way that its files do not show. */
const referenceVersion = "1";

/**
 * The trainer that comes with Ladder. Its identity is every module that its entry imports, directly or not, its kernels,
 * and the versions of the packages that it computes with; where Ladder is installed does not count.
 *
 * @throws LadderError `defect` REFERENCE_TRAINER_MISSING when the installation is not complete
 */
export async function referenceTrainer(): Promise<TrainerIdentity & { readonly command: readonly string[] }> {
  const source = import.meta.url.endsWith(".ts");
  const root = fileURLToPath(new URL("..", import.meta.url));
  const folder = join(root, "trainers", "reference");
  const entry = join(folder, source ? "main.ts" : "main.js");
  const modules = new Map<string, string>();
  const packages = new Set<string>();
  await collectModules(entry, modules, packages);
  for (const kernel of await kernels(folder)) modules.set(kernel, await fileDigest(kernel));
  const lines = [
    ...[...modules].map(([path, digest]) => `${relative(root, path).split(sep).join("/")} ${digest}`),
    ...(await Promise.all([...packages].map(async (name) => `${name}@${await packageVersion(name, entry)}`))),
  ].sort();
  const programDigest = createHash("sha256").update(lines.join("\n")).digest("hex");
  return { version: referenceVersion, programDigest, command: nodeProgram(import.meta.url, "../trainers/reference/main") };
}

/** `from "x"`, `import "x"` and `import("x")`, but not `import type`: types are gone when the program runs. */
const importPattern =
  /(?:^|[\s;}])(?:import|export)\s+(?!type\b)(?:[\w*${},\s]+?\s+from\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/g;

async function collectModules(path: string, modules: Map<string, string>, packages: Set<string>): Promise<void> {
  if (modules.has(path)) return;
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new LadderError("defect", "REFERENCE_TRAINER_MISSING", `the reference trainer is not complete: ${path} cannot be read`, {
      cause: error,
      hint: "npm run build",
    });
  });
  modules.set(path, createHash("sha256").update(text).digest("hex"));
  for (const match of text.matchAll(importPattern)) {
    const specifier = match[1] ?? match[2] ?? "";
    if (specifier.startsWith(".")) await collectModules(resolve(dirname(path), specifier), modules, packages);
    else if (!specifier.startsWith("node:"))
      packages.add(
        specifier
          .split("/")
          .slice(0, specifier.startsWith("@") ? 2 : 1)
          .join("/"),
      );
  }
}

async function kernels(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && entry.name.endsWith(".wasm")).map((entry) => join(entry.parentPath, entry.name));
}

/** Not by `require`: packages need not export their package.json. */
async function packageVersion(name: string, from: string): Promise<string> {
  for (const folder of createRequire(from).resolve.paths(name) ?? []) {
    const text = await readFile(join(folder, name, "package.json"), "utf8").catch(() => undefined);
    if (text === undefined) continue;
    const manifest: unknown = JSON.parse(text);
    if (typeof manifest === "object" && manifest !== null && "version" in manifest && typeof manifest.version === "string")
      return manifest.version;
  }
  throw new LadderError("defect", "REFERENCE_TRAINER_MISSING", `the reference trainer needs the package ${name}, which is not installed`, {
    hint: "npm ci",
  });
}
