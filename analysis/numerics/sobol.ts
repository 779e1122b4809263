import { LadderError } from "../study/ladder-error.ts";
import type { RandomStream } from "./random-stream.ts";
import { sobolDirections } from "./sobol-directions.ts";

/** A low-discrepancy sequence: the first 2^k points, for every k, fill the unit cube evenly. */
export interface SobolSequence {
  readonly dimensions: number;
  /** The point of an index in 0 … 2^32 - 1: in [0, 1), and above 0 where the sequence is scrambled. */
  point(index: number): Float64Array;
}

/** Most dimensions that a sequence can have. */
export const mostSobolDimensions = sobolDirections.length + 1;

const bits = 32;
const unit = 4294967296;

/**
 * Sobol's sequence in Gray-code order, in 32 bits; a point depends on its index alone. Scrambled, it keeps its evenness and every point is
 * uniform: each bit is flipped by a hash of those above it (Owen's nested scrambling), as in Burley 2020, "Practical hash-based
 * Owen scrambling", JCGT 9(4), with the hash of Vegdahl 2021, "Building a better LK hash".
 *
 * @param dimensions 1 … 128
 * @param scrambling the stream that gives each dimension its hash; null: not scrambled, and point 0 is the origin
 * @throws LadderError `input` SOBOL_DIMENSIONS
 */
export function sobolSequence(dimensions: number, scrambling: RandomStream | null): SobolSequence {
  if (!(Number.isInteger(dimensions) && dimensions >= 1 && dimensions <= mostSobolDimensions))
    throw new LadderError("input", "SOBOL_DIMENSIONS", `Sobol's sequence has 1 to ${mostSobolDimensions} dimensions, not ${dimensions}`, {
      fields: { dimensions },
      hint: "search fewer parameters, or draw at random",
    });
  const directions = Array.from({ length: dimensions }, (_, dimension) => directionsOf(dimension));
  const seeds = scrambling === null ? null : Uint32Array.from(directions, () => scrambling.integer(unit));
  return {
    dimensions,
    point(index) {
      const gray = (index ^ (index >>> 1)) >>> 0;
      return Float64Array.from(directions, (direction, dimension) => {
        let word = 0;
        for (let bit = 0; bit < bits; bit += 1) if ((gray >>> bit) & 1) word ^= direction[bit] ?? 0;
        if (seeds === null) return (word >>> 0) / unit;
        const scrambled = reverseBits(permute(reverseBits(word), seeds[dimension] ?? 0));
        return ((scrambled >>> 0) + 0.5) / unit;
      });
    },
  };
}

/** The 32 direction words of a dimension, by Joe and Kuo's recurrence; van der Corput's of the first one. */
function directionsOf(dimension: number): Int32Array {
  const words = new Int32Array(bits);
  const [polynomial = 0, ...initial] = dimension === 0 ? [] : (sobolDirections[dimension - 1] ?? "").split(" ").map(Number);
  const degree = initial.length;
  for (let bit = 0; bit < bits; bit += 1) {
    if (bit < degree || degree === 0) {
      words[bit] = (initial[bit] ?? 1) << (bits - 1 - bit);
      continue;
    }
    const before = words[bit - degree] ?? 0;
    let word = before ^ (before >>> degree);
    for (let term = 1; term < degree; term += 1) if ((polynomial >>> (degree - term)) & 1) word ^= words[bit - term] ?? 0;
    words[bit] = word;
  }
  return words;
}

/** A permutation of 32-bit words in which each bit depends on those below it alone. */
function permute(word: number, seed: number): number {
  let hashed = word ^ Math.imul(word, 0x3d20adea);
  hashed = (hashed + seed) | 0;
  hashed = Math.imul(hashed, (seed >>> 16) | 1);
  hashed ^= Math.imul(hashed, 0x05526c56);
  return hashed ^ Math.imul(hashed, 0x53a22864);
}

function reverseBits(word: number): number {
  let reversed = ((word >>> 1) & 0x55555555) | ((word & 0x55555555) << 1);
  reversed = ((reversed >>> 2) & 0x33333333) | ((reversed & 0x33333333) << 2);
  reversed = ((reversed >>> 4) & 0x0f0f0f0f) | ((reversed & 0x0f0f0f0f) << 4);
  reversed = ((reversed >>> 8) & 0x00ff00ff) | ((reversed & 0x00ff00ff) << 8);
  return (reversed >>> 16) | (reversed << 16);
}
