import { scheduleFactor } from "../../../analysis/numerics/schedule-factor.ts";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import type { ResolvedRun } from "../../../analysis/study/run-key.ts";
import type { Schedule, TensorRow } from "../../../analysis/study/trainer-contract.ts";
import type { LoggedPoint } from "../../../analysis/verification/run-verification.ts";

function row(name: string, group: string, shape: readonly number[], learningRate: number, changes: Partial<TensorRow> = {}): TensorRow {
  const [fanOut = 1, fanIn = 1] = shape;
  return {
    name,
    role: "hidden",
    shape: [...shape],
    fanIn,
    fanOut,
    initStd: 0.125,
    initMean: 0,
    forwardMultiplier: 1,
    backwardMultiplier: 1,
    learningRate,
    weightDecay: 0,
    epsilon: 1e-8,
    group,
    ...changes,
  };
}

export const schedule: Schedule = { shape: "cosine", warmupSteps: 4, totalSteps: 20, finalFraction: 0, decaySteps: 0 };

/** Four groups with three rates: table and gain 2^-6, hidden matrices 2^-10 (a factor 1/16), the readout 2^-8 (1/4). */
export function plantedRun(changes: Partial<ResolvedRun> = {}): ResolvedRun {
  return {
    contract: 1,
    seed: 1,
    hyperparameters: { learningRate: 2 ** -6 },
    scale: {
      width: 256,
      depth: 2,
      headDimension: 16,
      batchSizeTokens: 32,
      tokenHorizon: 640,
      parameterCountTotal: 1,
      parameterCountNonEmbedding: 1,
      trainingFlops: 1,
      trainingFlopsFormula: "6ND",
    },
    model: { architecture: "custom" },
    data: { kind: "external", id: "planted" },
    optimizer: { name: "adam", beta1: 0.9, beta2: 0.95 },
    schedule,
    evaluation: { batches: 1, logEverySteps: 1 },
    tokenHorizon: 640,
    rungs: [],
    parents: [],
    tensors: [
      row("embedding", "input", [96, 256], 2 ** -6, { role: "input", fanIn: 1, initStd: 1 }),
      row("blocks.0.query", "hidden", [256, 256], 2 ** -10, { initStd: 1 / 16 }),
      row("blocks.0.key", "hidden", [256, 256], 2 ** -10, { initStd: 1 / 16 }),
      row("blocks.0.up", "hidden", [1024, 256], 2 ** -10, { initStd: 1 / 16 }),
      row("readout", "output", [96, 256], 2 ** -8, { role: "output", initStd: 0.25 }),
      row("norm", "normGain", [4], 2 ** -6, { role: "normGain", initStd: 0, initMean: 1 }),
      row("bias", "normGain", [4], 2 ** -6, { role: "bias", initStd: 0, initMean: 0 }),
    ],
    operations: {
      attentionLogitScale: 0.25,
      residualBlocks: [],
      embeddingMultiplier: 1,
      outputMultiplier: 1,
      activationMultiplier: 1,
      lossMultiplier: 1,
    },
    ...changes,
  };
}

/** What a trainer with a mistake does: the rate that it uses in an update and logs, and the tensors that it draws and moves. */
export interface Mistake {
  readonly rate?: (group: string, resolved: { readonly peak: number; readonly factor: number; readonly update: number }) => number;
  readonly initialRms?: (row: TensorRow, drawn: number) => number;
  readonly rmsAt?: (row: TensorRow, step: number, moved: number) => number;
  /** Left out: a rate logged at step n is that of update n. */
  readonly logsNextUpdate?: boolean;
  readonly attempt?: number;
  readonly steps?: readonly number[];
}

/** Everything that a trainer logs of a planted run: rates of groups, RMS of tensors with the noise of drawing them. */
export function plantedPoints(run: ResolvedRun, mistake: Mistake = {}): readonly LoggedPoint[] {
  const { attempt = 1, steps = Array.from({ length: 21 }, (_, step) => step) } = mistake;
  const groups = new Map(run.tensors.map(({ group, learningRate }) => [group, learningRate]));
  return steps.flatMap((step) => {
    const update = mistake.logsNextUpdate === true ? step : step - 1;
    const factor = scheduleFactor(run.schedule, Math.max(0, update));
    const rates = [...groups].map(([group, peak]) => ({
      attempt,
      name: `learningRate/${group}`,
      step,
      value: mistake.rate?.(group, { peak, factor, update }) ?? peak * factor,
    }));
    const sizes = run.tensors.map((tensor) => {
      const drawn = drawnRms(tensor);
      const initial = mistake.initialRms?.(tensor, drawn) ?? drawn;
      const moved = step === 0 ? initial : Math.sqrt(initial * initial + (step * tensor.learningRate) ** 2);
      return { attempt, name: `parameterRms/${tensor.name}`, step, value: mistake.rmsAt?.(tensor, step, moved) ?? moved };
    });
    return [...(step === 0 && mistake.logsNextUpdate !== true ? [] : rates), ...sizes];
  });
}

/** RMS of drawn entries: the resolved one with a seeded error of its sampling, 1/sqrt(2n) relative to one standard error. */
function drawnRms({ name, shape, initMean, initStd }: TensorRow): number {
  if (initStd === 0) return Math.abs(initMean);
  const entries = shape.reduce((product, size) => product * size, 1);
  const error = randomStream(7, "planted", name).normal() / Math.sqrt(2 * entries);
  return Math.sqrt(initMean ** 2 + initStd ** 2) * (1 + error);
}
