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
  let block: PhiloxBlock = [0, 0, 0, 0];
  let position = 4;
  let spareNormal: number | undefined;

  const uniform = (): number => {
    if (position >= 4) {
      block = philox4x32([counter >>> 0, Math.floor(counter / 4294967296), 0, 0], key0, key1);
      counter += 1;
      position = 0;
    }
    const [high, low] = position === 0 ? [block[0], block[1]] : [block[2], block[3]];
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

/** Four 32-bit words, each in 0 … 2^32 - 1. */
export type PhiloxBlock = readonly [number, number, number, number];

/** Ten rounds of Philox4x32 on one counter block; constants of the paper's table 2. Checked against Random123's vectors. */
export function philox4x32(block: PhiloxBlock, key0: number, key1: number): PhiloxBlock {
  let [word0, word1, word2, word3] = block;
  let round0 = key0 >>> 0;
  let round1 = key1 >>> 0;
  for (let round = 0; round < 10; round += 1) {
    const high0 = multiplyHigh(0xd2511f53, word0);
    const low0 = Math.imul(0xd2511f53, word0) >>> 0;
    const high1 = multiplyHigh(0xcd9e8d57, word2);
    const low1 = Math.imul(0xcd9e8d57, word2) >>> 0;
    word0 = (high1 ^ word1 ^ round0) >>> 0;
    word1 = low1;
    word2 = (high0 ^ word3 ^ round1) >>> 0;
    word3 = low0;
    round0 = (round0 + 0x9e3779b9) >>> 0;
    round1 = (round1 + 0xbb67ae85) >>> 0;
  }
  return [word0, word1, word2, word3];
}

/** The upper 32 bits of a 32 x 32 bit product, by 16-bit halves: every partial sum stays below 2^53. */
function multiplyHigh(left: number, right: number): number {
  const leftHigh = left >>> 16;
  const leftLow = left & 0xffff;
  const rightHigh = right >>> 16;
  const rightLow = right & 0xffff;
  const middle = leftHigh * rightLow + Math.floor((leftLow * rightLow) / 65536);
  const cross = leftLow * rightHigh + (middle % 65536);
  return leftHigh * rightHigh + Math.floor(middle / 65536) + Math.floor(cross / 65536);
}
