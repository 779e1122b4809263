import { LadderError } from "../analysis/study/ladder-error.ts";
import { recordCheckpoint } from "../infra/postgres/checkpoints.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { recordHeartbeat } from "../infra/postgres/attempts.ts";
import { ingestMetrics, recordBadLines, recordFirstStep } from "../infra/postgres/metrics.ts";
import type { OutputBatch, RunOutput } from "../infra/trainer-contract/run-output.ts";

/** Which attempt's output is being taken in. */
export interface IngestTarget {
  readonly runKey: string;
  readonly attempt: number;
  readonly attemptKey: string;
}

/** Takes an attempt's output from its files into Postgres. Reading again from the start changes no row. */
export interface AttemptIngest {
  /** Takes in what was appended. False when the attempt was fenced off: nothing of it is accepted any more. */
  takeNew(): Promise<boolean>;
  /** Takes in all that is left once the trainer is gone. */
  takeRest(): Promise<boolean>;
  /** Says in Postgres that the job was seen alive, and how far it is. False when the attempt was fenced off. */
  beat(): Promise<boolean>;
}

export function createAttemptIngest(db: LadderDatabase, target: IngestTarget, output: RunOutput): AttemptIngest {
  let firstStepRecorded = false;

  const store = async (batch: OutputBatch): Promise<void> => {
    const { runKey, attempt } = target;
    const { firstStep } = output.record;
    if (firstStep !== null && !firstStepRecorded) {
      await recordFirstStep(db, runKey, attempt, firstStep);
      firstStepRecorded = true;
    }
    if (batch.points.length > 0) await ingestMetrics(db, { runKey, attempt, rows: batch.points });
    for (const { step, path } of batch.checkpoints) await recordCheckpoint(db, { runKey, attempt, step, path });
    if (batch.badLines.length > 0) {
      const lines = batch.badLines.map(({ source, number, text, problem }) => ({
        lineNumber: number,
        text,
        reason: source === "metrics" ? problem : `stdout: ${problem}`,
      }));
      await recordBadLines(db, { runKey, attempt, lines });
    }
  };

  const takeNew = () =>
    unlessFenced(async () => {
      for (let more = true; more; ) {
        const batch = await output.read();
        await store(batch);
        more = batch.more;
      }
    });

  return {
    takeNew,
    takeRest: async () => (await takeNew()) && (await unlessFenced(() => store(output.finish()))),
    beat: () => {
      const { lastStep, lastTokens, lastLoss } = output.record;
      return recordHeartbeat(db, target.attemptKey, {
        ...(lastStep === null ? {} : { step: lastStep }),
        ...(lastTokens === null ? {} : { tokens: lastTokens }),
        ...(lastLoss === null || !Number.isFinite(lastLoss) ? {} : { loss: lastLoss }),
      });
    },
  };
}

async function unlessFenced(write: () => Promise<void>): Promise<boolean> {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof LadderError && error.code === "ATTEMPT_FENCED") return false;
    throw error;
  }
}
