import { describe, expect, it } from "vitest";
import type { RunState } from "../../../analysis/study/states.ts";
import { mergeProgress, type ProgressRun } from "../../../operations/merge-progress.ts";
import { exampleTrials } from "./example-trials.ts";

const trials = exampleTrials();
const keys = [...new Set(trials.flatMap((trial) => trial.runs.map((run) => run.runKey)))];
const at = (seconds: number): Date => new Date(1_700_000_000_000 + seconds * 1000);

function stored(state: (index: number) => RunState): ReadonlyMap<string, ProgressRun> {
  return new Map(
    keys.map((runKey, index) => {
      const ended = ["finished", "diverged", "failed", "cancelled"].includes(state(index));
      return [
        runKey,
        {
          runKey,
          state: state(index),
          loss: state(index) === "finished" ? 2 - index / 100 : null,
          startedAt: at(0),
          finishedAt: ended ? at(3) : null,
        },
      ];
    }),
  );
}

describe("counting the runs of a study", () => {
  it("counts a run once in the totals although two parametrizations and two sweeps ask for it", () => {
    const merged = mergeProgress(
      [...trials, ...trials],
      stored(() => "finished"),
      new Set(),
    );
    expect(merged.totals).toMatchObject({ total: keys.length, finished: keys.length });
    expect(merged.cells.map(({ parametrization, scale, total, shared }) => [parametrization, scale.width, total, shared])).toEqual([
      ["sp", 16, 6, 6],
      ["sp", 32, 6, 0],
      ["mup", 16, 6, 6],
      ["mup", 32, 6, 0],
    ]);
    expect(merged.totals.shared).toBe(6);
    expect(merged.remaining).toEqual([]);
  });

  it("sorts states: preempted and paused wait, lost is at work, diverged is a result", () => {
    const states: readonly RunState[] = ["preempted", "paused", "lost", "running", "diverged", "failed", "cancelled", "queued"];
    const { totals, remaining } = mergeProgress(
      trials,
      stored((index) => states[index] ?? "finished"),
      new Set(),
    );
    expect(totals).toMatchObject({ queued: 3, running: 2, diverged: 1, failed: 1, cancelled: 1, finished: keys.length - 8 });
    expect(remaining).toHaveLength(5);
  });

  it("finds the lowest loss of a cell and where it was, and measures finished runs", () => {
    const merged = mergeProgress(
      trials,
      stored(() => "finished"),
      new Set(keys.slice(0, 2)),
    );
    const [cell] = merged.cells;
    expect(cell?.bestLoss).toBeCloseTo(2 - 5 / 100);
    expect(cell?.bestHyperparameters).toEqual({ learningRate: 2 ** -6 });
    expect(cell?.reused).toBe(2);
    expect(merged.measured).toHaveLength(keys.length);
    expect(merged.measured.every(({ seconds }) => seconds === 3)).toBe(true);
  });

  it("leaves out runs that the database does not know", () => {
    expect(mergeProgress(trials, new Map(), new Set()).totals.total).toBe(0);
  });
});
