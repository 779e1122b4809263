import type { BootstrapOptions, BootstrapProblem } from "../../analysis/fits/bootstrap.ts";

/** Draws of a bootstrap that threads share: whoever is free takes the next one. */
export interface SharedDraws {
  readonly count: number;
  /** Index of the next draw that nobody has taken, and how many are done; shared memory. */
  readonly counters: Int32Array;
  /** Search coordinates, count x size, draw after draw; shared memory. */
  readonly coordinates: Float64Array;
}

/** What a thread is told; a law by its name, since functions cannot be sent. */
export interface BootstrapTask extends Omit<BootstrapProblem, "law"> {
  readonly lawId: string;
  readonly options: BootstrapOptions;
  readonly draws: SharedDraws;
}

/** Threads are started with tasks only; what is looked at tells one from nothing. */
export function isBootstrapTask(value: unknown): value is BootstrapTask {
  return typeof value === "object" && value !== null && "lawId" in value && "draws" in value;
}

const next = 0;
const done = 1;

export function shareDraws(count: number, size: number): SharedDraws {
  return {
    count,
    counters: new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)),
    coordinates: new Float64Array(new SharedArrayBuffer(count * size * Float64Array.BYTES_PER_ELEMENT)),
  };
}

/**
 * Takes the next draw and computes it.
 *
 * @param refitOf as `bootstrapRefits` gives it
 * @returns false when none was left
 */
export function takeDraw({ count, counters, coordinates }: SharedDraws, refitOf: (draw: number) => Float64Array): boolean {
  const draw = Atomics.add(counters, next, 1);
  if (draw >= count) return false;
  const refitted = refitOf(draw);
  coordinates.set(refitted, draw * refitted.length);
  // Also what makes the coordinates visible to whoever reads the counter.
  Atomics.add(counters, done, 1);
  return true;
}

/** How many draws are done, by all threads together. */
export function drawsDone({ counters }: SharedDraws): number {
  return Atomics.load(counters, done);
}
