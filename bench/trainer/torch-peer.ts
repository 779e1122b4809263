import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** PyTorch in a process of its own, one thread, answering one request at a time. */
export interface TorchPeer {
  readonly version: string;
  readonly window: (model: "mlp" | "transformer", width: number, steps: number) => Promise<number>;
  readonly stop: () => void;
}

const greetingSchema = z.strictObject({ version: z.string() });
const answerSchema = z.strictObject({ milliseconds: z.number() });

/** Starts the peer with the Python of LADDER_PYTHON, or python3; a sentence instead when it or torch is not there. */
export async function startTorchPeer(): Promise<TorchPeer | string> {
  const python = process.env["LADDER_PYTHON"] ?? "python3";
  const child = spawn(python, [fileURLToPath(new URL("torch_peer.py", import.meta.url))], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1" },
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
      async window(model, width, steps) {
        child.stdin.write(`${JSON.stringify({ model, width, steps })}\n`);
        return answerSchema.parse(await next()).milliseconds;
      },
      stop: () => void child.stdin.end(),
    };
  } catch (error) {
    child.kill();
    return `${python}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
