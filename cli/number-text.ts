import { type ScaleAxis, scaleAxes } from "../analysis/study/word-lists.ts";

/** A time span in words of at most two units: `45s`, `3m 20s`, `2h 05m`, `3d 4h`. */
export function durationText(seconds: number): string {
  if (!Number.isFinite(seconds)) return "unknown";
  if (seconds < 10) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${twoDigits(whole % 60)}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h ${twoDigits(Math.floor((whole % 3600) / 60))}m`;
  return `${Math.floor(whole / 86_400)}d ${Math.floor((whole % 86_400) / 3600)}h`;
}

/** The largest whole unit of a time span, for ages: `12s`, `5m`, `3h`, `2d`. */
export function ageText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h`;
  return `${Math.floor(whole / 86_400)}d`;
}

/** Floating-point operations with three digits: `3.21e+13 FLOPs` is `3.21e13 FLOPs`. */
export function flopsText(flops: number): string {
  return `${flops.toExponential(2).replace("e+", "e")} FLOPs`;
}

/** A loss in nats per token with four decimals, `–` where there is none. */
export function lossText(loss: number | null): string {
  return loss === null ? "–" : loss.toFixed(4);
}

/** Five digits, powers of ten as people type them: `4.84e7`. */
export function measureText(value: number): string {
  const short = Number(value.toPrecision(5));
  return Math.abs(short) >= 1e6 || (short !== 0 && Math.abs(short) < 1e-3) ? short.toExponential().replace("e+", "e") : String(short);
}

/** Three digits, all shown, so that numbers of a column stand under each other: `2140`, `1.80`, `7.32e10`. */
export function threeDigitsText(value: number): string {
  const size = Math.abs(value);
  if (size >= 999_500 || (size !== 0 && size < 1e-3)) return value.toExponential(2).replace("e+", "e");
  return size >= 999.5 ? String(Number(value.toPrecision(3))) : value.toPrecision(3);
}

/** A hyperparameter's value: powers of two (in quarter octaves) as such, all else with four digits. */
export function valueText(value: number): string {
  if (value > 0 && value !== 1) {
    const quarters = Math.log2(value) * 4;
    if (Math.abs(quarters - Math.round(quarters)) < 1e-9) return `2^${Math.round(quarters) / 4}`;
  }
  return String(Number(value.toPrecision(4)));
}

/** `learningRate=2^-7 weightDecay=0.1`. */
export function hyperparametersText(hyperparameters: Readonly<Record<string, number>>): string {
  return Object.entries(hyperparameters)
    .map(([name, value]) => `${name}=${valueText(value)}`)
    .join(" ");
}

/** `1 run`, `2 runs`. */
export function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The scale axes in which the given scales differ, in the vocabulary's order; `width` when they are all the same. */
export function varyingAxes(scales: readonly Readonly<Record<ScaleAxis, number>>[]): readonly ScaleAxis[] {
  const varying = scaleAxes.filter((axis) => new Set(scales.map((scale) => scale[axis])).size > 1);
  return varying.length === 0 ? ["width"] : varying;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
