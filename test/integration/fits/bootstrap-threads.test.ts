import { expect, it } from "vitest";
import { bootstrapFits, type BootstrapProblem, bootstrapRefits } from "../../../analysis/fits/bootstrap.ts";
import { fitLaw } from "../../../analysis/fits/fit-law.ts";
import { type FitReportOptions, reportFit, reportFitResampled } from "../../../analysis/fits/fit-report.ts";
import { prepareFit } from "../../../analysis/fits/prepared-fit.ts";
import { chinchilla } from "../../../analysis/laws/chinchilla.ts";
import { bootstrapOnThreads, type ThreadOptions } from "../../../infra/threads/bootstrap.ts";
import { startBootstrapThread } from "../../../infra/threads/bootstrap-thread.ts";
import { shareDraws, takeDraw } from "../../../infra/threads/shared-draws.ts";
import { lossRows } from "../../unit/fits/size-token-rows.ts";

const rows = {
  ...lossRows({ noise: 0.01 }),
  clusters: Int32Array.from({ length: lossRows({ noise: 0.01 }).output.length }, (_, row) => row >> 1),
};
const problem: BootstrapProblem = {
  law: chinchilla,
  rows,
  problem: { objective: { kind: "huber", delta: 0.01 } },
  best: Float64Array.from(
    fitLaw(chinchilla, rows, { objective: { kind: "huber", delta: 0.01 } }).parameters,
    ({ coordinate }) => coordinate,
  ),
};
/** Others are started after the first draw. */
const atOnce: ThreadOptions = { worthwhileMs: 1e-9, sliceMs: 0 };

it.each(["pairs", "wild"] as const)("a bootstrap of %s has the same bits with one thread, two and three", async (kind) => {
  const options = { kind, seed: 3, count: 200 };
  const whole = bootstrapFits(prepareFit(chinchilla, rows, problem.problem), problem.best, options);
  for (const threads of [1, 2, 3]) {
    const started: number[] = [];
    const draws = await bootstrapOnThreads(problem, options, { ...atOnce, threads, onThreads: (others) => started.push(others) });
    expect(draws).toEqual(whole);
    expect(started).toEqual(threads === 1 ? [] : [threads - 1]);
  }
});

it("every thread takes draws, and does what another would", async () => {
  const options = { kind: "pairs", seed: 3, count: 40 } as const;
  const prepared = prepareFit(chinchilla, rows, problem.problem);
  const draws = shareDraws(options.count, problem.best.length);
  const { law: _, ...task } = problem;
  const threads = [1, 2].map(() => startBootstrapThread({ ...task, lawId: chinchilla.id, options, draws }));
  takeDraw(draws, bootstrapRefits(prepared, problem.best, options));
  await Promise.all(threads.map(({ ended }) => ended));
  expect(threads.map(({ failure }) => failure())).toEqual([undefined, undefined]);
  expect(draws.coordinates.slice()).toEqual(bootstrapFits(prepared, problem.best, options).coordinates);
});

it("no thread is started for little work", async () => {
  const started: number[] = [];
  await bootstrapOnThreads(
    problem,
    { kind: "pairs", seed: 3, count: 400 },
    { threads: 3, worthwhileMs: 1e9, onThreads: (others) => started.push(others) },
  );
  expect(started).toEqual([]);
});

it("an interrupt ends it, with all its threads", async () => {
  const stop = new AbortController();
  const work = bootstrapOnThreads(
    problem,
    { kind: "pairs", seed: 3, count: 1e6 },
    { ...atOnce, threads: 3, onThreads: () => stop.abort("SIGINT"), signal: stop.signal },
  );
  await expect(work).rejects.toBe("SIGINT");
  await expect(bootstrapOnThreads(problem, { kind: "pairs", seed: 3, count: 1 }, { signal: stop.signal })).rejects.toBe("SIGINT");
});

it("a thread that fails says why", async () => {
  const { law: _, ...task } = problem;
  const thread = startBootstrapThread({
    ...task,
    lawId: "no-such-law",
    options: { kind: "pairs", seed: 1, count: 1 },
    draws: shareDraws(1, 5),
  });
  await thread.ended;
  expect(thread.failure()).toMatchObject({ name: "LadderError", kind: "defect", code: "BOOTSTRAP_THREAD_FAILED" });
  expect(thread.failure()?.message).toContain("no-such-law");
});

it("a report of a fit is the same with its bootstrap on threads", async () => {
  const options: FitReportOptions = { holdoutBudgets: 0, draws: 100, seed: 2 };
  const report = await reportFitResampled(chinchilla, rows, options, (resampled, draws) =>
    bootstrapOnThreads(resampled, draws, { ...atOnce, threads: 2 }),
  );
  expect(report).toEqual(reportFit(chinchilla, rows, options));
});
