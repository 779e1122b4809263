import { exp, log } from "../../numerics/elementary.ts";
import type { CharacterSet } from "./plain-text.ts";

const ln10 = 2.302585092994046;

/** A mark on an axis: its place in units of the axis (log10 on a logarithmic one) and its label. */
export interface Tick {
  readonly at: number;
  readonly text: string;
}

/** Decimal logarithm. NaN for what has none, so that it is a gap in a line. */
export function log10(value: number): number {
  return value > 0 ? log(value) / ln10 : Number.NaN;
}

/**
 * Ticks at round numbers within a range: at most `most`, and at least two where the range allows it. A logarithmic axis has them at powers of
 * ten, at 1, 2 and 5 times those where it spans little, and evenly where it spans less than that.
 *
 * @param range lower and upper end, in log10 where `isLogarithmic`
 */
export function roundTicks(
  range: readonly [number, number],
  { isLogarithmic, most, characters }: { readonly isLogarithmic: boolean; readonly most: number; readonly characters: CharacterSet },
): readonly Tick[] {
  if (!isLogarithmic) return evenTicks(range, most, characters);
  const spread = [1, 2, 3, 5, 10, 20, 50, 100].map((step) => decadeTicks(range, step, [1], characters)).find((ticks) => ticks.length <= most);
  const crowded = [[1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 2, 5], [1, 3]].map((digits) => decadeTicks(range, 1, digits, characters));
  const powers = spread ?? [];
  if (powers.length >= 3) return powers;
  // Of 1 to 9 every one would have its label; few of them say more than even ticks.
  const fine = crowded.find((ticks) => ticks.length <= most && ticks.length >= 3);
  if (fine !== undefined) return fine;
  if (powers.length >= 2) return powers;
  const ends = [tenTo(range[0]), tenTo(range[1])] as const;
  const even = evenTicks(ends, most, characters).flatMap(({ at, text }) => (at > 0 ? [{ at: log10(at), text }] : []));
  return even.length >= powers.length ? even : powers;
}

/** A number as it stands on an axis: plain between a thousandth and a hundred thousand, else `3e8`. */
export function plainNumber(value: number, characters: CharacterSet, decimals?: number): string {
  const size = Math.abs(value);
  const text =
    size !== 0 && (size >= 1e5 || size < 1e-3)
      ? Number(size.toPrecision(6)).toExponential().replace("e+", "e")
      : decimals === undefined
        ? String(Number(size.toPrecision(6)))
        : size.toFixed(decimals);
  const isNegative = value < 0 && Number(text) !== 0;
  const signed = isNegative ? `-${text}` : text;
  return characters === "unicode" ? signed.replaceAll("-", "−") : signed;
}

/** 10 to this power; whole ones exactly. */
export function tenTo(power: number): number {
  return Number.isInteger(power) ? Number(`1e${power}`) : exp(power * ln10);
}

function evenTicks([low, high]: readonly [number, number], most: number, characters: CharacterSet): readonly Tick[] {
  const span = high - low;
  if (!(span > 0)) return [{ at: low, text: plainNumber(low, characters) }];
  const decade = Math.floor(log10(span / Math.max(1, most)));
  const steps = [1, 2, 5, 10, 20, 50].map((digit) => ({ digit, step: digit * tenTo(decade) }));
  const found = steps.find(({ step }) => Math.floor(high / step + 1e-9) - Math.ceil(low / step - 1e-9) + 1 <= most) ?? steps.at(-1);
  const step = found?.step ?? span;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  const decimals = Math.max(0, -Math.floor(log10(step) + 1e-9));
  return Array.from({ length: Math.max(0, count) }, (_, index) => {
    const at = (first + index) * step;
    return { at, text: plainNumber(Number(at.toPrecision(12)), characters, decimals) };
  });
}

function decadeTicks([low, high]: readonly [number, number], step: number, digits: readonly number[], characters: CharacterSet): readonly Tick[] {
  const [first, last] = [Math.floor(low / step), Math.ceil(high / step)];
  return Array.from({ length: Math.min(400, last - first + 1) }, (_, index) => (first + index) * step)
    .flatMap((decade) =>
      digits.map((digit) => ({ at: decade + log10(digit), text: plainNumber(Number(`${digit}e${decade}`), characters) })),
    )
    .filter(({ at }) => at >= low - 1e-9 && at <= high + 1e-9);
}
