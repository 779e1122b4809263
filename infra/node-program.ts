import { fileURLToPath } from "node:url";

/**
 * How to run another of Ladder's own programs with this Node: compiled from a build, through tsx from source.
 *
 * @param importer `import.meta.url` of the caller
 * @param program path relative to the caller, without its ending, for example `../../cli/supervisor`
 * @returns program and arguments for `spawn`
 */
export function nodeProgram(importer: string, program: string): readonly [string, ...string[]] {
  const source = importer.endsWith(".ts");
  const file = fileURLToPath(new URL(`${program}${source ? ".ts" : ".js"}`, importer));
  return source ? [process.execPath, "--import", import.meta.resolve("tsx"), file] : [process.execPath, file];
}
