// Runs a command in a process group of its own and ends all of it, for scripts that run before anything is installed.
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";

const graceMs = 8_000;

/**
 * Runs a command to its end with our terminal.
 *
 * @param options.signal aborted: the whole process group is ended, and the abort's reason is thrown once it is gone
 * @returns the exit code; 1 when it was ended by a signal of somebody else
 */
export async function runToEnd(file, args, { cwd, signal, env = process.env }) {
  signal.throwIfAborted();
  // A group of its own: an interrupt of the terminal reaches us first, and we end the group as a whole.
  const child = spawn(file, args, { cwd, env, stdio: ["ignore", "inherit", "inherit"], detached: true });
  const ended = new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new Error(`${file} could not be started: ${error.message}`)));
    child.once("exit", (code) => resolve(code ?? 1));
  });
  let ending;
  const stop = () => {
    ending = endGroup(child.pid);
  };
  signal.addEventListener("abort", stop, { once: true });
  try {
    const code = await ended;
    await ending;
    signal.throwIfAborted();
    return code;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

/** SIGTERM to a process group, SIGKILL after the grace; resolves when nothing of it is left. */
export async function endGroup(leader) {
  if (leader === undefined || !signalGroup(leader, "SIGTERM")) return;
  const deadline = performance.now() + graceMs;
  while (performance.now() < deadline) {
    await sleep(50);
    if (!signalGroup(leader, 0)) return;
  }
  signalGroup(leader, "SIGKILL");
}

function signalGroup(leader, name) {
  try {
    return process.kill(-leader, name);
  } catch {
    return false;
  }
}
