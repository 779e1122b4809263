import type { StackStop } from "../../operations/stack/stop-stack.ts";
import type { LadderCommand } from "../command.ts";
import { exitCodes } from "../exit-codes.ts";

export const downCommand: LadderCommand = {
  name: "down",
  group: "Stack",
  summary: "stop this folder's stack; data is kept",
  description: `Stops the worker, running trainers, Temporal and Postgres of this folder, and
whatever a killed stack has left behind. Trainers write a checkpoint first;
studies go on at the next \`ladder up\`. Nothing is ever deleted. Servers that
DATABASE_URL and TEMPORAL_ADDRESS name are left alone.`,
  examples: [
    ["ladder down", "stop everything of this folder"],
    ["ladder down --json", "the same, with what was stopped as JSON"],
  ],
  configure: () => undefined,
  async run({ output, settings }) {
    const { stopStack } = await import("../../operations/stack/stop-stack.ts");
    const stopped = await stopStack(settings, (line) => output.note(line));
    output.document({ json: stopped, text: () => describeStop(stopped), name: stopped.home });
    return exitCodes.done;
  },
};

function describeStop({ home, supervisor, killed, leftovers, jobs }: StackStop): string {
  if (supervisor === null && leftovers.length === 0 && jobs === 0) return `Nothing was running in ${home}.`;
  const lines = supervisor === null ? [] : [`Stopped the stack of ${home}${killed ? "; its supervisor had to be killed" : ""}.`];
  for (const { name, pid } of leftovers) lines.push(`Ended ${name} (process ${String(pid)}), which a killed stack had left behind.`);
  if (jobs > 0) lines.push(`Stopped ${String(jobs)} running ${jobs === 1 ? "trainer" : "trainers"} at a checkpoint.`);
  return [...lines, "Data is kept; start again with: ladder up --detach"].join("\n");
}
