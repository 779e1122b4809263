import type { LadderCommand } from "../command.ts";

/** Every verb, in the order of `ladder --help` within its group. One line a command. */
export const ladderCommands: readonly LadderCommand[] = [
  // Stack: up, down, status, doctor, worker
];
