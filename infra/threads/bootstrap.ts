import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import { type BootstrapDraws, type BootstrapOptions, type BootstrapProblem, bootstrapRefits } from "../../analysis/fits/bootstrap.ts";
import { prepareFit } from "../../analysis/fits/prepared-fit.ts";
import { laws } from "../../analysis/laws/index.ts";
import { assertInvariant } from "../../analysis/study/ladder-error.ts";
import { type BootstrapThread, startBootstrapThread } from "./bootstrap-thread.ts";
import { drawsDone, shareDraws, takeDraw } from "./shared-draws.ts";

export interface ThreadOptions {
  /** Threads at most, this one among them; left out: what the machine has. */
  readonly threads?: number;
  /**
   * Work that is worth another thread, in CPU milliseconds of one; left out: 1,000. A thread costs some 75 to start and 250 until its code
   * is compiled as well as this one's.
   */
  readonly worthwhileMs?: number;
  /** How often this thread looks up from its draws, in milliseconds: for an abort, a failed thread, what is left; left out: 50. */
  readonly sliceMs?: number;
  /** Called once when other threads are started, with how many. */
  readonly onThreads?: (others: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * `bootstrapFits` on several threads: the same bits with any number of them, since a draw depends on the seed and its index alone. This
 * thread begins, and from the pace of its first draws it starts another for every `worthwhileMs` of work that is left. All take
 * draws until none is left.
 *
 * @throws LadderError as `bootstrapFits`; `defect` BOOTSTRAP_THREAD_FAILED when a thread ends before its work; the signal's reason when
 *   it is aborted. No thread is left running.
 */
export async function bootstrapOnThreads(
  { law, rows, problem, best }: BootstrapProblem,
  options: BootstrapOptions,
  { threads = availableParallelism(), worthwhileMs = 1000, sliceMs = 50, onThreads, signal }: ThreadOptions = {},
): Promise<BootstrapDraws> {
  const { count } = options;
  const size = best.length;
  const draws = shareDraws(count, size);
  const others: BootstrapThread[] = [];
  const endOthers = (): Promise<unknown> => Promise.all(others.map(({ end }) => end()));
  const onAbort = (): void => void endOthers();
  signal?.addEventListener("abort", onAbort, { once: true });
  const check = (): void => {
    signal?.throwIfAborted();
    const failure = others.map((thread) => thread.failure()).find((error) => error !== undefined);
    if (failure !== undefined) throw failure;
  };
  try {
    check();
    const refitOf = bootstrapRefits(prepareFit(law, rows, problem), best, options);
    // CPU time and not the clock's: on a busy machine draws take long because others have the cores, and threads would not help.
    const began = cpuMs();
    while (takeDraws()) {
      await setImmediate();
      check();
      // A law that the registry does not have cannot be named to another thread.
      if (others.length > 0 || !laws.includes(law)) continue;
      const done = drawsDone(draws);
      const leftMs = ((cpuMs() - began) / done) * (count - done);
      const worthwhile = Math.min(threads - 1, Math.floor(leftMs / worthwhileMs));
      for (let thread = 0; thread < worthwhile; thread += 1)
        others.push(startBootstrapThread({ lawId: law.id, rows, problem, best, options, draws }));
      if (worthwhile > 0) onThreads?.(worthwhile);
    }
    while (drawsDone(draws) < count) {
      const running = others.filter((thread) => !thread.hasEnded());
      assertInvariant(running.length > 0, "every draw of a bootstrap is done when all threads have ended", {
        done: drawsDone(draws),
        count,
      });
      await Promise.race(running.map(({ ended }) => ended));
      check();
    }
    return { count, size, coordinates: draws.coordinates.slice() };

    /** Draws for a slice of time, one at least; false when none was left. */
    function takeDraws(): boolean {
      const until = performance.now() + sliceMs;
      do if (!takeDraw(draws, refitOf)) return false;
      while (performance.now() < until);
      return true;
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
    await endOthers();
  }
}

/** What this process has computed, in milliseconds. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
