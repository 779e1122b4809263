import { signedTwoDecimals } from "../study/number-words.ts";
import { LadderError } from "../study/ladder-error.ts";
import {
  type CoordinateAxis,
  type CoordinateBounds,
  type CoordinateCheck,
  coordinateCheckVersion,
  type CoordinateModule,
  type CoordinateRow,
  type CoordinateSlope,
  type CoordinateVerdict,
  type DivergedRun,
  type VerdictReason,
} from "./coordinate-check.ts";
import { measureMovements } from "./movement.ts";
import { measureSlopes } from "./slopes.ts";
import { findReasons, steepest } from "./verdict.ts";
import { describeCheck, plural } from "./verdict-words.ts";

/**
 * The limits that a check has unless it is asked otherwise: right set-ups trained with microsoft/mup stay within .05 of
 * slope 0 of the mean |x| and each broken one has a module above .4; right rules of seven optimizers stay within .10 of slope
 * 0 of the change, and wrong ones reach .15 (docs/bench-coordinates.md).
 */
export const defaultCoordinateBounds: CoordinateBounds = {
  sizeSlope: 0.2,
  changeSlopeFails: 0.15,
  changeSlopeUndecided: 0.1,
  smallestMovement: 0.05,
};

/** A value as read from a trainer; may be NaN or infinite. */
export type MeasuredCoordinate = Omit<CoordinateRow, "value"> & { readonly value: number };

export interface CoordinateCheckInput {
  readonly axis: CoordinateAxis;
  /** In any order. */
  readonly rows: readonly MeasuredCoordinate[];
  /** What each module is; one that is not named is `hidden` and outside of all blocks. */
  readonly modules: readonly CoordinateModule[];
  readonly diverged?: readonly DivergedRun[];
  /** Why the set-up cannot be judged by slopes, in clauses; makes the verdict `undecided`. */
  readonly reservations?: readonly string[];
  /** What the rule set says of a fail that is expected. */
  readonly hints?: readonly string[];
  readonly bounds?: CoordinateBounds;
  /** Of every interval; 0.95 when left out. */
  readonly level?: number;
}

/**
 * Reads a coordinate check: do sizes and changes of a network's activations depend on its width or depth? See
 * `findReasons` for the verdict and `measureSlopes` for slopes and intervals.
 *
 * Over depth, modules inside residual blocks are not judged: their own change follows the depth rule. What is judged are
 * the input, the residual stream and the output.
 *
 * @throws LadderError `input` COORDINATES_TOO_FEW for fewer than two values on the axis or fewer than two steps;
 *   COORDINATES_NOT_COMPARABLE when no module that can be judged is there at every value
 */
export function checkCoordinates(input: CoordinateCheckInput): CoordinateCheck {
  const { axis, reservations = [], hints = [], bounds = defaultCoordinateBounds, level = 0.95 } = input;
  const diverged = [...(input.diverged ?? [])].sort(
    (left, right) => left.axisValue - right.axisValue || left.seed - right.seed || left.step - right.step,
  );
  const rows = input.rows.map((row): CoordinateRow => ({ ...row, value: Number.isFinite(row.value) ? row.value : null })).sort(inOrder);
  const axisValues = ascending([...rows, ...diverged].map(({ axisValue }) => axisValue));
  const steps = ascending(rows.map(({ step }) => step));
  const seeds = ascending([...rows, ...diverged].map(({ seed }) => seed));
  if (axisValues.length < 2 || (steps.length < 2 && diverged.length === 0)) throw tooFew(axis, axisValues, steps);

  const modules = distinct(rows.map(({ module }) => module)).map(
    (name): CoordinateModule => input.modules.find((module) => module.name === name) ?? { name, kind: "hidden", insideBlock: false },
  );
  const judged = modules.filter((module) => isJudgedOver(module, axis) && isEverywhere(module, rows, diverged));
  if (judged.length === 0 && diverged.length === 0) throw notComparable(axis, modules);
  const slopes = measureSlopes(rows, level);
  const movements = rows.length === 0 ? [] : measureMovements(rows);
  const reasons = findReasons({ axis, bounds, modules: judged, rows, slopes, movements, diverged, reservations });
  const verdict = reasons[0]?.verdict ?? "pass";
  const judgedNames = new Set(judged.map(({ name }) => name));
  const changes = slopes.filter(({ module, quantity }) => quantity === "changeRms" && judgedNames.has(module));
  return {
    version: coordinateCheckVersion,
    axis,
    axisValues,
    seeds,
    steps,
    level,
    bounds,
    modules,
    verdict,
    reasons: [...reasons],
    notes: findNotes({ axis, bounds, modules, judged, slopes, verdict, reasons }),
    hints: verdict === "fail" ? [...hints] : [],
    slopes: [...slopes],
    movements: [...movements],
    diverged,
    rows,
    words: describeCheck({
      verdict,
      axis,
      axisValues,
      steps,
      seeds,
      reasons,
      judged: judged.length,
      largest: steepest(changes, Math.abs),
    }),
  };
}

/** Whether a module's slopes over this axis can be a fault: over depth, inside residual blocks, they follow the rule. */
export function isJudgedOver({ insideBlock }: CoordinateModule, axis: CoordinateAxis): boolean {
  return axis === "width" || !insideBlock;
}

/** Whether a module was written at every place that did not diverge: only then is there one slope over the whole axis. */
function isEverywhere({ name }: CoordinateModule, rows: readonly CoordinateRow[], diverged: readonly DivergedRun[]): boolean {
  const place = ({ axisValue, seed }: Pick<CoordinateRow, "axisValue" | "seed">): string => `${axisValue} ${seed}`;
  const own = new Set(rows.filter(({ module }) => module === name).map(place));
  const gone = new Set(diverged.map(place));
  return rows.every((row) => own.has(place(row)) || gone.has(place(row)));
}

interface NoteSources {
  readonly axis: CoordinateAxis;
  readonly bounds: CoordinateBounds;
  readonly modules: readonly CoordinateModule[];
  readonly judged: readonly CoordinateModule[];
  readonly slopes: readonly CoordinateSlope[];
  readonly verdict: CoordinateVerdict;
  readonly reasons: readonly VerdictReason[];
}

function findNotes({ axis, bounds, modules, judged, slopes, verdict, reasons }: NoteSources): string[] {
  const notes: string[] = [];
  for (const { name } of judged.filter(({ kind }) => kind === "output")) {
    const start = slopes.find(({ module, step, quantity }) => module === name && step === 0 && quantity !== "changeRms");
    if (start?.slope != null && start.slope < -bounds.sizeSlope)
      notes.push(`${name} starts with slope ${signedTwoDecimals(start.slope)}: a readout may vanish at the start, so this is no fault`);
  }
  const unmeasured = judged.filter(({ name }) => !slopes.some(({ module, quantity }) => module === name && quantity === "changeRms"));
  if (unmeasured.length > 0 && judged.length > 0)
    notes.push(
      `the trainer wrote no changeRms for ${unmeasured.length === judged.length ? "any module" : unmeasured.map(({ name }) => name).join(", ")}: only sizes are judged there`,
    );
  const hidden = modules.filter((module) => !isJudgedOver(module, axis));
  if (hidden.length > 0)
    notes.push(
      `${plural(hidden.length, "module")} inside residual blocks ${hidden.length === 1 ? "is" : "are"} not judged over ${axis}: their own change follows the ${axis} rule`,
    );
  const partial = modules.filter((module) => isJudgedOver(module, axis) && !judged.includes(module));
  if (partial.length > 0)
    notes.push(`not judged, because not there at every ${axis} and seed: ${partial.map(({ name }) => name).join(", ")}`);
  const masked = reasons.filter((reason) => reason.verdict !== verdict && reason.verdict === "fail");
  if (verdict === "undecided" && masked[0] !== undefined) notes.push(`slopes alone would say fail: ${masked[0].words}`);
  return notes;
}

function inOrder(left: CoordinateRow, right: CoordinateRow): number {
  return (
    left.axisValue - right.axisValue ||
    left.seed - right.seed ||
    left.step - right.step ||
    compareText(left.module, right.module) ||
    compareText(left.quantity, right.quantity)
  );
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function distinct<Value>(values: readonly Value[]): Value[] {
  return [...new Set(values)];
}

function ascending(values: readonly number[]): number[] {
  return distinct(values).sort((left, right) => left - right);
}

function tooFew(axis: CoordinateAxis, axisValues: readonly number[], steps: readonly number[]): LadderError {
  return new LadderError(
    "input",
    "COORDINATES_TOO_FEW",
    `a slope needs two ${axis}s and two steps, and there are values at ${axis} ${axisValues.join(", ") || "none"} and step ${steps.join(", ") || "none"}`,
    { fields: { axis, axisValues, steps }, hint: `give more ${axis}s, or let the trainer write coordinates at step 0 and later` },
  );
}

function notComparable(axis: CoordinateAxis, modules: readonly CoordinateModule[]): LadderError {
  return new LadderError(
    "input",
    "COORDINATES_NOT_COMPARABLE",
    `no module can be compared over ${axis}: none is written at every ${axis} outside of residual blocks`,
    {
      fields: { axis, modules: modules.map(({ name }) => name) },
      hint: "let the trainer write the residual stream and the logits under one name at every scale",
    },
  );
}
