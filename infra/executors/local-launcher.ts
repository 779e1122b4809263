import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { identifyProcess, ownIdentity } from "../processes.ts";
import { createExclusively, type ExitFile, type JobFile, jobFiles, type LaunchFile, replaceFile } from "./local-job-files.ts";

/**
 * The one process that stays with a trainer on this machine: it claims the attempt's folder, starts the trainer in a
 * process group of its own, and writes down how it ended. It outlives the worker that started it. Argument: the folder.
 */
async function launch(folder: string): Promise<void> {
  const files = jobFiles(folder);
  const { attemptKey, command, workingDirectory } = readLaunch(readFileSync(files.launch, "utf8"));
  const claim: JobFile = { ...ownIdentity(), attemptKey, startedAt: new Date().toISOString(), trainer: null };
  if (!createExclusively(files.job, claim)) return;
  // The trainer is told to stop by whoever wants it to; the launcher only ever ends after it.
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.on(signal, () => undefined);

  const [program, ...parameters] = command;
  const stdout = openSync(files.stdout, "a");
  const stderr = openSync(files.stderr, "a");
  const trainer = spawn(program ?? "", parameters, { cwd: workingDirectory, detached: true, stdio: ["ignore", stdout, stderr] });
  closeSync(stdout);
  closeSync(stderr);
  const ended = new Promise<ExitFile>((resolve) => {
    trainer.once("error", (error) =>
      resolve({
        exitCode: null,
        signal: null,
        startError: `cannot start ${program ?? "nothing"}: ${error.message}`,
        endedAt: new Date().toISOString(),
      }),
    );
    trainer.once("exit", (exitCode, signal) => resolve({ exitCode, signal, endedAt: new Date().toISOString() }));
  });
  if (trainer.pid !== undefined) {
    replaceFile(files.job, {
      ...claim,
      trainer: identifyProcess(trainer.pid) ?? { pid: trainer.pid, startTime: "ended" },
    } satisfies JobFile);
  }
  const exit = await ended;
  if (trainer.pid !== undefined) killLeftovers(trainer.pid);
  replaceFile(files.exit, exit);
}

/** Processes that the trainer left in its group would hold on to a processor or an accelerator. */
function killLeftovers(group: number): void {
  try {
    process.kill(-group, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && (error.code === "ESRCH" || error.code === "EPERM"))) throw error;
  }
}

function readLaunch(text: string): LaunchFile {
  const value: unknown = JSON.parse(text);
  if (typeof value === "object" && value !== null && "attemptKey" in value && "command" in value && "workingDirectory" in value) {
    const { attemptKey, command, workingDirectory } = value;
    if (
      typeof attemptKey === "string" &&
      typeof workingDirectory === "string" &&
      Array.isArray(command) &&
      command.every((part) => typeof part === "string")
    ) {
      return { attemptKey, command, workingDirectory };
    }
  }
  throw new Error("launch.json is not one of this version");
}

await launch(process.argv[2] ?? "");
