import type { Command } from "commander";
import { z } from "zod";
import { ensureStack } from "../../operations/stack/ensure-stack.ts";
import type { StackStatus } from "../../operations/stack/stack-status.ts";
import type { CommandContext, LadderCommand } from "../command.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { interruptedExitCode } from "../interruption.ts";
import { parseOptions } from "../options.ts";
import { renderStackStatus } from "../stack-text.ts";

const optionsSchema = z.object({ detach: z.boolean().optional() });

export const upCommand: LadderCommand = {
  name: "up",
  group: "Stack",
  summary: "start Postgres, Temporal and a worker for this folder",
  description: `Starts what the surroundings do not name: Postgres unless DATABASE_URL is set,
a Temporal server unless TEMPORAL_ADDRESS (or a profile of temporal.toml) is
set, and a worker. All data is kept in .ladder/ of the current folder.

Without --detach it stays in the foreground, and Ctrl-C stops everything:
running trainers write a checkpoint first and go on at the next start. What
dies is started again. \`ladder submit\` starts the stack by itself.`,
  examples: [
    ["ladder up", "start in the foreground; Ctrl-C stops it"],
    ["ladder up --detach", "start in the background; ladder down stops it"],
    ["DATABASE_URL=postgresql://me@db/ladder ladder up", "use the team's Postgres, start the rest"],
  ],
  endsItself: true,
  configure(command: Command): void {
    command.option("-d, --detach", "return as soon as everything answers, and leave it running");
  },
  async run(context, _args, options): Promise<ExitCode> {
    const { detach } = parseOptions(optionsSchema, options);
    return detach === true ? runDetached(context) : runInForeground(context);
  },
};

async function runDetached({ output, settings, interrupted }: CommandContext): Promise<ExitCode> {
  try {
    await ensureStack(settings, { onProgress: (line) => output.note(line), signal: interrupted });
  } catch (error) {
    if (interrupted.aborted) return interruptedExitCode(interrupted);
    throw error;
  }
  // Temporal's client is a large import: it is loaded only where somebody speaks to Temporal.
  const { readStackStatus } = await import("../../operations/stack/stack-status.ts");
  printStatus(output, await readStackStatus(settings));
  return exitCodes.done;
}

async function runInForeground({ output, settings, interrupted }: CommandContext): Promise<ExitCode> {
  const [{ supervise }, { readStackStatus }] = await Promise.all([
    import("../../operations/stack/supervise.ts"),
    import("../../operations/stack/stack-status.ts"),
  ]);
  let shown: Promise<void> = Promise.resolve();
  await supervise({
    settings,
    signal: interrupted,
    onProgress: (line) => output.note(line),
    onReady: () => {
      shown = readStackStatus(settings).then((status) => {
        if (interrupted.aborted) return;
        printStatus(output, status);
        output.note("Ladder is up. Ctrl-C stops it; work from another terminal: ladder submit study.yaml");
      });
    },
  });
  await shown;
  output.note("stopped; nothing was deleted");
  return interrupted.aborted ? interruptedExitCode(interrupted) : exitCodes.done;
}

function printStatus(output: CommandContext["output"], status: StackStatus): void {
  output.document({ json: status, text: () => renderStackStatus(status, output), name: status.home });
}
