/** Three significant digits, as a person would write the number into a config. */
export function significant(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** The same with powers of ten from a million on, and below a thousandth: `4.4e7`. */
export function significantPower(value: number): string {
  const size = Math.abs(value);
  const isPlain = size === 0 || (size < 1e6 && size >= 1e-3);
  return isPlain ? significant(value) : Number(value.toPrecision(3)).toExponential().replace("e+", "e");
}

/** The level of an interval, in (0, 1), as `95 %`. */
export function levelInPercent(level: number): string {
  return `${Number((100 * level).toFixed(1))} %`;
}

/** Two decimals with a minus sign that is one, and none before a zero. */
export function twoDecimals(value: number): string {
  const text = Math.abs(value).toFixed(2);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** The same with a plus before what is above zero. */
export function signedTwoDecimals(value: number): string {
  const text = twoDecimals(value);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** A share with three significant digits: `0.3 %`. */
export function shareInPercent(share: number): string {
  return `${significant(100 * share)} %`;
}
