import { signedTwoDecimals, shareInPercent } from "../study/number-words.ts";
import type {
  CoordinateAxis,
  CoordinateBounds,
  CoordinateModule,
  CoordinateQuantity,
  CoordinateRow,
  CoordinateSlope,
  DivergedRun,
  Movement,
  VerdictReason,
} from "./coordinate-check.ts";
import { assertInvariant } from "../study/ladder-error.ts";
import { findGrowth, holdsZero } from "./growth.ts";
import { slopeSeries } from "./slopes.ts";
import { afterUpdates, doubtWords, plural, quantityWords, slopeWords } from "./verdict-words.ts";

/** What a verdict is read from. */
export interface Evidence {
  readonly axis: CoordinateAxis;
  readonly bounds: CoordinateBounds;
  /** Modules that are judged. */
  readonly modules: readonly CoordinateModule[];
  readonly rows: readonly CoordinateRow[];
  readonly slopes: readonly CoordinateSlope[];
  readonly movements: readonly Movement[];
  readonly diverged: readonly DivergedRun[];
  /** Why the set-up cannot be judged, in clauses. */
  readonly reservations: readonly string[];
}

/**
 * Every reason against a pass, worst step of each module and quantity, those that decide first:
 *
 * 1. *fail*: a run diverged or a value is not finite;
 * 2. *undecided*: the caller's reservations, whatever the slopes are, since such a set-up bends right ones too;
 * 3. *fail*: |slope| of an input or hidden module's mean |x|, or slope of a readout's, above `sizeSlope`; |slope| of a
 *    module's RMS change at `changeSlopeFails` or above. Every step counts, also the one before any update. A slope whose
 *    interval holds 0 is told from none by nothing, and is *undecided*: among many modules and steps some right one strays so far;
 * 4. *undecided*: a hidden module that moved by less than `smallestMovement`; a change slope at `changeSlopeUndecided` or
 *    above; a slope that grows with the steps and is heading over its bound; values of which only some are 0.
 *
 * A readout that falls is no fault: it may vanish at the start, and is then carried by what is learnt. Its change may fall as well,
 * by up to width^-1/2, as long as the random start has a share in it: *undecided*, since a missing factor can look the same.
 * Source of the rule on mean |x|: signatures of right and broken set-ups trained with microsoft/mup (docs/coordinate-check.md).
 */
export function findReasons(evidence: Evidence): readonly VerdictReason[] {
  const perModule = evidence.modules.flatMap((module) => [
    ...sizeReasons(module, evidence),
    ...changeReasons(module, evidence),
    ...movementReasons(module, evidence),
  ]);
  const weight = ({ slope, bound }: VerdictReason): number => Math.abs(slope ?? 0) / (bound ?? 1);
  const bySteepness = (left: VerdictReason, right: VerdictReason): number => weight(right) - weight(left);
  return [
    ...brokenRuns(evidence),
    ...evidence.reservations.map((words) => reason("undecided", "reservation", { words })),
    ...perModule.filter(({ verdict }) => verdict === "fail").sort(bySteepness),
    ...perModule.filter(({ verdict }) => verdict === "undecided"),
  ];
}

function brokenRuns({ axis, rows, diverged }: Evidence): readonly VerdictReason[] {
  const runs = [...diverged].sort((left, right) => left.step - right.step);
  const [first] = runs;
  if (first !== undefined) {
    const more = runs.length > 1 ? `, the first of ${runs.length} runs` : "";
    const words = `the run at ${axis} ${first.axisValue}, seed ${first.seed} diverged at step ${first.step}${more}`;
    return [reason("fail", "diverged", { step: first.step, words })];
  }
  const broken = rows.filter(({ value }) => value === null).sort((left, right) => left.step - right.step)[0];
  if (broken === undefined) return [];
  const { module, step, axisValue, seed, quantity } = broken;
  const words = `${module}: ${quantityWords(quantity)} is no finite number ${afterUpdates(step)} at ${axis} ${axisValue}, seed ${seed}`;
  return [reason("fail", "not-finite", { module, step, words })];
}

function sizeReasons(module: CoordinateModule, { axis, bounds, slopes }: Evidence): readonly VerdictReason[] {
  const series = slopeSeries(slopes, module.name, sizeQuantity(slopes, module.name));
  const isOutput = module.kind === "output";
  const excess = isOutput ? (slope: number) => slope : Math.abs;
  const bound = bounds.sizeSlope;
  const beyond = series.filter(({ slope }) => slope !== null && excess(slope) > bound);
  if (beyond.length > 0)
    return [beyondReason(beyond, "size-slope", excess, bound, axis, `, beyond ${isOutput ? "+" : "±"}${bound.toFixed(2)}`)];
  return [...growthReasons(series, excess, bound, axis), ...someZeroReasons(series, module, axis)];
}

function changeReasons(module: CoordinateModule, evidence: Evidence): readonly VerdictReason[] {
  const { axis, bounds, slopes } = evidence;
  const series = slopeSeries(slopes, module.name, "changeRms");
  const [fails, undecided] = [bounds.changeSlopeFails, bounds.changeSlopeUndecided];
  const beyond = series.filter(({ slope }) => slope !== null && Math.abs(slope) >= fails);
  const worstBeyond = steepest(beyond, Math.abs);
  if (worstBeyond !== null && fadesWithStart(module, beyond, evidence))
    return [slopeReason("undecided", "readout-start", worstBeyond, fails, axis, readoutStartWords)];
  if (beyond.length > 0) return [beyondReason(beyond, "change-slope", Math.abs, fails, axis, `, at or beyond ±${fails.toFixed(2)}`)];
  const worst = steepest(series, Math.abs);
  if (worst?.slope != null && Math.abs(worst.slope) >= undecided)
    return [slopeReason("undecided", "change-slope", worst, undecided, axis, `, between ${undecided.toFixed(2)} and ${fails.toFixed(2)}`)];
  return [...growthReasons(series, Math.abs, fails, axis), ...someZeroReasons(series, module, axis)];
}

/** The share of a readout's change that its random start gives falls like width^-1/2. */
const startFadesLike = -0.5;
const readoutStartWords =
  ", which may be no fault: a readout that starts at random adds a part that falls like width^-0.5; check with zeroReadoutInit: true or at larger widths";

/** True of changes of a readout that fall no faster than its own random start does over width. */
function fadesWithStart({ name, kind }: CoordinateModule, changes: readonly CoordinateSlope[], { axis, slopes }: Evidence): boolean {
  if (kind !== "output" || axis !== "width") return false;
  const start = slopeSeries(slopes, name, sizeQuantity(slopes, name)).find(({ step }) => step === 0)?.slope ?? 0;
  return start <= startFadesLike / 2 && changes.every(({ slope }) => slope !== null && slope < 0 && slope >= startFadesLike);
}

/** The steepest of the slopes that are told from 0; without any the steepest of all, which decides nothing. */
function beyondReason(
  beyond: readonly CoordinateSlope[],
  kind: "size-slope" | "change-slope",
  excess: (slope: number) => number,
  bound: number,
  axis: CoordinateAxis,
  tail: string,
): VerdictReason {
  const told = steepest(
    beyond.filter((slope) => !holdsZero(slope)),
    excess,
  );
  if (told !== null) return slopeReason("fail", kind, told, bound, axis, tail);
  const [first] = beyond;
  assertInvariant(first !== undefined, "no slope is beyond the bound");
  return slopeReason("undecided", "uncertain-slope", steepest(beyond, excess) ?? first, bound, axis, tail);
}

function movementReasons({ name, kind }: CoordinateModule, { bounds, movements }: Evidence): readonly VerdictReason[] {
  if (kind !== "hidden") return [];
  const movement = movements.find(({ module }) => module === name);
  if (movement?.relativeChange == null || movement.relativeChange >= bounds.smallestMovement) return [];
  const { step, relativeChange } = movement;
  const words = `${name} moved by ${shareInPercent(relativeChange)} of its size in ${plural(step, "update")}, less than ${shareInPercent(bounds.smallestMovement)}: so little shows no fault; use a larger learning rate or more steps`;
  return [reason("undecided", "small-movement", { module: name, step, bound: bounds.smallestMovement, words })];
}

function growthReasons(
  series: readonly CoordinateSlope[],
  excess: (slope: number) => number,
  bound: number,
  axis: CoordinateAxis,
): readonly VerdictReason[] {
  const growth = findGrowth(series, excess, bound);
  const newest = growth?.slopes.at(-1);
  if (growth === null || newest === undefined) return [];
  const path = growth.slopes.map(({ slope }) => signedTwoDecimals(slope ?? 0)).join(", ");
  const steps = growth.slopes.map(({ step }) => step).join(", ");
  const tail = `; it grows with the step (${path} after ${steps}) and is heading over ${bound.toFixed(2)} by step ${growth.crossesAtStep}: check that many steps`;
  return [slopeReason("undecided", "growing-slope", newest, bound, axis, tail)];
}

function someZeroReasons(series: readonly CoordinateSlope[], module: CoordinateModule, axis: CoordinateAxis): readonly VerdictReason[] {
  const mixed = series.find(({ missing, step }) => missing === "some-zero" && !(module.kind === "output" && step === 0));
  if (mixed === undefined) return [];
  const words = `${module.name}: ${quantityWords(mixed.quantity)} is 0 at some places over ${axis} and not at others ${afterUpdates(mixed.step)}`;
  return [reason("undecided", "some-zero", { module: module.name, step: mixed.step, words })];
}

/** Mean |x| where it was written, else the RMS. */
export function sizeQuantity(slopes: readonly CoordinateSlope[], module: string): CoordinateQuantity {
  return slopes.some((slope) => slope.module === module && slope.quantity === "l1") ? "l1" : "rms";
}

/** The slope that reaches farthest in the direction that fails; null where no step has one. */
export function steepest(series: readonly CoordinateSlope[], excess: (slope: number) => number): CoordinateSlope | null {
  return series.reduce<CoordinateSlope | null>((worst, candidate) => {
    if (candidate.slope === null) return worst;
    // Of equal ones the earliest: rounding decides nothing.
    return worst?.slope == null || excess(candidate.slope) > excess(worst.slope) + 1e-9 ? candidate : worst;
  }, null);
}

function slopeReason(
  verdict: VerdictReason["verdict"],
  kind: VerdictReason["kind"],
  slope: CoordinateSlope,
  bound: number,
  axis: CoordinateAxis,
  tail: string,
): VerdictReason {
  const { module, step, interval } = slope;
  const words = `${slopeWords(slope, axis)}${tail}${doubtWords(slope)}`;
  return reason(verdict, kind, { module, step, slope: slope.slope, interval, bound, words });
}

function reason(
  verdict: VerdictReason["verdict"],
  kind: VerdictReason["kind"],
  rest: Partial<VerdictReason> & Pick<VerdictReason, "words">,
): VerdictReason {
  return { verdict, kind, module: null, step: null, slope: null, interval: null, bound: null, ...rest };
}
