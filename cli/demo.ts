/**
 * The climb, shown: the commands a researcher would type, one after another, on real training. Started by
 * `npm run demo` in the folder of the checkout. Stops the stack if it was not running before.
 */
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { recommendForStudy } from "../operations/recommend-value.ts";
import { withSession } from "../operations/session.ts";
import { readStackStatus } from "../operations/stack/stack-status.ts";
import { exitCodes, type ExitCode } from "./exit-codes.ts";
import { interruptedExitCode } from "./interruption.ts";
import { createProcessHost } from "./process-host.ts";
import { runCommandLine } from "./program.ts";

const study = "width-transfer";
const config = "examples/configs/nanogpt-mup.py";

const host = createProcessHost();
const startedAt = performance.now();
const exitCode = await runDemo();
process.stdout.write("", () => process.exit(exitCode));

async function runDemo(): Promise<ExitCode> {
  const settings = host.readSettings();
  const before = (await readStackStatus(settings)).state;
  const wasRunning = before !== "down" && before !== "killed";
  let report: string | undefined;
  let code: ExitCode;
  try {
    code = await climb();
    if (code === exitCodes.done) report = join(settings.home, "reports", `${study}.html`);
  } finally {
    if (!wasRunning) await stop();
  }
  if (host.interrupted.aborted) {
    say("\nStopped. Finished runs are kept; the next `npm run demo` goes on from them.");
    return interruptedExitCode(host.interrupted);
  }
  if (report === undefined) return code;
  say(`\nDone in ${((performance.now() - startedAt) / 1000).toFixed(0)} s. The report, one file to open in a browser:\n${report}`);
  return code;
}

async function climb(): Promise<ExitCode> {
  say("Ladder demo: does the learning rate found at width 16 carry to width 256?\n");
  let code = await type("Train the ladder of proxies", ["submit", `examples/${study}.yaml`, "--watch", "--yes"]);
  if (code !== exitCodes.done) return code;
  code = await type("Where is the optimum at each width, and does it stay there?", ["transfer", study, "--axis", "width"]);
  if (code !== exitCodes.done) return code;
  code = await type("Recommend for width 256, which was not in the sweep, and prove it", ["recommend", study, "--prove"]);
  if (code !== exitCodes.done) return code;
  const recommendation = await withSession(host.readSettings(), (session) => recommendForStudy(session, study));
  if (recommendation.outcome !== "recommended") return exitCodes.undecided;
  const folder = join(host.readSettings().home, "demo");
  mkdirSync(folder, { recursive: true });
  const copy = join(folder, "nanogpt-mup-width-256.py");
  rmSync(copy, { force: true });
  code = await type("Write it into a copy of the training config", ["apply", recommendation.id, config, "--output", copy]);
  if (code !== exitCodes.done) return code;
  return type("Freeze it into a report", ["report", study]);
}

/** Runs one command as a user would type it. */
async function type(heading: string, argv: readonly string[]): Promise<ExitCode> {
  if (host.interrupted.aborted) return interruptedExitCode(host.interrupted);
  say(`\n## ${heading}\n$ ./ladder ${argv.join(" ")}\n`);
  return runCommandLine(argv, host);
}

/** Stopping must not be stopped by the interruption that asked for it. */
async function stop(): Promise<void> {
  say("\n$ ./ladder down\n");
  await runCommandLine(["down"], { ...host, interrupted: new AbortController().signal });
}

function say(text: string): void {
  host.streams.writeOut(`${text}\n`);
}
