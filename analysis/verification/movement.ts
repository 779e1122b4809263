import { scheduleFactor } from "../numerics/schedule-factor.ts";
import { significant } from "../study/number-words.ts";
import type { ResolvedRun } from "../study/run-key.ts";
import { namesWords } from "./likely-causes.ts";
import type { Finding, FindingKind } from "./run-verification.ts";
import type { SizeSeries } from "./tensor-sizes.ts";

/** Learning rates must add up to this share of a tensor's RMS before an unchanged one is called frozen: below it, rounding may hide a change. */
const leastShare = 1e-3;
/** Updates before stillness means anything: behind matrices that start at zero a gradient arrives only after a few. */
const leastUpdates = 5;
/** Digits that a logged RMS needs before "unchanged" means anything. */
const leastDigits = 6;

interface Stillness {
  readonly series: SizeSeries;
  readonly kind: FindingKind;
  readonly attempt: number;
  readonly step: number;
  readonly used: number;
  readonly words: string;
}

/**
 * What a tensor's RMS does along the run: it must not stay the same to the last digit while its learning rate is above 0,
 * must not change while that is 0, and must stay a number as long as the loss does.
 *
 * @param diverged a run that diverged may have tensors that are no numbers: that is its result
 */
export function compareMovement(
  run: ResolvedRun,
  series: readonly SizeSeries[],
  diverged: boolean,
): { readonly findings: readonly Finding[]; readonly tensors: number } {
  const watched = series.filter(({ points }) => points.length >= 2);
  const digits = watched.reduce(
    (most, { points }) => points.reduce((longest, { value }) => Math.max(longest, significantDigits(value)), most),
    0,
  );
  const judged = watched.map((member) => judge(run, member, digits, diverged));
  const seen = judged.flatMap((entry) => (entry === undefined ? [] : [entry]));
  const kinds = [...new Set(seen.map(({ kind, words }) => `${kind} ${words}`))];
  return {
    findings: kinds.map((key) => describe(seen.filter(({ kind, words }) => `${kind} ${words}` === key))),
    tensors: watched.length,
  };
}

function judge(run: ResolvedRun, series: SizeSeries, digits: number, diverged: boolean): Stillness | undefined {
  const { row, points } = series;
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const found = (kind: FindingKind, point: typeof first, words: string): Stillness => {
    return { series, kind, attempt: point.attempt, step: point.step, used: point.value, words };
  };
  const broken = points.find(({ value }) => !Number.isFinite(value));
  if (broken !== undefined)
    return diverged || broken.step === 0 ? undefined : found("not-finite", broken, "its entries are no numbers although the loss is one");
  const moved = points.find(({ value }) => value !== first.value);
  if (row.learningRate === 0)
    return moved === undefined ? undefined : found("moved-without-rate", moved, "it changes although its learning rate is 0");
  if (moved !== undefined || digits < leastDigits || last.step - first.step < leastUpdates) return undefined;
  const travelled = row.learningRate * summedFactors(run, first.step, last.step);
  if (travelled <= leastShare * first.value || travelled === 0) return undefined;
  return found(
    "frozen",
    last,
    "it never changes although its learning rate is above 0: is it in the optimizer, and does a gradient reach it?",
  );
}

/** Sum of the schedule's factors over the updates after step `from` up to step `to`; far runs are cut off where the answer is clear. */
function summedFactors(run: ResolvedRun, from: number, to: number): number {
  let sum = 0;
  for (let step = from; step < Math.min(to, from + 100_000); step += 1) sum += scheduleFactor(run.schedule, step);
  return sum;
}

/** Significant decimal digits with which a number was written. */
function significantDigits(value: number): number {
  return String(Math.abs(value))
    .replace(/e.*$/, "")
    .replace(".", "")
    .replace(/^0+|0+$/g, "").length;
}

function describe(members: readonly Stillness[]): Finding {
  const [first] = members;
  const tensors = members.map(({ series }) => series.row.name);
  const value = first?.used ?? 0;
  const used = Number.isFinite(value) ? value : null;
  const points = members.reduce((sum, { series }) => sum + series.points.length, 0);
  const place = first === undefined ? "" : ` at step ${first.step}`;
  return {
    quantity: "movement",
    kind: first?.kind ?? "frozen",
    logged: tensors.map((name) => `parameterRms/${name}`),
    tensors,
    attempt: first?.attempt ?? 1,
    step: first?.step ?? 0,
    points: Math.max(1, points),
    expected: null,
    used,
    ratio: null,
    likelyCause: first?.words ?? "",
    words: `RMS of ${namesWords(tensors)}${place}: ${used === null ? String(value) : significant(used)}: ${first?.words ?? ""}`,
  };
}
