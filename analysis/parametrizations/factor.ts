import { pow } from "../numerics/elementary.ts";
import type { Evidence } from "./contract.ts";
import type { Measure, ScaleName } from "./exponents.ts";
import { scaleNames } from "./exponents.ts";

/** A scale's value here and at the base. */
export interface ScaleReading {
  readonly value: number;
  readonly base: number;
}
export type ScaleReadings = Readonly<Partial<Record<ScaleName, ScaleReading>>>;

/** One power in a factor. */
export interface Term extends ScaleReading {
  readonly scale: ScaleName;
  readonly measure: Measure;
  readonly exponent: number;
}

/** Where a factor, or a part of it, comes from. */
export interface FactorSource {
  /** Id of the component, or `abc-symmetry`. */
  readonly component: string;
  readonly source: string;
  readonly evidence: readonly Evidence[];
}

/** A factor on a base value, with all that explains it: constant x product of (measured scale ^ exponent). Without terms where no rule speaks. */
export interface Factor {
  readonly value: number;
  readonly constant: number;
  /** At most one for each scale and measure, none with exponent 0, in the order of `scaleNames`. */
  readonly terms: readonly Term[];
  readonly sources: readonly FactorSource[];
}

/** What no rule speaks about. */
export const unitFactor: Factor = { value: 1, constant: 1, terms: [], sources: [] };

/**
 * `base` to the `exponent`; exact up to one rounding a step for whole and half exponents, which is what rule sets are
 * made of, so that 4^(-1/2) is 1/2 and not its neighbour.
 *
 * @param base positive
 */
export function powerOf(base: number, exponent: number): number {
  const halves = Math.abs(exponent) * 2;
  if (!Number.isInteger(halves) || halves > 8) return pow(base, exponent);
  let power = halves % 2 === 1 ? Math.sqrt(base) : 1;
  for (let step = 0; step < Math.floor(halves / 2); step += 1) power *= base;
  return exponent < 0 ? 1 / power : power;
}

/** What a term raises to its exponent: how much the scale grew, or its size. */
export function measuredValue({ measure, value, base }: Pick<Term, "measure" | "value" | "base">): number {
  return measure === "growth" ? value / base : value;
}

/** The factor of these terms; equal scales are put together first, so that a power and its inverse give exactly 1. */
export function composeFactor(constant: number, terms: readonly Term[], sources: readonly FactorSource[]): Factor {
  const merged = mergeTerms(terms);
  const value = merged.reduce((product, term) => product * powerOf(measuredValue(term), term.exponent), 1) * constant;
  return { value, constant, terms: merged, sources };
}

/** Powers of one measured scale as one, in the order of `scaleNames`. */
function mergeTerms(terms: readonly Term[]): readonly Term[] {
  if (terms.length === 0) return terms;
  return scaleNames.flatMap((scale) => {
    const ofScale = terms.filter((term) => term.scale === scale);
    if (ofScale.length === 0) return [];
    return (["growth", "size"] as const).flatMap((measure): Term[] => {
      const same = ofScale.filter((term) => term.measure === measure);
      const [first] = same;
      const exponent = same.reduce((sum, term) => sum + term.exponent, 0);
      return first === undefined || exponent === 0 ? [] : [{ ...first, exponent }];
    });
  });
}

/** left x right ^ power. */
export function multiplyFactors(left: Factor, right: Factor, power = 1): Factor {
  return composeFactor(
    left.constant * powerOf(right.constant, power),
    [...left.terms, ...right.terms.map((term) => ({ ...term, exponent: term.exponent * power }))],
    power === 0 ? left.sources : [...left.sources, ...right.sources],
  );
}
