/** Three significant digits, as a person would write the number into a config. */
export function significant(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** The level of an interval, in (0, 1), as `95 %`. */
export function levelInPercent(level: number): string {
  return `${Number((100 * level).toFixed(1))} %`;
}
