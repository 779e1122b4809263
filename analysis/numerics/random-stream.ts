import { contentHash } from "../study/content-hash.ts";
import { LadderError } from "../study/ladder-error.ts";
import { cos, log, sin, sqrt } from "./elementary.ts";

/** A stream of random numbers with a name. Two streams with different seeds or names are independent. */
export interface RandomStream {
  /** Uniform in [0, 1) with 53 random bits. */
  uniform(): number;
  /** Standard normal, by Box and Muller's transform. */
  normal(): number;
  /** Uniform integer in [0, bound), without bias; `bound` in 1 … 2^53. */
  integer(bound: number): number;
}

/**
 * A counter-based stream, Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3"), keyed by the
 * first 64 bits of SHA-256 over [seed, ...names]. What a stream gives depends on nothing but its seed and names: adding
 * a stream elsewhere never shifts this one.
 *
 * @param seed any finite number
 * @param names what the stream is for, for example `"batches", step`
 * @throws LadderError `defect` NOT_JSON when seed or a name is not finite
 */
export function randomStream(seed: number, ...names: readonly (string | number)[]): RandomStream {
  const digest = contentHash([seed, ...names]);
  const key0 = Number.parseInt(digest.slice(0, 8), 16);
  const key1 = Number.parseInt(digest.slice(8, 16), 16);
  let counter = 0;
  const block = new Uint32Array(4);
  let position = 4;
  let spareNormal: number | undefined;

  const uniform = (): number => {
    if (position >= 4) {
      block[0] = counter >>> 0;
      block[1] = Math.floor(counter / 4294967296);
      block[2] = 0;
      block[3] = 0;
      philox4x32(block, key0, key1);
      counter += 1;
      position = 0;
    }
    const high = block[position] ?? 0;
    const low = block[position + 1] ?? 0;
    position += 2;
    // 27 + 26 bits, as in the reference Mersenne twister's genrand_res53.
    return ((high >>> 5) * 67108864 + (low >>> 6)) / 9007199254740992;
  };

  return {
    uniform,
    normal() {
      if (spareNormal !== undefined) {
        const value = spareNormal;
        spareNormal = undefined;
        return value;
      }
      const radius = sqrt(-2 * log(1 - uniform()));
      const angle = 6.283185307179586 * uniform();
      spareNormal = radius * sin(angle);
      return radius * cos(angle);
    },
    integer(bound) {
      if (!(Number.isInteger(bound) && bound >= 1 && bound <= 9007199254740992))
        throw new LadderError("defect", "RANDOM_BOUND", `a random integer needs a bound in 1 … 2^53, got ${bound}`, { fields: { bound } });
      const limit = 9007199254740992 - (9007199254740992 % bound);
      let draw = uniform() * 9007199254740992;
      while (draw >= limit) draw = uniform() * 9007199254740992;
      return draw % bound;
    },
  };
}

/**
 * Ten rounds of Philox4x32 on one counter block, in place; constants of the paper's table 2. Checked against Random123's vectors.
 *
 * @param block four words; the counter before, random words after
 */
export function philox4x32(block: Uint32Array, key0: number, key1: number): void {
  // Signed 32-bit words all the way: their bits are those of unsigned ones, and engines hold them without boxing.
  let [word0 = 0, word1 = 0, word2 = 0, word3 = 0] = block;
  let round0 = key0 | 0;
  let round1 = key1 | 0;
  for (let round = 0; round < 10; round += 1) {
    const high0 = multiplyHigh(0xd251, 0x1f53, word0);
    const low0 = Math.imul(0xd2511f53, word0);
    const high1 = multiplyHigh(0xcd9e, 0x8d57, word2);
    const low1 = Math.imul(0xcd9e8d57, word2);
    word0 = high1 ^ word1 ^ round0;
    word1 = low1;
    word2 = high0 ^ word3 ^ round1;
    word3 = low0;
    round0 = (round0 + 0x9e3779b9) | 0;
    round1 = (round1 + 0xbb67ae85) | 0;
  }
  block[0] = word0;
  block[1] = word1;
  block[2] = word2;
  block[3] = word3;
}

/** The upper 32 bits of a 32 x 32 bit product, by 16-bit halves: the middle column's carries stay below 2^18. */
function multiplyHigh(leftHigh: number, leftLow: number, right: number): number {
  const rightHigh = right >>> 16;
  const rightLow = right & 0xffff;
  const upper = Math.imul(leftHigh, rightLow);
  const lower = Math.imul(leftLow, rightHigh);
  const middle = (Math.imul(leftLow, rightLow) >>> 16) + (upper & 0xffff) + (lower & 0xffff);
  return (Math.imul(leftHigh, rightHigh) + (upper >>> 16) + (lower >>> 16) + (middle >>> 16)) | 0;
}
