import type { LadderCommand } from "../command.ts";
import { cancelCommand } from "./cancel.ts";
import { extendCommand } from "./extend.ts";
import { initCommand } from "./init.ts";
import { listCommand } from "./list.ts";
import { logsCommand } from "./logs.ts";
import { pauseCommand } from "./pause.ts";
import { planCommand } from "./plan.ts";
import { resumeCommand } from "./resume.ts";
import { retryCommand } from "./retry.ts";
import { showCommand } from "./show.ts";
import { submitCommand } from "./submit.ts";
import { watchCommand } from "./watch.ts";

/** Every verb, in the order of `ladder --help` within its group. One line a command. */
export const ladderCommands: readonly LadderCommand[] = [
  // Stack: up, down, status, doctor, worker (one import and one line each)
  initCommand,
  planCommand,
  submitCommand,
  listCommand,
  showCommand,
  watchCommand,
  logsCommand,
  pauseCommand,
  resumeCommand,
  extendCommand,
  cancelCommand,
  retryCommand,
];
