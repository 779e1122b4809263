import { median } from "simple-statistics";

/** A finished run as a clock saw it. */
export interface MeasuredRun {
  /** Floating-point operations of the training, by the scale's formula. */
  readonly trainingFlops: number;
  /** Wall-clock seconds of the attempt that finished it. */
  readonly seconds: number;
}

/** How long work will take, and how that was obtained. */
export interface DurationEstimate {
  /** Wall-clock seconds; null where nothing was measured. */
  readonly seconds: number | null;
  /** In words: what was measured, or that nothing was. */
  readonly basis: string;
}

/**
 * Wall-clock seconds of one run of the given size: seconds per FLOP measured on the size nearest to it (in octaves), the
 * median over the runs of that size, so that a run that was preempted or waited does not count. Small models spend more
 * time a FLOP than large ones, so sizes are not pooled.
 *
 * @returns null where nothing was measured
 */
export function estimateRunSeconds(trainingFlops: number, measured: readonly MeasuredRun[]): number | null {
  const usable = measured.filter((run) => run.trainingFlops > 0 && run.seconds > 0);
  const distance = (flops: number): number => Math.abs(Math.log2(flops / trainingFlops));
  const nearest = usable.reduce<number | null>(
    (best, run) => (best === null || distance(run.trainingFlops) < distance(best) ? run.trainingFlops : best),
    null,
  );
  if (nearest === null || trainingFlops <= 0) return null;
  const group = usable.filter((run) => run.trainingFlops === nearest).map((run) => run.seconds);
  return (median(group) / nearest) * trainingFlops;
}

/**
 * Wall-clock seconds until a set of runs is done when `slots` of them run at a time: their sum over the slots, but never
 * less than the longest.
 *
 * @param trainingFlops FLOPs of each run that is left
 */
export function estimateRemaining(trainingFlops: readonly number[], measured: readonly MeasuredRun[], slots: number): DurationEstimate {
  if (trainingFlops.length === 0) return { seconds: 0, basis: "nothing is left to run" };
  let total = 0;
  let longest = 0;
  for (const flops of trainingFlops) {
    const seconds = estimateRunSeconds(flops, measured);
    if (seconds === null) return { seconds: null, basis: "no measured runs yet: unknown" };
    total += seconds;
    longest = Math.max(longest, seconds);
  }
  return {
    seconds: Math.max(total / Math.max(1, slots), longest),
    basis: `seconds per FLOP of ${measured.length} measured run${measured.length === 1 ? "" : "s"}, ${slots} at a time`,
  };
}
