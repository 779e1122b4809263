import { rangeTest } from "../analysis/search/range-test.ts";
import { type RangeTestReading, readRangeTest } from "../analysis/search/range-test/read-range-test.ts";
import { parametrizationName } from "../analysis/parametrizations/index.ts";
import { significantPower } from "../analysis/study/number-words.ts";
import { describeScale } from "../analysis/study/scale.ts";
import type { StudySpec } from "../analysis/study/study-spec.ts";
import type { TrialRunResult } from "../analysis/study/trial.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { readMetrics } from "../infra/postgres/metrics.ts";
import { getRun } from "../infra/postgres/runs.ts";

/** What the curve of one range test tells. */
export interface RangeTestFinding {
  readonly runKey: string;
  readonly parametrization: string;
  readonly seed: number;
  /** Null where too few losses were logged; `evaluation: { logEverySteps: 1 }` logs them all. */
  readonly reading: RangeTestReading | null;
  readonly words: string;
}

/** The range tests of a study that have ended; none for a study of another strategy. */
export async function findRangeTests(
  db: LadderDatabase,
  spec: StudySpec,
  results: readonly TrialRunResult[],
): Promise<readonly RangeTestFinding[]> {
  if (spec.strategy.name !== rangeTest.id) return [];
  const findings: RangeTestFinding[] = [];
  for (const { runKey, parametrization, hyperparameters, scale, seed, state } of results) {
    if (state !== "finished" && state !== "diverged") continue;
    const { resolved } = await getRun(db, runKey);
    const losses = (await readMetrics(db, runKey, { name: "loss" })).map(({ step, value }) => ({ step, loss: value }));
    const reading = readRangeTest(resolved.schedule, hyperparameters["learningRate"] ?? 1, losses, state === "diverged");
    const place = `${parametrizationName(parametrization)} at ${describeScale(scale)}, seed ${seed}`;
    findings.push({ runKey, parametrization, seed, reading, words: `${place}: ${reading === null ? tooFew : rangeTestWords(reading)}` });
  }
  return findings;
}

const tooFew = "too few losses were logged to read a curve; evaluation: { logEverySteps: 1 } logs them all";

/** A reading in one sentence. */
export function rangeTestWords(reading: RangeTestReading): string {
  const { fastestFall, suggestedMaximum, blowUp, diverged, isStillFalling, neverFalls, from, to } = reading;
  const covered = `${significantPower(from)} to ${significantPower(to)}`;
  if (neverFalls) return `the loss never fell by more than it scatters between learning rates ${covered}: begin lower`;
  const falls = fastestFall === null ? "" : `the loss falls fastest at a learning rate of ${significantPower(fastestFall)}, `;
  if (isStillFalling || suggestedMaximum === null) return `${falls}and still falls at ${significantPower(to)}: go higher`;
  const end = blowUp === null ? "it has not blown up" : `${diverged ? "it diverged" : "it has blown up"} by ${significantPower(blowUp)}`;
  return `${falls}stops falling at ${significantPower(suggestedMaximum)}, the suggested maximum, and ${end}; covered: ${covered}`;
}
