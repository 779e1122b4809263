import { keepWatch } from "../operations/stack/keep-watch.ts";

const [home] = process.argv.slice(2);
if (home === undefined) throw new Error("the watchdog is started by the supervisor, with the folder that it watches");
await keepWatch(home);
