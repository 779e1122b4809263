/**
 * `npm run bench:table`: what `ladder parametrization table` costs beyond `ladder --version`, for a transformer of 100 layers and
 * width 8192 (81 billion parameters). Built Ladder (dist/), whole processes taking turns, so that a busy machine slows both; the
 * figure is the median of the differences within a turn. Target: 100 ms.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const turns = 21;
const targetMilliseconds = 100;
const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const model = [
  "parametrization",
  "table",
  ...["--name", "mup", "--optimizer", "adam", "--learning-rate", "0.01"],
  ...["--base", "width=256,depth=4,headDimension=128", "--scale", "width=8192,depth=100,headDimension=128"],
];
const contestants = {
  node: ["-e", "0"],
  version: [main, "--version"],
  table: [main, ...model],
  json: [main, ...model, "--json"],
} as const;
type Contestant = keyof typeof contestants;

function milliseconds(contestant: Contestant): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, contestants[contestant], { encoding: "utf8", maxBuffer: 1e8 });
  if (status !== 0) throw new Error(`${contestant} ended with ${String(status)}: ${stderr}`);
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return [...values].sort((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN;
}

if (!existsSync(main)) throw new Error("dist/ is not built: npm run build");
const names: readonly Contestant[] = ["node", "version", "table", "json"];
for (const name of names) milliseconds(name); // Files into the cache.
const times = Array.from({ length: turns }, () => Object.fromEntries(names.map((name) => [name, milliseconds(name)])));
const of = (name: Contestant): readonly number[] => times.map((turn) => turn[name] ?? Number.NaN);
const beyond = (name: Contestant): number => median(of(name).map((time, turn) => time - (of("version")[turn] ?? Number.NaN)));
for (const name of names) console.log(`${name.padEnd(8)} ${median(of(name)).toFixed(0).padStart(5)} ms`);
for (const name of ["table", "json"] as const) {
  const difference = beyond(name);
  const ratio = median(of(name).map((time, turn) => time / (of("version")[turn] ?? Number.NaN)));
  console.log(
    `${name.padEnd(8)} costs ${difference.toFixed(0)} ms more than the version (${ratio.toFixed(2)} times), target ${targetMilliseconds} ms: ${difference <= targetMilliseconds ? "reached" : "MISSED"}`,
  );
}
process.exitCode = beyond("table") <= targetMilliseconds ? 0 : 1;
