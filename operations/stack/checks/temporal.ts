import { serverWays } from "../../../infra/temporal/server-binary.ts";
import { checkServer } from "../../../infra/temporal/server-health.ts";
import type { Settings } from "../../../infra/settings.ts";
import { fail, ok, type StackCheck, warn } from "./stack-check.ts";

/** The Temporal server: the one that is configured, or which of the six ways leads to a binary. Nothing is fetched. */
export const temporalCheck: StackCheck = {
  id: "temporal",
  async run(settings, signal) {
    if (settings.temporal !== undefined) return checkConfigured(settings.temporal);
    for (const way of serverWays.filter(({ local }) => local)) {
      const found = await way.find({ settings, signal, onProgress: () => undefined, onProcess: () => undefined });
      if (found.kind === "binary") return ok(`${found.path}, version ${found.version} (${way.summary})`);
    }
    const others = serverWays.filter(({ local }) => !local).map(({ summary }) => summary);
    return warn(
      `there is no \`temporal\` command on this machine yet; ladder up will try, in this order: ${others.join("; ")}`,
      "without a network: install Temporal's command line (https://docs.temporal.io/cli), or set TEMPORAL_ADDRESS",
    );
  },
};

async function checkConfigured({ connection, namespace, origin }: NonNullable<Settings["temporal"]>) {
  try {
    const { version } = await checkServer(connection, namespace, 10_000);
    return ok(`${origin}: ${connection.address} serves the namespace ${namespace}, version ${version}`);
  } catch (error) {
    return fail(
      `${origin}: ${connection.address} does not serve the namespace ${namespace}: ${error instanceof Error ? error.message : String(error)}`,
      "correct TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and the TLS settings, or unset them to use the built-in server",
    );
  }
}
