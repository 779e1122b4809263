import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { FitRows } from "../../analysis/fits/contract.ts";
import { startPythonPeer } from "../python-peer.ts";
import type { Measured } from "./jobs.ts";

/** scipy in a process of its own, one thread, answering one request at a time. */
export interface ScipyPeer {
  readonly version: string;
  readonly run: (
    job: "bootstrap" | "ranked" | "all" | "single",
    rows: FitRows,
    starts: readonly (readonly number[])[],
    count: number,
  ) => Promise<Measured>;
  readonly stop: () => void;
}

const answerSchema = z.strictObject({ cpuSeconds: z.number(), objective: z.number(), note: z.string() });

/** Starts the peer; a sentence instead when Python or scipy is not there. */
export async function startScipyPeer(): Promise<ScipyPeer | string> {
  const peer = await startPythonPeer(fileURLToPath(new URL("scipy_peer.py", import.meta.url)));
  if (typeof peer === "string") return peer;
  return {
    version: peer.version,
    async run(job, { columns, output }, starts, count) {
      const { N = [], D = [] } = columns;
      return answerSchema.parse(await peer.ask({ job, N: [...N], D: [...D], loss: [...output], starts, count }));
    },
    stop: peer.stop,
  };
}
