import type { Schedule } from "../../analysis/study/trainer-contract.ts";
import type { TrainerLine } from "./trainer-line.ts";

/** What an attempt has said so far, as far as its outcome needs it. Losses are nats per token. */
export interface AttemptRecord {
  /** First step of this attempt, if it said that it resumed. */
  readonly firstStep: number | null;
  readonly lastStep: number | null;
  readonly lastTokens: number | null;
  /** The newest `loss` of a metric line; may be NaN or infinite. */
  readonly lastLoss: number | null;
  readonly divergedAtStep: number | null;
  readonly done: {
    readonly step: number;
    readonly tokens: number | null;
    readonly loss: number;
    readonly cpuSeconds: number | null;
    readonly schedule: Schedule | null;
  } | null;
}

export const emptyAttemptRecord: AttemptRecord = {
  firstStep: null,
  lastStep: null,
  lastTokens: null,
  lastLoss: null,
  divergedAtStep: null,
  done: null,
};

/** The record after one more line. Pure; bad and blank lines change nothing. */
export function recordLine(record: AttemptRecord, line: TrainerLine): AttemptRecord {
  if (line.kind === "metric") {
    const loss = line.points.find((point) => point.name === "loss")?.value ?? record.lastLoss;
    const tokens = line.points.find((point) => point.tokens !== undefined)?.tokens ?? record.lastTokens;
    return { ...record, lastStep: line.step, lastLoss: loss, lastTokens: tokens };
  }
  if (line.kind !== "event") return record;
  const { event } = line;
  switch (event.event) {
    case "resumed":
      return { ...record, firstStep: event.firstStep };
    case "diverged":
      return { ...record, divergedAtStep: event.step, lastStep: event.step };
    case "done":
      return {
        ...record,
        lastStep: event.step,
        done: {
          step: event.step,
          tokens: event.tokens ?? null,
          loss: event.loss,
          cpuSeconds: event.cpuSeconds ?? null,
          schedule: event.schedule ?? null,
        },
      };
    case "checkpoint":
    case "coordinates":
      return record;
  }
}
