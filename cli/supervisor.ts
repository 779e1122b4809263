import { runSupervisor } from "../operations/stack/run-supervisor.ts";

process.exit(await runSupervisor());
