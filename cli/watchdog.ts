import { keepWatch } from "../operations/stack/watchdog.ts";

await keepWatch();
