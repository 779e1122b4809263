import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundle } from "@temporalio/worker";
import { DeterminismViolationError } from "@temporalio/workflow";
import { beforeAll, describe, expect, it } from "vitest";

const folder = new URL("../histories/", import.meta.url);
const histories = readdirSync(folder).filter((name) => name.endsWith(".json"));
const bundle = (path: string): Promise<WorkflowBundle> =>
  bundleWorkflowCode({ workflowsPath: fileURLToPath(new URL(path, import.meta.url)), logger: new DefaultLogger("ERROR") });
const readHistory = (name: string): unknown => JSON.parse(readFileSync(new URL(name, folder), "utf8"));

let current: WorkflowBundle;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger("ERROR") });
  current = await bundle("../../../workflows/index.ts");
});

describe("sweeps that were begun by an older version", () => {
  it("are at hand for every way in which a sweep can go", () => {
    for (const way of ["finished", "paused", "cancelled", "budget", "breaker"])
      expect(histories.some((name) => name.endsWith(`-${way}.json`))).toBe(true);
  });

  it.each(histories)("go on with this one: %s", async (name) => {
    await Worker.runReplayHistory({ workflowBundle: current }, readHistory(name), name);
  });

  it("would not go on with a workflow that does something else, and the test would say so", async () => {
    const mutated = await bundle("./mutated-workflow.ts");
    for (const name of histories)
      await expect(Worker.runReplayHistory({ workflowBundle: mutated }, readHistory(name), name)).rejects.toThrow(
        DeterminismViolationError,
      );
  });
});
