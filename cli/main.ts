#!/usr/bin/env node
import { createProcessHost } from "./process-host.ts";
import { runCommandLine } from "./program.ts";

const exitCode = await runCommandLine(process.argv.slice(2), createProcessHost());
process.stdout.write("", () => process.exit(exitCode));
