// Records the histories that `histories.test.ts` replays: real sweeps on real servers. Run it when the workflow gains
// something to remember, with a new prefix: histories of a release are kept and replayed for ever.
//   npx tsx test/replay/execution/record-histories.ts 0.1
import { writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { historyToJSON } from "@temporalio/common/lib/proto-utils.js";
import type { Sweep } from "../../../infra/postgres/sweeps.ts";
import { sweepHandle } from "../../../infra/temporal/client.ts";
import { createInstallation, type Installation, startTestServers, until, untilSweepIs } from "../../integration/execution/installation.ts";

const [prefix] = process.argv.slice(2);
if (prefix === undefined) throw new Error("usage: record-histories.ts VERSION");

type Scenario = (installation: Installation) => Promise<Sweep>;
const rates = (count: number, more: Readonly<Record<string, number>> = {}) =>
  Array.from({ length: count }, (_, index) => ({ learningRate: 0.001 * (index + 1), ...more }));
const update = (installation: Installation, sweep: Sweep, name: string, message: unknown) =>
  sweepHandle(installation.client, sweep.id).executeUpdate<unknown, [unknown]>(name, { args: [message] });
const started = (installation: Installation, count: number) =>
  until(
    () => installation.journal(),
    (lines) => lines.filter((line) => line.event === "start").length >= count,
  );

const scenarios: Readonly<Record<string, Scenario>> = {
  finished: (installation) =>
    installation.insertAndStart("finished", [
      ...rates(4),
      { learningRate: 1, divergeAtStep: 2 },
      { learningRate: 2, crashAtStep: 1 },
      { learningRate: 3, preemptAtStep: 2 },
    ]),
  paused: async (installation) => {
    const sweep = await installation.insertAndStart("paused", rates(4, { steps: 20, stepMs: 50 }));
    await started(installation, 2);
    await update(installation, sweep, "pause", { reason: "maintenance", now: true });
    await update(installation, sweep, "resume", { reason: "done" });
    return sweep;
  },
  cancelled: async (installation) => {
    const sweep = await installation.insertAndStart("cancelled", rates(4, { steps: 10_000, stepMs: 50 }));
    await started(installation, 2);
    await update(installation, sweep, "cancel", { reason: "wrong data" });
    return sweep;
  },
  budget: async (installation) => {
    const sweep = await installation.insertAndStart("budget", rates(4), { budget: { runs: 2 } }, 1);
    await untilSweepIs(installation, sweep, "paused");
    await update(installation, sweep, "setConcurrency", 2);
    await update(installation, sweep, "setBudget", { runs: 4 });
    return sweep;
  },
  breaker: async (installation) => {
    const sweep = await installation.insertAndStart("breaker", rates(6, { crashAtStep: 1 }), {}, 1);
    await untilSweepIs(installation, sweep, "paused");
    await update(installation, sweep, "cancel", { reason: "to be mended" });
    return sweep;
  },
};

const servers = await startTestServers();
try {
  for (const [name, scenario] of Object.entries(scenarios)) {
    const installation = await createInstallation(servers);
    try {
      installation.startWorker();
      const sweep = await scenario(installation);
      const handle = sweepHandle(installation.client, sweep.id);
      await handle.result();
      const text = JSON.stringify(JSON.parse(historyToJSON(await handle.fetchHistory())), null, 1)
        .replaceAll(hostname(), "host")
        .replaceAll(tmpdir(), "tmp");
      await writeFile(fileURLToPath(new URL(`../histories/${prefix}-${name}.json`, import.meta.url)), `${text}\n`);
      console.log(`${name}: ${String(text.length)} bytes`);
    } finally {
      await installation.close();
    }
  }
} finally {
  await servers.stop();
}
