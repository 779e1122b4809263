import type { Factor, Term } from "../factor.ts";

/**
 * A number for people: six digits, without the noise of the last bits.
 *
 * @returns for example `0.000625`, `1e-8`
 */
export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** An exponent as rules write it: `-1/2`, `2`, `0.7`. */
export function exponentText(exponent: number): string {
  for (const denominator of [1, 2, 3, 4, 6, 8]) {
    const numerator = exponent * denominator;
    if (Math.abs(numerator - Math.round(numerator)) < 1e-12)
      return denominator === 1 ? String(Math.round(numerator)) : `${Math.round(numerator)}/${denominator}`;
  }
  return shortNumber(exponent);
}

/** The rule alone: `(fanIn/base)^-1`, `fanIn^(-1/2)`; `1` where no rule speaks. */
export function formulaText({ constant, terms }: Pick<Factor, "constant" | "terms">): string {
  return joinFactors(
    constant,
    terms.map((term) => power(term.measure === "growth" ? `(${term.scale}/base)` : term.scale, term)),
  );
}

/** The rule with its scales' values: `(fanIn 4096/256)^-1`, `(fanIn 4096)^(-1/2)`. */
export function substitutedText({ constant, terms }: Pick<Factor, "constant" | "terms">): string {
  return joinFactors(
    constant,
    terms.map((term) => power(`(${term.scale} ${term.measure === "growth" ? `${term.value}/${term.base}` : term.value})`, term)),
  );
}

function joinFactors(constant: number, powers: readonly string[]): string {
  const parts = [...(constant === 1 ? [] : [shortNumber(constant)]), ...powers];
  return parts.length === 0 ? "1" : parts.join(" × ");
}

function power(of: string, { exponent }: Term): string {
  if (exponent === 1) return of;
  const text = exponentText(exponent);
  return `${of}^${text.includes("/") ? `(${text})` : text}`;
}
