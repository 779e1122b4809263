/**
 * `npm run bench:fits`: how long fits of a scaling law take and which objective they reach, beside scipy's L-BFGS-B with an analytic
 * gradient on the same rows where Python has it (LADDER_PYTHON or python3). CPU seconds of one process, one job after another. Ends with
 * 1 when a bar is not met; `--own` leaves scipy out.
 */
import { bootstrapJob, hoffmannStarts, type Measured, singleJob, singleStart, startsJob, threadsJob } from "./fits/jobs.ts";
import { checkpointRows, chinchillaRows, syntheticRows } from "./fits/rows.ts";
import { startScipyPeer } from "./fits/scipy-peer.ts";

const chinchilla = chinchillaRows();
const checkpoints = checkpointRows();
const lowestKnown = 0.00101828;
const single = singleStart.map((value) => [value]);

const jobs = [
  {
    name: "4,000 bootstrap refits, 240 rows",
    bar: 3,
    mostObjective: lowestKnown,
    own: () => bootstrapJob(chinchilla, 4000),
    peer: ["bootstrap", chinchilla, hoffmannStarts, 4000],
  },
  {
    name: "4,500 starts ranked, 240 rows",
    bar: 0.3,
    mostObjective: lowestKnown,
    own: () => medianOf(5, () => startsJob(chinchilla, "ranked")),
    peer: ["ranked", chinchilla, hoffmannStarts, 100],
  },
  {
    name: "4,500 starts in full, 240 rows",
    bar: 8,
    mostObjective: lowestKnown,
    own: () => startsJob(chinchilla, "all"),
    peer: ["all", chinchilla, hoffmannStarts, 0],
  },
  {
    name: "one fit, 4,852 rows",
    bar: 0.02,
    mostObjective: Infinity,
    own: () => medianOf(9, () => singleJob(checkpoints)),
    peer: ["single", checkpoints, single, 1],
  },
] as const;

const peer = process.argv.includes("--own") ? "left out (--own)" : await startScipyPeer();
console.log(typeof peer === "string" ? `scipy: ${peer}` : `scipy ${peer.version}`);
let met = true;
for (const { name, bar, mostObjective, own, peer: request } of jobs) {
  const measured = own();
  const [job, rows, starts, count] = request;
  const other = typeof peer === "string" ? null : await peer.run(job, rows, starts, count);
  const reached = measured.cpuSeconds <= bar && measured.objective <= Math.min(mostObjective, (other?.objective ?? Infinity) * (1 + 1e-6));
  met &&= reached;
  console.log(`${name.padEnd(36)} bar ${bar} s: ${reached ? "met" : "NOT MET"}`);
  console.log(`  Ladder ${line(measured)}`);
  if (other !== null) console.log(`  scipy  ${line(other)}  ${(other.cpuSeconds / measured.cpuSeconds).toFixed(1)} x as long`);
}
if (typeof peer !== "string") peer.stop();

console.log("1,000 bootstrap refits of 4,852 rows; seconds of the clock, in which other work of the machine counts");
const alone = await threadsJob(checkpoints, 1000, 1);
const together = await threadsJob(checkpoints, 1000, 2);
const same = alone.coordinates.every((value, index) => value === together.coordinates[index]);
met &&= same;
for (const { name, wallSeconds, cpuSeconds } of [alone, together])
  console.log(`  ${name} ${wallSeconds.toFixed(2).padStart(6)} s, ${cpuSeconds.toFixed(2)} CPU s`);
console.log(
  `  two threads are ${(alone.wallSeconds / together.wallSeconds).toFixed(2)} x as fast; the same bits: ${same ? "met" : "NOT MET"}`,
);

console.log("one fit of a law with 1 % noise, from one start");
const perRow = [1e3, 1e4, 1e5, 1e6].map((count) => {
  const rows = syntheticRows(count);
  const measured = medianOf(count > 1e5 ? 1 : 3, () => singleJob(rows));
  console.log(`  ${String(count).padStart(8)} rows ${line(measured)}  ${((1e6 * measured.cpuSeconds) / count).toFixed(2)} us a row`);
  return measured.cpuSeconds / count;
});
const growth = (perRow.at(-1) ?? Infinity) / (perRow.at(-2) ?? 1);
met &&= growth < 2;
console.log(
  `  from 100,000 to a million rows the cost of a row grows by a factor of ${growth.toFixed(2)} (bar 2): ${growth < 2 ? "met" : "NOT MET"}`,
);
process.exitCode = met ? 0 : 1;

function line({ cpuSeconds, objective, note }: Measured): string {
  return `${cpuSeconds.toFixed(3).padStart(8)} CPU s  objective ${objective.toPrecision(10)}  ${note}`;
}

/** The run of median time: the first ones are compiled while they run. */
function medianOf(count: number, run: () => Measured): Measured {
  const sorted = Array.from({ length: count }, run).sort((left, right) => left.cpuSeconds - right.cpuSeconds);
  return sorted[Math.floor(count / 2)] ?? run();
}
