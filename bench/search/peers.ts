import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { BenchProblem } from "./problem.ts";
import type { RunResult } from "./run-search.ts";

const program = fileURLToPath(new URL("peers.py", import.meta.url));
const resultSchema = z.strictObject({
  hypervolume: z.number(),
  gapMiddle: z.number().nullable(),
  gapCap: z.number().nullable(),
  failed: z.int(),
  overCap: z.int(),
  worstOverrun: z.number(),
  spent: z.number(),
  suggestSeconds: z.array(z.number()),
  note: z.string().nullable(),
});
const versionsSchema = z.record(z.string(), z.union([z.strictObject({ version: z.string() }), z.strictObject({ missing: z.string() })]));

const recordSchema = z.array(
  z.strictObject({ method: z.string(), version: z.string(), problem: z.string(), seed: z.int(), count: z.int(), result: resultSchema }),
);
const recordFile = new URL("peer-runs.json", import.meta.url);
/** Optuna's Gaussian processes take most of a minute a run: so many seeds, as in the reference bench. */
const seedsOfSlowPeer = 3;

/** A search method in Python: its version, or why it cannot run here. */
export interface Peer {
  readonly method: string;
  readonly version: string | null;
  readonly missing: string | null;
}

function python(parameters: readonly string[]): unknown {
  const { status, stdout, stderr, error } = spawnSync(process.env["LADDER_PYTHON"] ?? "python3", [program, ...parameters], {
    encoding: "utf8",
    maxBuffer: 1e8,
    env: { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" },
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(stderr.trim().split("\n").at(-1) ?? `peers.py ended with ${String(status)}`);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

/** Which peers Python has here (LADDER_PYTHON or python3). */
export function findPeers(): readonly Peer[] {
  try {
    return Object.entries(versionsSchema.parse(python(["versions"]))).map(([method, found]) =>
      "version" in found ? { method, version: found.version, missing: null } : { method, version: null, missing: found.missing },
    );
  } catch (error) {
    const missing = error instanceof Error ? error.message : String(error);
    return ["tpe", "gp", "carbs"].map((method) => ({ method, version: null, missing }));
  }
}

/** Runs of a peer by seed, and where they come from. */
export interface PeerRuns {
  readonly version: string;
  /** True where Python does not have the peer here, and `peer-runs.json` does. */
  readonly isRecorded: boolean;
  readonly runs: ReadonlyMap<number, RunResult>;
}

/**
 * Runs of a peer, each in a process of its own; those on record where Python does not have it.
 *
 * @param seeds of the slow peer the first three count
 * @returns null where there are neither
 */
export function peerRuns(
  peer: Peer,
  problem: BenchProblem,
  { seeds, count }: { readonly seeds: readonly number[]; readonly count: number },
  report: (seed: number, result: RunResult) => void,
): PeerRuns | null {
  const wanted = peer.method === "gp" ? seeds.slice(0, seedsOfSlowPeer) : seeds;
  if (peer.version !== null) {
    const { version } = peer;
    const runs = new Map<number, RunResult>();
    for (const seed of wanted) {
      const result = resultSchema.parse(python(["run", peer.method, problem.id, String(seed), String(count)]));
      report(seed, result);
      runs.set(seed, result);
    }
    return { version, isRecorded: false, runs };
  }
  const found = readRecord().filter(
    (run) => run.method === peer.method && run.problem === problem.id && run.count === count && wanted.includes(run.seed),
  );
  const [first] = found;
  return first === undefined
    ? null
    : { version: first.version, isRecorded: true, runs: new Map(found.map(({ seed, result }) => [seed, result])) };
}

/** Keeps runs for machines without the peer; suggestion times as their mean alone. */
export function recordPeerRuns(method: string, problem: string, count: number, { version, runs }: PeerRuns): void {
  const others = readRecord().filter(
    (run) => !(run.method === method && run.problem === problem && run.count === count && runs.has(run.seed)),
  );
  const added = [...runs].map(([seed, result]) => {
    const total = result.suggestSeconds.reduce((sum, seconds) => sum + seconds, 0);
    const suggestSeconds = [Number((total / Math.max(1, result.suggestSeconds.length)).toFixed(5))];
    return { method, version, problem, seed, count, result: { ...result, suggestSeconds } };
  });
  const lines = [...others, ...added].map((run) => JSON.stringify(run));
  writeFileSync(recordFile, `[\n${lines.join(",\n")}\n]\n`);
}

function readRecord(): z.infer<typeof recordSchema> {
  return existsSync(recordFile) ? recordSchema.parse(JSON.parse(readFileSync(recordFile, "utf8"))) : [];
}
