/**
 * `npm run bench:search`: how well searchers search three synthetic problems in 100 evaluations (hypervolume, gaps, overruns of the cap,
 * failures) and how long a suggestion takes.
 *
 *   --dev     problems of development too, seeds 100 to 103: where settings are chosen (this is what it does by default)
 *   --judge   seeds 0 to 7 on a, b and c with default settings, peers and latencies; adds what it measured to docs/bench-search.md
 *   --searchers carbs,random   --problems a,d   --seeds 100-107   --evaluations 100   --parallel 8   --settings '{"caution":3}'
 *   --peers carbs,tpe,gp       Optuna and imbue-ai/carbs in the same run (peers.py says how to install them; LADDER_PYTHON); where Python
 *                              does not have them, what is on record in search/peer-runs.json
 *   --record                   runs the peers alone, on the judged seeds, and records them there
 *   --latency                  p50 and p99 of a suggestion beside 20, 50, 100 and 200 trials of problem a (--trials 20,1000: others)
 *
 * Only --judge runs seeds below 100, and it takes no settings: what is judged has not been tuned on.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { z } from "zod";
import { contenderNames, contenderOf } from "./search/contenders.ts";
import { measureLatency } from "./search/latency.ts";
import { findPeers, peerRuns, recordPeerRuns } from "./search/peers.ts";
import { benchProblems, judgedProblems } from "./search/problems/index.ts";
import type { BenchProblem } from "./search/problem.ts";
import { referenceTable } from "./search/reference-values.ts";
import { runSearch, type RunResult } from "./search/run-search.ts";
import { latencyTable, type MethodRuns, pairedTable, qualityTable } from "./search/table.ts";

const { values: options } = parseArgs({
  options: {
    dev: { type: "boolean", default: false },
    judge: { type: "boolean", default: false },
    record: { type: "boolean", default: false },
    searchers: { type: "string" },
    problems: { type: "string" },
    seeds: { type: "string" },
    evaluations: { type: "string", default: "100" },
    parallel: { type: "string", default: "1" },
    settings: { type: "string" },
    peers: { type: "string" },
    latency: { type: "boolean", default: false },
    trials: { type: "string", default: "20,50,100,200" },
  },
});
const isJudged = options.judge || options.record;
const page = new URL("../docs/bench-search.md", import.meta.url);
const seeds = seedsOf(options.seeds ?? (isJudged ? "0-7" : "100-103"));
if (!isJudged && seeds.some((seed) => seed < 100))
  throw new Error("seeds below 100 are for --judge: choose settings on seeds of 100 and more");
if (options.judge && options.settings !== undefined) throw new Error("--judge runs the defaults: leave --settings out");
const size = { count: Number(options.evaluations), parallel: Number(options.parallel) };
const changed = z.record(z.string(), z.unknown()).parse(JSON.parse(options.settings ?? "{}"));
const names = options.record ? [] : (options.searchers?.split(",") ?? contenderNames());
const contenders = names.map((name) => contenderOf(name, changed));
const problems = (options.problems?.split(",") ?? (isJudged ? judgedProblems : benchProblems).map(({ id }) => id)).map(problemOf);
const wantedPeers = (options.peers ?? (isJudged ? "carbs,tpe,gp" : "")).split(",").filter((name) => name !== "");

const printed: string[] = [];
print(
  `## Seeds ${String(seeds[0])} to ${String(seeds.at(-1))}, ${size.count} evaluations${size.parallel > 1 ? `, ${size.parallel} at a time` : ""}`,
  ...(options.settings === undefined ? [] : [`Settings: \`${options.settings}\`.`]),
);
const peers = wantedPeers.length === 0 ? [] : findPeers().filter(({ method }) => wantedPeers.includes(method));
for (const { method, version, missing } of peers)
  print(missing === null ? `Peer ${method}: ${String(version)}.` : `Peer ${method} is not here: ${missing}.`);

for (const problem of problems) {
  const methods: MethodRuns[] = contenders.map((contender) => ({
    method: contender.name,
    cost: contender.isCostKnown ? "told" : "learned",
    runs: runsOf(contender.name, problem, (seed) => runSearch(problem, contender, seed, size)),
  }));
  for (const peer of judgedProblems.includes(problem) ? peers : []) {
    const { method } = peer;
    const found = peerRuns(peer, problem, { seeds, count: size.count }, (seed, result) => report(problem, `peer ${method}`, seed, result));
    if (found === null) continue;
    if (options.record && !found.isRecorded) recordPeerRuns(method, problem.id, size.count, found);
    const name = `peer ${method}${found.isRecorded ? " (on record)" : ""}`;
    methods.push({ method: name, cost: method === "carbs" ? "learned" : "told", runs: found.runs });
  }
  const reference = referenceTable(problem.id);
  print(
    `### Problem ${problem.id}: ${problem.words}`,
    qualityTable(methods),
    pairedTable(methods, ["random", "peer carbs", "peer carbs (on record)"]),
    ...(reference === null ? [] : [reference]),
  );
}

if (options.latency || options.judge) {
  const counts = options.trials.split(",").map(Number);
  const [problem] = judgedProblems;
  if (problem !== undefined)
    print(
      `### How long a suggestion takes, problem ${problem.id}`,
      "One suggestion after another, each with one more answer; first: with nothing remembered of the search.",
      latencyTable(contenders.map((contender) => ({ method: contender.name, latencies: measureLatency(problem, contender, counts) }))),
    );
}

if (options.judge) {
  const head =
    "# Search: the bench\n\nWritten by `npm run bench:search -- --judge`, which adds a section each time; no setting was chosen on these seeds.\n";
  const before = existsSync(page) ? readFileSync(page, "utf8") : head;
  writeFileSync(page, `${before.trimEnd()}\n\n${printed.join("\n\n")}\n`);
}

function print(...paragraphs: readonly string[]): void {
  printed.push(...paragraphs);
  console.log(`${paragraphs.join("\n\n")}\n`);
}

function runsOf(name: string, problem: BenchProblem, run: (seed: number) => RunResult): ReadonlyMap<number, RunResult> {
  return new Map(
    seeds.map((seed) => {
      const result = run(seed);
      report(problem, name, seed, result);
      return [seed, result];
    }),
  );
}

function report(problem: BenchProblem, name: string, seed: number, { hypervolume, note }: RunResult): void {
  console.error(`${problem.id} ${name} seed ${seed}: ${hypervolume.toFixed(4)}  ${note ?? ""}`);
}

function problemOf(id: string): BenchProblem {
  const found = benchProblems.find((problem) => problem.id === id);
  if (found === undefined) throw new Error(`there is no problem ${id}: ${benchProblems.map((problem) => problem.id).join(", ")}`);
  return found;
}

/** `3,5` or `100-107`. */
function seedsOf(text: string): readonly number[] {
  return text.split(",").flatMap((part) => {
    const [from = Number.NaN, to = from] = part.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}
