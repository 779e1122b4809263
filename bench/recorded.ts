/**
 * `npm run bench:recorded`: how many runs a minute random search replays from Step Law's table of 1,746 runs, in process, on one core: the
 * nearest recorded run answers, in four columns. Ends with 1 below the bar.
 */
import { fileURLToPath } from "node:url";
import { nearestProblem } from "../analysis/search/recorded/recorded-problem.ts";
import { simulate } from "../analysis/search/recorded/simulate.ts";
import { findSearcher } from "../analysis/search/searchers/index.ts";
import { readRecordedRuns } from "../operations/read-recorded-runs.ts";

const bar = 20_000;
const evaluations = 100;
const searches = 20;

const path = fileURLToPath(new URL("../test/published/steplaw/runs.csv", import.meta.url));
const map = "learningRate=lr,B=2048*bs,loss=`smooth loss`";
const recorded = await readRecordedRuns({ kind: "file", path }, { map });
const problem = nearestProblem({ names: recorded.names, runs: recorded.runs, isCostKnown: true });
const random = findSearcher("random");
const search = (seed: number): number =>
  simulate(random, problem, { seed, evaluations, cost: null, parallel: 1, maximumCost: null, settings: {} }).trials.length;

// Once for the compiler.
search(-1);
const before = process.cpuUsage();
let trials = 0;
for (let seed = 0; seed < searches; seed += 1) trials += search(seed);
const { user, system } = process.cpuUsage(before);
const rate = Math.round((60 * trials) / ((user + system) / 1e6));
console.log(`${recorded.runs.length} runs, ${recorded.names.join(", ")}: ${searches} searches of ${evaluations} evaluations`);
console.log(
  `random: ${rate.toLocaleString("en")} trials a minute of processor time; bar ${bar.toLocaleString("en")}: ${rate >= bar ? "met" : "NOT MET"}`,
);
process.exitCode = rate >= bar ? 0 : 1;
