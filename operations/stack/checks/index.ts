import { buildCheck } from "./build.ts";
import { diskCheck } from "./disk.ts";
import { folderCheck } from "./folder.ts";
import { nodeCheck } from "./node.ts";
import { platformCheck } from "./platform.ts";
import { portsCheck } from "./ports.ts";
import { postgresCheck } from "./postgres.ts";
import { processesCheck } from "./processes.ts";
import type { StackCheck } from "./stack-check.ts";
import { temporalCheck } from "./temporal.ts";

/** What `ladder doctor` looks at, in the order of its lines. */
export const stackChecks: readonly StackCheck[] = [
  nodeCheck,
  platformCheck,
  buildCheck,
  folderCheck,
  diskCheck,
  portsCheck,
  postgresCheck,
  temporalCheck,
  processesCheck,
];
