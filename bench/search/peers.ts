import { spawnSync } from "node:child_process";
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

/** One run of a peer, in a process of its own. */
export function runPeer(peer: Peer, problem: BenchProblem, seed: number, count: number): RunResult {
  return resultSchema.parse(python(["run", peer.method, problem.id, String(seed), String(count)]));
}
