#!/usr/bin/env node
// `npm run demo`: installs and builds what a fresh clone lacks, then runs the demo. Ctrl-C, SIGTERM to npm and closing the
// terminal end everything that was started, at any moment; the next run goes on from what has finished.
import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { exitCodeOfSignal, prepareCheckout } from "./bootstrap.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Longer than everything that the demo waits for when it stops: trainers write their checkpoints first. */
const patienceMs = 200_000;

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(name, () => stop.abort(name));
// npm was killed: nobody would tell us to stop.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) stop.abort("SIGTERM");
}, 1_000).unref();

await prepareCheckout({ signal: stop.signal });
process.exit(await runDemo());

function runDemo() {
  const entry = join(root, "dist/cli/demo.js");
  // A process group of its own: a Ctrl-C of the terminal reaches it through us, exactly once.
  const child = spawn(
    process.execPath,
    ["--import", new URL("./follow-parent.mjs", import.meta.url).href, entry, ...process.argv.slice(2)],
    {
      stdio: ["inherit", "inherit", "inherit", "ipc"],
      detached: true,
    },
  );
  process.on("SIGWINCH", () => child.kill("SIGWINCH"));
  const forward = () => {
    child.kill(stop.signal.reason === "SIGINT" ? "SIGINT" : "SIGTERM");
    setTimeout(() => killGroup(child.pid), patienceMs).unref();
  };
  if (stop.signal.aborted) forward();
  else stop.signal.addEventListener("abort", forward, { once: true });
  return new Promise((resolve) => {
    child.once("error", (error) => {
      console.error(`ladder: the demo could not be started: ${error.message}`);
      resolve(1);
    });
    child.once("exit", (code) => {
      killGroup(child.pid);
      resolve(stop.signal.aborted ? exitCodeOfSignal(stop.signal.reason) : (code ?? 1));
    });
  });
}

/** Nothing of the demo's own group may be left; the servers are in groups of their own and were stopped by it. */
function killGroup(leader) {
  try {
    process.kill(-leader, "SIGKILL");
  } catch {
    // It is empty.
  }
}
