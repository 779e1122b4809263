import { significant } from "../study/number-words.ts";
import type { ResolvedRun } from "../study/run-key.ts";
import type { TensorRow } from "../study/trainer-contract.ts";
import { baseLearningRate, initialDeviationCause, namesWords } from "./likely-causes.ts";
import type { Finding, LoggedPoint } from "./run-verification.ts";

const prefix = "parameterRms/";

/** Standard errors and relative allowance within which a measured initial RMS counts as the resolved one. */
export const initialStandardErrors = 5;
const initialAllowance = 1e-3;
/** Of a value that is not drawn: a float32 holds 6e-8. */
const exactTolerance = 1e-6;
/** A tolerance above this shows gross errors only. */
const smallTensorTolerance = 0.2;

/** What a trainer logged as the root mean square of a tensor's entries, in the order of attempts and steps. */
export interface SizeSeries {
  readonly row: TensorRow;
  readonly points: readonly LoggedPoint[];
}

/** Series of the tensors of the run, and the names that are none. */
export function sizeSeries(
  tensors: readonly TensorRow[],
  points: readonly LoggedPoint[],
): { readonly series: readonly SizeSeries[]; readonly unknown: readonly string[] } {
  const byName = new Map<string, LoggedPoint[]>();
  for (const point of points)
    if (point.name.startsWith(prefix)) {
      const members = byName.get(point.name);
      if (members === undefined) byName.set(point.name, [point]);
      else members.push(point);
    }
  const rows = new Map(tensors.map((row) => [prefix + row.name, row]));
  const series: SizeSeries[] = [];
  const unknown: string[] = [];
  for (const [name, members] of byName) {
    const row = rows.get(name);
    if (row === undefined) unknown.push(name);
    else series.push({ row, points: [...members].sort((left, right) => left.attempt - right.attempt || left.step - right.step) });
  }
  return { series, unknown };
}

/** Number of entries of a tensor. */
export function entriesOf(row: Pick<TensorRow, "shape">): number {
  return row.shape.reduce((product, size) => product * size, 1);
}

/**
 * RMS of n entries of N(mean, std²), and how far a measured one may be from it, relatively: five standard errors and 1e-3.
 * The square of the RMS has variance (4 mean² std² + 2 std⁴) / n, so the relative standard error of the RMS is 1/√(2n)
 * where the mean is 0.
 */
export function expectedInitialRms(row: TensorRow): { readonly rms: number; readonly tolerance: number } {
  const [mean, deviation] = [row.initMean * row.initMean, row.initStd * row.initStd];
  const square = mean + deviation;
  if (deviation === 0) return { rms: Math.sqrt(square), tolerance: exactTolerance };
  const standardError = Math.sqrt((4 * mean * deviation + 2 * deviation * deviation) / entriesOf(row)) / (2 * square);
  return { rms: Math.sqrt(square), tolerance: initialStandardErrors * standardError + initialAllowance };
}

/** True when so few entries are drawn that only a deviation of more than 20 % would show. */
export function isSmall(row: TensorRow): boolean {
  return expectedInitialRms(row).tolerance > smallTensorTolerance;
}

interface InitialMiss {
  readonly row: TensorRow;
  readonly point: LoggedPoint;
  readonly expected: number;
  readonly tolerance: number;
  readonly cause: string;
}

/** Compares RMS at step 0 with initStd and initMean. Tensors that miss in the same way share a finding. */
export function compareInitialSizes(run: ResolvedRun, series: readonly SizeSeries[]): readonly Finding[] {
  const base = baseLearningRate(run);
  const multipliers = [
    ...new Set(run.tensors.flatMap(({ learningRate }) => (learningRate > 0 && base > learningRate ? [base / learningRate] : []))),
  ];
  const initial = series.flatMap((member) =>
    initialPoints(member).map((point) => ({ row: member.row, point, ...expectedInitialRms(member.row) })),
  );
  const misses = initial.flatMap(({ row, point, rms: expected, tolerance }): InitialMiss[] => {
    const used = point.value;
    if (Math.abs(used - expected) <= tolerance * expected) return [];
    const cause = Number.isFinite(used)
      ? initialDeviationCause(row, { used, expected, tolerance }, multipliers, run.scale.depth)
      : "its entries are not all numbers";
    return [{ row, point, expected, tolerance, cause }];
  });
  const drawn = initial.filter(({ row }) => row.initStd > 0);
  const shared = sharedFactor(misses, drawn.length);
  const ways = new Map<string, InitialMiss[]>();
  for (const miss of misses) {
    const key = shared === undefined ? `${miss.cause} ${significant(miss.expected)}` : "";
    const members = ways.get(key);
    if (members === undefined) ways.set(key, [miss]);
    else members.push(miss);
  }
  return [...ways.values()].map((members) => describeInitial(members, shared));
}

/** The factor by which every tensor that is drawn is off, if it is one and the same. */
function sharedFactor(misses: readonly InitialMiss[], drawn: number): string | undefined {
  const [first] = misses;
  if (first === undefined || misses.length < 2 || misses.length !== drawn) return undefined;
  const tightest = misses.reduce((best, miss) => (miss.tolerance < best.tolerance ? miss : best));
  const ratio = tightest.point.value / tightest.expected;
  const isShared = misses.every(({ point, expected, tolerance }) => Math.abs(point.value / expected / ratio - 1) <= 2 * tolerance);
  return isShared && ratio > 0 ? `every tensor that is drawn is off by the same factor ${significant(ratio)}` : undefined;
}

function describeInitial(members: readonly InitialMiss[], shared: string | undefined): Finding {
  const [first] = members;
  const { point, expected = 0, tolerance = 0, cause = "", row } = first ?? {};
  const value = point?.value ?? 0;
  const used = Number.isFinite(value) ? value : null;
  const tensors = members.map((miss) => miss.row.name);
  const likelyCause = shared ?? cause;
  const sampling = row !== undefined && row.initStd > 0 ? ` ± ${significant(100 * tolerance)} %` : "";
  return {
    quantity: "initialRms",
    kind: "initial-deviation",
    logged: tensors.map((name) => prefix + name),
    tensors,
    attempt: point?.attempt ?? 1,
    step: point?.step ?? 0,
    points: members.length,
    expected,
    used,
    ratio: used === null || expected === 0 ? null : used / expected,
    likelyCause,
    words: `RMS of ${namesWords(tensors)} at step 0: ${used === null ? String(value) : significant(used)}, ${significant(expected)}${sampling} resolved: ${likelyCause}`,
  };
}

/** What was logged before the first update. */
export function initialPoints({ points }: SizeSeries): readonly LoggedPoint[] {
  return points.filter(({ step }) => step === 0).slice(-1);
}
