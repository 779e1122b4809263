import { workerEndpoints } from "../../operations/stack/worker-endpoints.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";
import { interruptedExitCode } from "../interruption.ts";

export const workerCommand: LadderCommand = {
  name: "worker",
  group: "Stack",
  summary: "run one worker in the foreground",
  description: `Works for the running stack of this folder, or for the servers that
DATABASE_URL and TEMPORAL_ADDRESS name: start one on each machine that is to
run trainers. Ctrl-C stops the worker; trainers that it has started run on, and
the next worker on this machine takes them over. \`ladder up\` starts one itself.`,
  examples: [
    ["ladder worker", "a second worker for this folder's stack"],
    ["DATABASE_URL=… TEMPORAL_ADDRESS=… ladder worker", "a worker for the team's servers"],
  ],
  endsItself: true,
  configure: () => undefined,
  async run({ output, settings, interrupted }) {
    const { runWorker } = await import("../worker.ts");
    const endpoints = await workerEndpoints(settings);
    output.note("worker: running; Ctrl-C stops it, running trainers go on");
    await runWorker({ settings, endpoints, signal: interrupted });
    return interrupted.aborted ? interruptedExitCode(interrupted) : exitCodes.done;
  },
};
