import type { MeasuredCoordinate } from "../analysis/coordinate-check/check-coordinates.ts";
import type { DivergedRun } from "../analysis/coordinate-check/coordinate-check.ts";
import type { CoordinatePlan } from "../analysis/coordinate-check/plan.ts";
import { readCoordinates } from "../analysis/coordinate-check/read-coordinates.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { findExecutorKind } from "../infra/executors/index.ts";
import type { Settings } from "../infra/settings.ts";
import { type LocalOutcome, trainLocally } from "./train-locally.ts";

export interface CoordinateRunOptions {
  readonly settings: Pick<Settings, "environment">;
  readonly command: readonly string[];
  readonly workingDirectory: string;
  /** Absolute folder for the runs; the caller removes it. */
  readonly home: string;
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

type Runs = CoordinatePlan["runs"];

/**
 * Trains every run of a coordinate check, `concurrency` at a time, and reads the coordinates that the trainer wrote. A run
 * that diverges is a result; the first one that fails ends all others.
 *
 * @throws LadderError `rejected` CHECK_RUN_FAILED for a run that ended without a result; COORDINATES_MISSING for one that wrote
 *   no coordinates; the signal's reason when it is aborted. No trainer is left running.
 */
export async function runCoordinatePlan(
  plan: CoordinatePlan,
  options: CoordinateRunOptions,
): Promise<{ readonly rows: readonly MeasuredCoordinate[]; readonly diverged: readonly DivergedRun[] }> {
  const { home, settings, concurrency, onProgress } = options;
  const executor = findExecutorKind("local").create({ home, environment: settings.environment });
  const failure = new AbortController();
  const signal = AbortSignal.any([options.signal, failure.signal]);
  // The largest take longest: last, they would leave the other processors idle.
  const queue = [...plan.runs].sort((left, right) => right.axisValue - left.axisValue);
  const rows: MeasuredCoordinate[] = [];
  const diverged: DivergedRun[] = [];
  let done = 0;
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      signal.throwIfAborted();
      const outcome = await trainLocally(executor, { ...options, run: next.run, purpose: "coordinates", checkpointEverySteps: 0, signal });
      const place = { axisValue: next.axisValue, seed: next.seed };
      if (outcome.state === "diverged") diverged.push({ ...place, step: outcome.record.divergedAtStep ?? outcome.record.lastStep ?? 0 });
      else if (outcome.state !== "finished") throw runFailed(plan, next, outcome);
      const read = readPoints(place, outcome);
      if (read.length === 0 && outcome.state === "finished") throw coordinatesMissing(plan, next, outcome);
      rows.push(...read);
      done += 1;
      onProgress(`${plan.parametrization}: ${done}/${plan.runs.length} ${plan.axis} ${next.axisValue} seed ${next.seed}: ${outcome.state}`);
    }
  };
  const lanes = Array.from({ length: Math.max(1, Math.min(concurrency, queue.length)) }, () =>
    lane().catch((error: unknown) => {
      failure.abort(error);
      throw error;
    }),
  );
  // All of them, so that every trainer is gone before an error is told.
  const ended = await Promise.allSettled(lanes);
  options.signal.throwIfAborted();
  if (ended.some(({ status }) => status === "rejected")) throw failure.signal.reason;
  return { rows, diverged };
}

/** The rows of all `coordinates` events of a run; of several values of a step the last one counts. */
function readPoints(place: Pick<MeasuredCoordinate, "axisValue" | "seed">, { points }: LocalOutcome): readonly MeasuredCoordinate[] {
  const prefix = "coordinates/";
  const byStep = new Map<number, Record<string, number>>();
  for (const { name, step, value } of points) {
    if (!name.startsWith(prefix)) continue;
    const values = byStep.get(step) ?? {};
    values[name.slice(prefix.length)] = value;
    byStep.set(step, values);
  }
  return [...byStep].flatMap(([step, values]) => readCoordinates({ ...place, step }, values));
}

function runFailed(
  plan: CoordinatePlan,
  { axisValue, seed, run }: Runs[number],
  { state, message, stderrTail }: LocalOutcome,
): LadderError {
  return new LadderError(
    "rejected",
    "CHECK_RUN_FAILED",
    `the run at ${plan.axis} ${axisValue}, seed ${seed} of ${plan.parametrization} ended as ${state}${message === null ? "" : `: ${message}`}`,
    {
      fields: { parametrization: plan.parametrization, axisValue, seed, runKey: run.runKey, stderrTail },
      hint: "ladder doctor --trainer shows what the trainer says in twenty steps",
    },
  );
}

function coordinatesMissing(plan: CoordinatePlan, { axisValue, seed }: Runs[number], { badLines }: LocalOutcome): LadderError {
  const [bad] = badLines;
  return new LadderError(
    "rejected",
    "COORDINATES_MISSING",
    `the trainer finished at ${plan.axis} ${axisValue}, seed ${seed}, but wrote no coordinates that can be read${bad === undefined ? "" : ` (line ${bad.number}: ${bad.problem})`}`,
    {
      fields: { parametrization: plan.parametrization, axisValue, seed },
      hint: 'where run.json has `coordinates`, write {"event": "coordinates", "step": 0, "values": {"l1/logits": …, "rms/logits": …, "changeRms/logits": …}} at each of its steps: docs/trainer-contract.md',
    },
  );
}
