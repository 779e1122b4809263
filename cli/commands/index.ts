import type { LadderCommand } from "../command.ts";
import { applyCommand } from "./apply.ts";
import { cancelCommand } from "./cancel.ts";
import { doctorCommand } from "./doctor.ts";
import { downCommand } from "./down.ts";
import { exportCommand } from "./export.ts";
import { extendCommand } from "./extend.ts";
import { initCommand } from "./init.ts";
import { listCommand } from "./list.ts";
import { logsCommand } from "./logs.ts";
import { pauseCommand } from "./pause.ts";
import { planCommand } from "./plan.ts";
import { recommendCommand } from "./recommend.ts";
import { reportCommand } from "./report.ts";
import { resumeCommand } from "./resume.ts";
import { retryCommand } from "./retry.ts";
import { showCommand } from "./show.ts";
import { statusCommand } from "./status.ts";
import { submitCommand } from "./submit.ts";
import { transferCommand } from "./transfer.ts";
import { upCommand } from "./up.ts";
import { watchCommand } from "./watch.ts";
import { workerCommand } from "./worker.ts";

/** Every verb, in the order of `ladder --help` within its group. One line a command. */
export const ladderCommands: readonly LadderCommand[] = [
  upCommand,
  downCommand,
  statusCommand,
  workerCommand,
  doctorCommand,
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
  transferCommand,
  recommendCommand,
  applyCommand,
  reportCommand,
  exportCommand,
];
