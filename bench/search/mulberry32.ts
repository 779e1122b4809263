/** The common mulberry32 generator: floats in [0, 1). Of the bench alone, so that Python peers draw the same noise. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A standard normal for an evaluation of a run: Box and Muller's transform of the first two draws of mulberry32(1e6 seed + i + 1). */
export function noise(seed: number, evaluation: number): number {
  const draw = mulberry32(1_000_000 * seed + evaluation + 1);
  const [first, second] = [draw(), draw()];
  return Math.sqrt(-2 * Math.log(Math.max(first, 1e-12))) * Math.cos(2 * Math.PI * second);
}
