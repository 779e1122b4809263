import { createInterface } from "node:readline/promises";
import { ladderVersion } from "../operations/ladder-version.ts";
import { readSettings } from "../operations/settings.ts";
import type { CommandLineHost } from "./program.ts";

/**
 * This process as the command line's surroundings: its terminal, its signals (the first Ctrl-C or SIGTERM aborts
 * `interrupted`), its settings. Call it once, in a composition root.
 */
export function createProcessHost(): CommandLineHost {
  const interruption = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => interruption.abort(signal));
  // The reader of a pipe went away (`ladder list | head -1`): nothing is left to say.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  return {
    streams: {
      writeOut: (text) => void process.stdout.write(text),
      writeError: (text) => void process.stderr.write(text),
      columns: process.stdout.isTTY ? process.stdout.columns : 80,
      isTerminal: process.stdout.isTTY && process.stdin.isTTY,
      color: process.stdout.isTTY && wantsColor(),
      ask: (question) => askOnTerminal(question, interruption.signal),
    },
    readSettings,
    interrupted: interruption.signal,
    version: ladderVersion(),
  };
}

async function askOnTerminal(question: string, signal: AbortSignal): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await prompt.question(`${question} [y/N] `, { signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}

/** Settings that cannot be read are an error of the command, which then says so in full; colours are no reason to fail. */
function wantsColor(): boolean {
  try {
    return readSettings().color;
  } catch {
    return false;
  }
}
