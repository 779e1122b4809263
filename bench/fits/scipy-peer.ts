import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { FitRows } from "../../analysis/fits/contract.ts";
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

const greetingSchema = z.strictObject({ version: z.string() });
const answerSchema = z.strictObject({ cpuSeconds: z.number(), objective: z.number(), note: z.string() });

/** Starts the peer with the Python of LADDER_PYTHON, or python3; a sentence instead when it or scipy is not there. */
export async function startScipyPeer(): Promise<ScipyPeer | string> {
  const python = process.env["LADDER_PYTHON"] ?? "python3";
  const child = spawn(python, [fileURLToPath(new URL("scipy_peer.py", import.meta.url))], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" },
  });
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const failed = new Promise<null>((resolve) => {
    child.once("error", (error) => {
      errors += error.message;
      resolve(null);
    });
    child.once("close", () => resolve(null));
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const line = await Promise.race([lines.next(), failed]);
    if (line === null || line.done === true) throw new Error(errors.trim().split("\n").at(-1) ?? `${python} ended`);
    return JSON.parse(line.value);
  };
  try {
    const { version } = greetingSchema.parse(await next());
    return {
      version,
      async run(job, { columns, output }, starts, count) {
        const { N = [], D = [] } = columns;
        child.stdin.write(`${JSON.stringify({ job, N: [...N], D: [...D], loss: [...output], starts, count })}\n`);
        return answerSchema.parse(await next());
      },
      stop: () => void child.stdin.end(),
    };
  } catch (error) {
    child.kill();
    return `${python}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
