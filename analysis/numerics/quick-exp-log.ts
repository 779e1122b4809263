/**
 * `exp` and `log` of elementary.ts for inner loops: the same fdlibm arithmetic, and so the same bits, with the words of a number read
 * through one shared buffer and 2^k from a table. Rare arguments (huge, subnormal, NaN, a hair's breadth from a power of two) are handed to elementary.ts itself.
 * A property test holds the two together.
 */
import { exp, log } from "./elementary.ts";

const ln2High = 6.9314718036912381649e-1;
const ln2Low = 1.90821492927058770002e-10;
const log2OfE = 1.442695040888963387;

const bits = new Float64Array(1);
const words = new Int32Array(bits.buffer);
bits[0] = 1;
/** Where the sign and exponent of a number stand; depends on the byte order of the machine. */
const highWord = words[1] === 0x3ff00000 ? 1 : 0;

/** 2^-1022 … 2^1023, exact. */
const powersOfTwo = new Float64Array(2046);
for (let index = 0; index < powersOfTwo.length; index += 1) {
  words[0] = 0;
  words[1] = 0;
  words[highWord] = (index + 1) << 20;
  powersOfTwo[index] = bits[0];
}

/** e to the x; the bits of elementary.ts's `exp`. */
export function quickExp(x: number): number {
  // Written so that NaN goes the long way.
  if (!(x < 700 && x > -700)) return exp(x);
  if (x < 3.725290298461914e-9 && x > -3.725290298461914e-9) return 1 + x;
  const k = (x < 0 ? log2OfE * x - 0.5 : log2OfE * x + 0.5) | 0;
  const high = x - k * ln2High;
  const low = k * ln2Low;
  const r = high - low;
  const t = r * r;
  const c =
    r -
    t *
      (0.16666666666666602 +
        t * (-0.0027777777777015593 + t * (0.00006613756321437934 + t * (-0.0000016533902205465252 + t * 4.1381367970572385e-8))));
  const y = 1 - (low - (r * c) / (2 - c) - high);
  return y * (powersOfTwo[k + 1022] ?? 0);
}

/** Natural logarithm; the bits of elementary.ts's `log`. */
export function quickLog(x: number): number {
  if (!(x >= 2.2250738585072014e-308 && x < 4.49423283715579e307)) return log(x);
  bits[0] = x;
  const high = words[highWord] ?? 0;
  const mantissa = high & 0x000fffff;
  const carry = (mantissa + 0x95f64) & 0x100000;
  const k = (high >> 20) - 1023 + (carry >> 20);
  // The mantissa comes into [sqrt(1/2), sqrt(2)): exact, and quicker than writing its words.
  const f = x * (powersOfTwo[1022 - k] ?? 0) - 1;
  if ((0x000fffff & (2 + mantissa)) < 3) return log(x);
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const rest =
    z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586))) +
    w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373));
  // With k = 0 these are fdlibm's own shorter forms, bit for bit.
  if (((mantissa - 0x6147a) | (0x6b851 - mantissa)) > 0) {
    const halfSquare = 0.5 * f * f;
    return k * ln2High - (halfSquare - (s * (halfSquare + rest) + k * ln2Low) - f);
  }
  return k * ln2High - (s * (f - rest) - k * ln2Low - f);
}

/**
 * `quickExp` of the first `count` numbers, in place. A loop of its own, since an engine inlines only so much into one function and puts
 * each result of a call that it does not inline on the heap: laws work on columns, not on rows.
 */
export function quickExps(values: Float64Array, count: number): void {
  for (let index = 0; index < count; index += 1) values[index] = quickExp(values[index] ?? 0);
}

/** `quickLog` of the first `count` numbers, in place. */
export function quickLogs(values: Float64Array, count: number): void {
  for (let index = 0; index < count; index += 1) values[index] = quickLog(values[index] ?? 0);
}
