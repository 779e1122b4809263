import { exp } from "../../numerics/elementary.ts";
import { log10, logTicks } from "../quantity-axis.ts";
import type { CharacterSet } from "./plain-text.ts";

const ln10 = 2.302585092994046;

/** A mark on an axis: its place in units of the axis (log10 on a logarithmic one) and its label. */
export interface Tick {
  readonly at: number;
  readonly text: string;
}

/**
 * Ticks at round numbers within a range: at most `most`.
 *
 * @param range lower and upper end, in log10 where `isLogarithmic`
 */
export function roundTicks(
  range: readonly [number, number],
  { isLogarithmic, most, characters }: { readonly isLogarithmic: boolean; readonly most: number; readonly characters: CharacterSet },
): readonly Tick[] {
  if (!isLogarithmic) return evenTicks(range, most, characters);
  const values = logTicks(tenTo(range[0]), tenTo(range[1]));
  const step = Math.max(1, Math.ceil(values.length / most));
  return values.filter((_, index) => index % step === 0).map((value) => ({ at: log10(value), text: plainNumber(value, characters) }));
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
