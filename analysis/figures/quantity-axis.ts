import type { Quantity } from "../fits/readings/fitted-rows.ts";
import { log, pow } from "../numerics/elementary.ts";
import type { JsonObject } from "../study/content-hash.ts";
import { withMinus } from "./plotly-figure.ts";

const ln10 = 2.302585092994046;
const mostTicks = 8;
const countWords = [
  [1e12, "T"],
  [1e9, "B"],
  [1e6, "M"],
  [1e3, "k"],
] as const;
/** Multiples within a decade that ticks may stand at, from few to many. */
const multiples = [[1], [1, 3], [1, 2, 5], [1, 1.5, 2, 3, 5, 7]] as const;
/** Steps of even ticks, as multiples of a power of ten. */
const evenSteps = [1, 2, 2.5, 5] as const;

export const log10 = (value: number): number => log(value) / ln10;

/** Six significant digits: more than a figure shows, a third of its size. */
export function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

/** A number as its unit is spoken of: `1.4T` tokens and `70B` parameters, `5.76 × 10<sup>23</sup>` FLOPs, else four digits. */
export function quantityText(value: number, unit: string): string {
  if (unit === "parameters" || unit === "tokens") {
    for (const [size, letter] of countWords) if (value >= size * 0.9995) return `${Number((value / size).toPrecision(3))}${letter}`;
    return String(Number(value.toPrecision(3)));
  }
  return Math.abs(value) >= 1e5 || Math.abs(value) < 1e-3 ? powerText(value) : withMinus(Number(value.toPrecision(4)));
}

/** `training compute (FLOPs)`; the unit is left out where the words already say it, as in `training tokens`. */
export function quantityTitle({ meaning, unit }: Quantity): string {
  return unit === "1" || meaning.includes(unit) ? meaning : `${meaning} (${unit})`;
}

function powerText(value: number): string {
  if (value === 0) return "0";
  const [digits = "1", exponent = "0"] = value.toExponential(2).split("e");
  const factor = Number(digits);
  const power = `10<sup>${withMinus(Number(exponent))}</sup>`;
  return factor === 1 ? power : `${withMinus(factor)} × ${power}`;
}

/** Style of a logarithmic axis: its range, and ticks at round numbers in the words of its unit, so many at most. */
export function logAxis(low: number, high: number, unit: string, most = mostTicks): JsonObject {
  const tickvals = logTicks(low, high, most);
  return {
    type: "log",
    range: [rounded(log10(low)), rounded(log10(high))],
    tickvals: [...tickvals],
    ticktext: tickvals.map((value) => quantityText(value, unit)),
  };
}

/** Round numbers from `low` to `high`, both above 0, for a logarithmic axis: so many at most, never crowded. */
export function logTicks(low: number, high: number, most = mostTicks): readonly number[] {
  const decades = log10(high / low);
  if (decades > most) return decadeTicks(low, high, [1], Math.ceil(decades / most));
  const candidates = [...multiples].reverse().map((set) => decadeTicks(low, high, set, 1));
  if (decades < 1) candidates.unshift(...evenTicks(low, high));
  const fitting = candidates.filter((ticks) => ticks.length <= most && isAiry(ticks, low, high, 0.56 / most));
  return fitting.reduce((best: readonly number[], ticks) => (ticks.length > best.length ? ticks : best), []);
}

/** Neighbours at least this share of the axis apart. */
function isAiry(ticks: readonly number[], low: number, high: number, share: number): boolean {
  return ticks.every((tick, index) => index === 0 || log(tick / (ticks[index - 1] ?? tick)) > share * log(high / low));
}

function decadeTicks(low: number, high: number, set: readonly number[], every: number): readonly number[] {
  const first = Math.floor(log10(low));
  const last = Math.ceil(log10(high));
  const ticks: number[] = [];
  for (let exponent = first; exponent <= last; exponent += 1)
    if (exponent % every === 0) for (const multiple of set) ticks.push(Number((multiple * pow(10, exponent)).toPrecision(12)));
  return ticks.filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
}

/** Even steps, for ranges of less than a decade: from the coarsest. */
function evenTicks(low: number, high: number): readonly (readonly number[])[] {
  const size = Math.floor(log10(high - low));
  return [-1, 0].flatMap((shift) =>
    evenSteps.map((multiple) => {
      const step = multiple * pow(10, size + shift);
      const first = Math.ceil(low / step - 1e-9);
      const count = Math.floor(high / step + 1e-9) - first + 1;
      return Array.from({ length: Math.max(0, count) }, (_, index) => Number(((first + index) * step).toPrecision(12)));
    }),
  );
}
