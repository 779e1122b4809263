import process from "node:process";
import type { Schedule, TrainerEvent, TrainerRun } from "../../../analysis/study/trainer-contract.ts";
import { createEngine } from "../engine/engine.ts";
import { createCasts } from "../models/casts.ts";
import { checkTensorTable } from "../models/tensor-table.ts";
import { readCheckpoint, type TrainedState, writeCheckpoint } from "./checkpoint.ts";
import { coordinatesOf } from "./coordinates.ts";
import { createOptimizer } from "./optimizer.ts";
import { allocateParameters, initializeParameters } from "./parameters.ts";
import { checkRun } from "./run-check.ts";
import { scheduleFactor } from "./schedule.ts";
import { createTask } from "./task.ts";

/** A metric line: `step` updates done, `tokens` trained on, and flat names with numbers. */
export type MetricLine = { readonly step: number; readonly tokens: number } & Readonly<Record<string, number>>;

/** How the caller of `trainRun` takes part; all of it optional. */
export interface TrainHooks {
  /** Receives every metric and event line in order. */
  readonly write?: (line: MetricLine | TrainerEvent) => void;
  /** Asked between steps: true means checkpoint and stop. */
  readonly shouldStop?: () => boolean;
}

/** How a run ended. `loss` is the held-out loss in nats per token of a finished run, else null. */
export interface TrainOutcome {
  readonly status: "finished" | "diverged" | "preempted";
  readonly step: number;
  readonly tokens: number;
  readonly loss: number | null;
  readonly cpuSeconds: number;
  readonly schedule: Schedule;
}

/**
 * Trains one run in this process: from its seed or its checkpoint to its token horizon, to divergence, or until asked to stop.
 * The loop gives way to the event loop after every step, so that signals are seen.
 *
 * @throws LadderError `input` for a run that this trainer cannot carry out; `missing` for data or checkpoints that are not there
 */
export async function trainRun(run: TrainerRun, hooks: TrainHooks = {}): Promise<TrainOutcome> {
  const cpuStart = process.cpuUsage();
  checkRun(run);
  checkTensorTable(run);
  const engine = await createEngine();
  const parameters = allocateParameters(engine, run.tensors);
  const coordinates = coordinatesOf(engine, run.coordinates, parameters);
  const casts = run.precision === undefined ? undefined : createCasts(run.precision);
  const task = createTask(engine, run, parameters, { observer: coordinates?.observer, casts });
  const optimizerState = createOptimizer(engine, run.optimizer, parameters, task.products);
  const state: TrainedState = { engine, parameters, optimizer: run.optimizer, optimizerState };
  const { batchSizeTokens } = run.scale;
  const totalSteps = run.tokenHorizon / batchSizeTokens;
  const write = hooks.write ?? (() => undefined);

  const outcome = (status: TrainOutcome["status"], step: number, loss: number | null): TrainOutcome => {
    const { user, system } = process.cpuUsage(cpuStart);
    return { status, step, tokens: step * batchSizeTokens, loss, cpuSeconds: (user + system) / 1e6, schedule: run.schedule };
  };
  const diverge = (step: number): TrainOutcome => {
    write({ event: "diverged", step });
    return outcome("diverged", step, null);
  };
  const checkpoint = (step: number) => {
    write({ event: "checkpoint", step, path: writeCheckpoint(run.checkpoint.folder, step, state) });
  };
  const parameterRms = () =>
    Object.fromEntries(
      parameters.map(({ row, weights, length }) => [`parameterRms/${row.name}`, engine.kernels.rootMeanSquare(weights, length)]),
    );
  const learningRates = (factor: number) =>
    Object.fromEntries(run.tensors.map((row) => [`learningRate/${row.group}`, row.learningRate * factor]));

  let step = 0;
  // A run that goes on needs its first outputs again, and they come from its first weights.
  if (run.resumeFrom === null || coordinates !== undefined) initializeParameters(engine, parameters, run.seed);
  if (run.resumeFrom === null) {
    const entropy = task.entropyRate === undefined ? {} : { entropyRate: task.entropyRate };
    write({ step: 0, tokens: 0, ...entropy, ...parameterRms() });
  } else {
    coordinates?.remember(task.train);
    step = readCheckpoint(run.resumeFrom, state);
    write({ event: "resumed", firstStep: step + 1 });
  }

  while (step < totalSteps) {
    await giveWay();
    if (hooks.shouldStop?.() === true) {
      checkpoint(step);
      return outcome("preempted", step, null);
    }
    const factor = scheduleFactor(run.schedule, step);
    const loss = coordinates === undefined ? task.train(step) : coordinates.train(step, task.train, write);
    if (!Number.isFinite(loss)) return diverge(step + 1);
    optimizerState.update(step, factor);
    step += 1;
    const atRung = run.rungs.includes(step * batchSizeTokens);
    if (step % run.evaluation.logEverySteps === 0 || step === totalSteps || atRung) {
      const underflow = Object.fromEntries(casts?.underflow ?? []);
      const heldOut = atRung && step < totalSteps ? { heldOutLoss: task.heldOutLoss() } : {};
      write({ step, tokens: step * batchSizeTokens, loss, ...heldOut, ...learningRates(factor), ...parameterRms(), ...underflow });
    }
    if (run.checkpoint.everySteps > 0 && (step % run.checkpoint.everySteps === 0 || step === totalSteps || atRung)) checkpoint(step);
  }

  coordinates?.finish(step, task.train, write);
  const loss = task.heldOutLoss();
  if (!Number.isFinite(loss)) return diverge(step);
  write({ step, tokens: step * batchSizeTokens, heldOutLoss: loss });
  const result = outcome("finished", step, loss);
  write({ event: "done", step, tokens: result.tokens, loss, cpuSeconds: result.cpuSeconds, schedule: run.schedule });
  return result;
}

function giveWay(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
