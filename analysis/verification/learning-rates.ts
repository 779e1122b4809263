import { significant } from "../study/number-words.ts";
import type { ResolvedRun } from "../study/run-key.ts";
import { factorWords, groupFactorCause, namesWords, near } from "./likely-causes.ts";
import { type RateConvention, type RateReading, readRates, type RateSeries } from "./rate-series.ts";
import type { Finding } from "./run-verification.ts";
import { scheduleCause } from "./schedule-causes.ts";

/** Ratios of one step count as one when they are this close, relatively. */
const sameRatio = 1e-3;

/** How a step's rates differ: of all groups alike, in one absolute rate, or in some groups only. */
type Deviation =
  | { readonly kind: "not-finite" | "one-rate-for-all" | "common"; readonly readings: readonly RateReading[] }
  | { readonly kind: "group"; readonly readings: readonly [RateReading]; readonly reference: number };

/**
 * Compares logged learning rates with the resolved ones. What all groups of a step have in common (the schedule, the peak)
 * is told apart from what one of them has alone: ratios between groups depend on no schedule.
 */
export function compareLearningRates(run: ResolvedRun, series: readonly RateSeries[], convention: RateConvention): readonly Finding[] {
  const readings = readRates(run.schedule, series, convention);
  const deviations = stepsOf(readings).flatMap(classifyStep);
  const ofKind = (kind: Deviation["kind"]): readonly RateReading[] =>
    deviations.flatMap((entry) => (entry.kind === kind ? entry.readings : []));
  return [
    ...describe(ofKind("not-finite"), "not-finite", "the rate itself is not a number"),
    ...oneRateFindings(ofKind("one-rate-for-all")),
    ...groupFindings(deviations),
    ...commonFindings(run, readings, ofKind("common"), convention),
  ];
}

function stepsOf(readings: readonly RateReading[]): readonly (readonly RateReading[])[] {
  const steps = new Map<string, RateReading[]>();
  for (const reading of readings) {
    const key = `${reading.attempt} ${reading.step}`;
    const members = steps.get(key);
    if (members === undefined) steps.set(key, [reading]);
    else members.push(reading);
  }
  return [...steps.values()].sort(
    ([left], [right]) => (left?.attempt ?? 0) - (right?.attempt ?? 0) || (left?.step ?? 0) - (right?.step ?? 0),
  );
}

function classifyStep(readings: readonly RateReading[]): readonly Deviation[] {
  if (readings.every(({ matches }) => matches)) return [];
  const broken = readings.filter(({ used }) => !Number.isFinite(used));
  const finite = readings.filter(({ used }) => Number.isFinite(used));
  const deviations: Deviation[] = broken.length > 0 ? [{ kind: "not-finite", readings: broken }] : [];
  const off = finite.filter(({ matches }) => !matches);
  const [first] = finite;
  if (first === undefined || off.length === 0) return deviations;
  const oneRate = finite.every(({ used }) => near(used, first.used, sameRatio)) && first.used !== 0;
  const peaksDiffer = finite.some(({ series }) => !near(series.peak, first.series.peak, sameRatio));
  if (finite.length > 1 && oneRate && peaksDiffer) return [...deviations, { kind: "one-rate-for-all", readings: off }];
  const reference = commonRatio(finite);
  const alike = off.filter(({ ratio }) => isSame(ratio, reference));
  if (alike.length > 0) deviations.push({ kind: "common", readings: alike });
  for (const reading of off) if (!isSame(reading.ratio, reference)) deviations.push({ kind: "group", readings: [reading], reference });
  return deviations;
}

/** What most tensors of a step have in common: 1 when any group is right, else the ratio of the most tensors. */
function commonRatio(readings: readonly RateReading[]): number {
  if (readings.some(({ matches }) => matches)) return 1;
  const shares = readings.map(({ ratio }) =>
    readings.filter((other) => isSame(other.ratio, ratio)).reduce((sum, { series }) => sum + series.tensors.length, 0),
  );
  const largest = Math.max(...shares);
  return readings[shares.indexOf(largest)]?.ratio ?? 1;
}

function isSame(left: number, right: number): boolean {
  return left === right || near(left, right, sameRatio);
}

function oneRateFindings(readings: readonly RateReading[]): readonly Finding[] {
  const [first] = readings;
  if (first === undefined) return [];
  const factors = [...new Set(readings.map(({ series }) => series.factor))];
  const dropped =
    factors.length === 1 && factors[0] !== undefined && factors[0] !== 1 ? ` (the factor ${factorWords(factors[0])} is gone)` : "";
  return describe(
    readings,
    "one-rate-for-all",
    `every group was given one absolute rate${dropped}, as by a scheduler that regrouped the optimizer or sets the rate of all groups itself`,
  );
}

/** One finding for each way in which groups differ from the others; groups that differ in the same way share it. */
function groupFindings(deviations: readonly Deviation[]): readonly Finding[] {
  const bySeries = new Map<string, { readings: RateReading[]; ratios: number[] }>();
  const factors = new Map<string, number>();
  for (const deviation of deviations) {
    if (deviation.kind !== "group") continue;
    const [reading] = deviation.readings;
    const entry = bySeries.get(reading.series.name) ?? { readings: [], ratios: [] };
    entry.readings.push(reading);
    entry.ratios.push(reading.ratio / deviation.reference);
    bySeries.set(reading.series.name, entry);
    factors.set(reading.series.name, reading.series.factor);
  }
  const ways = new Map<string, { kind: Finding["kind"]; cause: string; readings: RateReading[] }>();
  for (const [name, { readings, ratios }] of bySeries) {
    const [ratio = 1] = ratios;
    const [first] = readings;
    if (first === undefined) continue;
    const isConstant = ratios.every((other) => isSame(other, ratio));
    const others = new Map([...factors].filter(([other]) => other !== name));
    const cause = !Number.isFinite(ratio)
      ? "its rate should be zero"
      : isConstant
        ? groupFactorCause(ratio, first.series.factor, others)
        : "its rate follows another schedule than the other groups, as when a scheduler drives one group only";
    const kind = isConstant ? "group-factor" : "group-schedule";
    const key = `${kind} ${cause} ${first.series.peak}`;
    const way = ways.get(key) ?? { kind, cause, readings: [] };
    way.readings.push(...readings);
    ways.set(key, way);
  }
  return [...ways.values()].flatMap(({ kind, cause, readings }) => describe(readings, kind, cause));
}

/** What all groups have in common, by attempt: a resumed one may have lost its place in the schedule. */
function commonFindings(
  run: ResolvedRun,
  all: readonly RateReading[],
  readings: readonly RateReading[],
  convention: RateConvention,
): readonly Finding[] {
  const attempts = [...new Set(readings.map(({ attempt }) => attempt))];
  return attempts.flatMap((attempt) => {
    const off = readings.filter((reading) => reading.attempt === attempt);
    const alike = new Set(off.map(({ series }) => series));
    const whole = all.filter((reading) => reading.attempt === attempt && alike.has(reading.series));
    const { kind, cause } = scheduleCause(run.schedule, whole, off, convention);
    return describe(off, kind, cause);
  });
}

/** A finding about these readings, told by the earliest of them. */
function describe(readings: readonly RateReading[], kind: Finding["kind"], cause: string): readonly Finding[] {
  const ordered = [...readings].sort((left, right) => left.attempt - right.attempt || left.step - right.step);
  const [first] = ordered;
  if (first === undefined) return [];
  const logged = [...new Set(ordered.map(({ series }) => series.name))];
  const tensors = [...new Set(ordered.flatMap(({ series }) => series.tensors))];
  const { step, attempt, expected } = first;
  const used = Number.isFinite(first.used) ? first.used : null;
  const ratio = used === null || expected === 0 ? null : used / expected;
  const where = attempt === 1 ? `step ${step}` : `step ${step} of attempt ${attempt}`;
  return [
    {
      quantity: kind === "peak" || kind === "schedule" || kind === "schedule-restarted" ? "schedule" : "learningRate",
      kind,
      logged,
      tensors,
      attempt,
      step,
      points: ordered.length,
      expected,
      used,
      ratio,
      likelyCause: cause,
      words: `learning rate of ${namesWords(tensors)} at ${where}: ${used === null ? String(first.used) : significant(used)} was used, ${significant(expected)} resolved${ratio === null ? "" : ` (× ${significant(ratio)})`}: ${cause}`,
    },
  ];
}
