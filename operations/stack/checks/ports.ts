import { freePort } from "../../../infra/ports.ts";
import { fail, ok, type StackCheck } from "./stack-check.ts";

/** Whether servers can listen on loopback at all. */
export const portsCheck: StackCheck = {
  id: "ports",
  async run() {
    try {
      return ok(`ports on 127.0.0.1 can be opened (for example ${String(await freePort())})`);
    } catch (error) {
      return fail(
        `no port on 127.0.0.1 can be opened: ${error instanceof Error ? error.message : String(error)}`,
        "check the loopback interface, the firewall and the sandbox",
      );
    }
  },
};
