import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { z } from "zod";

/** A Python program on one thread that greets with its version and answers one JSON line with another. */
export interface PythonPeer {
  readonly version: string;
  /** Sends a request and waits for its answer. */
  readonly ask: (request: unknown) => Promise<unknown>;
  readonly stop: () => void;
}

const greetingSchema = z.strictObject({ version: z.string() });

/** Starts a program with the Python of LADDER_PYTHON, or python3; a sentence instead when that or what it imports is not there. */
export async function startPythonPeer(program: string): Promise<PythonPeer | string> {
  const python = process.env["LADDER_PYTHON"] ?? "python3";
  const child = spawn(python, [program], {
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
      async ask(request) {
        child.stdin.write(`${JSON.stringify(request)}\n`);
        return next();
      },
      stop: () => void child.stdin.end(),
    };
  } catch (error) {
    child.kill();
    return `${python}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
