import { join } from "node:path";
import type { PlannedTrial, TrialRunResult } from "../../analysis/study/trial.ts";
import { trainAll } from "./train-pool.ts";

/** Where finished runs of benches are kept, by run key. */
export const benchFolder = join(import.meta.dirname, "../../.ladder/bench");

/** Trains what is not kept yet and gives the results of all trials, as a study's database would. */
export async function measureTrials(trials: readonly PlannedTrial[]): Promise<readonly TrialRunResult[]> {
  const losses = await trainAll(
    trials.flatMap((trial) => trial.runs),
    benchFolder,
  );
  return trials.flatMap((trial) =>
    trial.runs.map((run): TrialRunResult => {
      const loss = losses.get(run.runKey) ?? null;
      return {
        runKey: run.runKey,
        parametrization: trial.parametrization,
        hyperparameters: trial.hyperparameters,
        scale: trial.scale,
        seed: run.seed,
        state: loss === null ? "diverged" : "finished",
        loss,
        cluster: run.runKey,
      };
    }),
  );
}
