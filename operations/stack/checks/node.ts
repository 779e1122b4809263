import { fail, ok, type StackCheck, warn } from "./stack-check.ts";

const oldest = { major: 20, minor: 19 };
/** The newest major version that Ladder's own tests were run on. */
const newestTested = 24;

/** Node itself. */
export const nodeCheck: StackCheck = {
  id: "node",
  run() {
    const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
    const found = `Node ${process.versions.node}`;
    if (major < oldest.major || (major === oldest.major && minor < oldest.minor)) {
      return Promise.resolve(
        fail(`${found} is too old`, `install Node ${String(oldest.major)}.${String(oldest.minor)} or newer (https://nodejs.org)`),
      );
    }
    if (major > newestTested)
      return Promise.resolve(
        warn(`${found} is newer than what Ladder was tested on`, `if something fails, try Node ${String(newestTested)}`),
      );
    return Promise.resolve(ok(found));
  },
};
