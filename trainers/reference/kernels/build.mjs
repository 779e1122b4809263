/**
 * Builds kernels.wasm from *.as.ts (`npm run kernels`). The file is committed; a test rebuilds it and compares the bytes.
 * Usage: node build.mjs [OUTPUT]
 */
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import asc from "assemblyscript/asc";

const folder = dirname(fileURLToPath(import.meta.url));

/** Compiles the kernels and returns the module's bytes. Plain SIMD only: relaxed SIMD gives other bits on other processors. */
export async function buildKernels() {
  const sources = (name) => {
    try {
      return readFileSync(join(folder, name), "utf8");
    } catch {
      return null; // The compiler tries several names for each import.
    }
  };
  const outputs = new Map();
  const { error, stderr } = await asc.main(
    ["index.as.ts", "--outFile", "kernels.wasm", "--runtime", "stub", "--importMemory", "--noAssert", "--enable", "simd", "-O3"],
    { readFile: sources, writeFile: (name, contents) => outputs.set(basename(name), contents), listFiles: () => [] },
  );
  const binary = outputs.get("kernels.wasm");
  if (error || !(binary instanceof Uint8Array)) throw new Error(`the kernels do not compile:\n${stderr.toString()}`, { cause: error });
  return binary;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const target = process.argv[2] ?? join(folder, "kernels.wasm");
  const binary = await buildKernels();
  writeFileSync(target, binary);
  console.log(`${target}: ${binary.length} bytes`);
}
