import { type Exponent, type Exponents, type Measure, type ScaleName, scaleNames } from "../exponents.ts";
import type { Factor } from "../factor.ts";
import { exponentText, shortNumber } from "../explanation/factor-text.ts";

/** Short names of how much a scale grew since the base; sizes are written by the scale's own name. */
export const growthSymbols: Readonly<Record<ScaleName, string>> = {
  fanIn: "m_in",
  fanOut: "m_out",
  width: "m_width",
  depth: "m_depth",
  headDimension: "m_head",
  batchSizeTokens: "m_batch",
  tokenHorizon: "m_tokens",
  blockCount: "m_blocks",
  blockFanIn: "m_blockIn",
  blockFanOut: "m_blockOut",
};

/** A rule in symbols, before any value is known: `m_in^-1/2`, `fanIn^-1`, `m_out^(1 - eL - eR)`; `1` for one that says constant. */
export function ruleFormula(rule: { readonly exponents: Exponents; readonly constant?: number }, measure: Measure): string {
  const powers = scaleNames.flatMap((scale) => {
    const exponent = exponentFormula(rule.exponents[scale] ?? 0);
    return exponent === "0" ? [] : [powerText(symbol(scale, measure), exponent)];
  });
  return productText(rule.constant ?? 1, powers);
}

/** A factor in the same symbols; exponents that depend on an optimizer are numbers here. */
export function factorFormula({ constant, terms }: Pick<Factor, "constant" | "terms">): string {
  return productText(
    constant,
    terms.map(({ scale, measure, exponent }) => powerText(symbol(scale, measure), exponentText(exponent))),
  );
}

/** `-1/2`, or `1 - eL - eR` where it depends on the exponents of a matrix preconditioner. */
export function exponentFormula(exponent: Exponent): string {
  if (typeof exponent === "number") return exponentText(exponent);
  const parts = [
    { value: exponent.constant, name: "" },
    { value: exponent.exponentLeft ?? 0, name: "eL" },
    { value: exponent.exponentRight ?? 0, name: "eR" },
  ].filter(({ value }) => value !== 0);
  const [first, ...others] = parts;
  if (first === undefined) return "0";
  const text = parts.map(({ value, name }) => ({ sign: value < 0 ? "-" : "+", size: times(Math.abs(value), name) }));
  const start = `${first.value < 0 ? "-" : ""}${text[0]?.size ?? ""}`;
  return [start, ...others.map((_, index) => `${text[index + 1]?.sign ?? ""} ${text[index + 1]?.size ?? ""}`)].join(" ");
}

function times(value: number, name: string): string {
  if (name === "") return exponentText(value);
  if (value === 1) return name;
  const inverse = 1 / value;
  return Number.isInteger(inverse) ? `${name}/${inverse}` : `${exponentText(value)} ${name}`;
}

function symbol(scale: ScaleName, measure: Measure): string {
  return measure === "growth" ? growthSymbols[scale] : scale;
}

function powerText(of: string, exponent: string): string {
  if (exponent === "1") return of;
  return `${of}^${/e[LR]/.test(exponent) ? `(${exponent})` : exponent}`;
}

function productText(constant: number, powers: readonly string[]): string {
  if (constant === 0) return "0";
  const parts = [...(constant === 1 ? [] : [shortNumber(constant)]), ...powers];
  return parts.length === 0 ? "1" : parts.join(" × ");
}
