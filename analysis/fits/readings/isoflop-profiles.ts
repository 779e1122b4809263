import { akimaSlopes } from "../../numerics/akima.ts";
import { exp, log } from "../../numerics/elementary.ts";
import { interpolate } from "../../numerics/monotone-cubic.ts";
import { studentTFactor } from "../../numerics/student-t.ts";
import { modelSize, trainingTokens } from "../../laws/variables.ts";
import { basinLossAt, fitBasin } from "../basin-fit.ts";
import type { FitRows } from "../contract.ts";
import { type ComputeBudget, computeBudgets } from "../isoflop/budgets.ts";
import type { FittedBudget } from "../isoflop/budget-optimum.ts";
import type { IsoflopAnalysis, IsoflopReading } from "../isoflop/isoflop.ts";
import { wholeBudget } from "../isoflop/parabola-budget.ts";
import { evenPlaces } from "./curve-places.ts";
import { type Quantity, quantityOf, type Range } from "./fitted-rows.ts";

export interface ProfilePlace {
  /** Parameters or tokens. */
  readonly at: number;
  /** Nats per token. */
  readonly loss: number;
}

/** Where the loss of a budget is lowest; `edge`: of its smallest or largest run, so that nothing brackets it; `none`: no minimum is read. */
export type ProfileMinimum =
  | (ProfilePlace & { readonly kind: "inside"; readonly interval: Range })
  | (ProfilePlace & { readonly kind: "edge" | "none"; readonly words: string });

/** Loss over model size, or tokens, at one compute budget. */
export interface IsoflopProfile {
  /** FLOPs. */
  readonly compute: number;
  /** By rising size or tokens. */
  readonly runs: readonly ProfilePlace[];
  /** The curve whose minimum is read; empty where none goes through the runs. */
  readonly curve: readonly ProfilePlace[];
  readonly minimum: ProfileMinimum;
}

/** An IsoFLOP analysis as curves. Plain JSON. */
export interface IsoflopProfiles {
  readonly reading: IsoflopReading;
  readonly along: Quantity;
  readonly level: number;
  /** Of the optimum over compute. */
  readonly exponent: { readonly value: number; readonly interval: Range };
  /** By rising compute. */
  readonly profiles: readonly IsoflopProfile[];
}

const placesPerCurve = 121;
/** Redraws stand behind the deviation of an optimum by Akima's cubic, not residuals. */
const manyDegrees = 1e6;

/**
 * The curves behind an IsoFLOP analysis: the parabola over all runs of a budget, or Akima's cubic through them, with the minimum that was
 * read off it and its interval (Student's t on the standard error of ln optimum).
 *
 * @param rows those of the analysis
 */
export function readIsoflopProfiles(rows: FitRows, analysis: IsoflopAnalysis): IsoflopProfiles {
  const { options, fitted, refused, law } = analysis;
  const { reading, optimumOf, level } = options;
  const profiles = computeBudgets(rows, optimumOf, options).map((budget): IsoflopProfile => {
    const runs = budget.points.map(({ coordinate, loss }) => ({ at: exp(coordinate), loss }));
    const optimum = fitted.find(({ compute }) => compute === budget.compute);
    const refusal = refused.find(({ compute }) => compute === budget.compute);
    const lowest = runs.reduce((best, run) => (run.loss < best.loss ? run : best), { at: 0, loss: Infinity });
    return {
      compute: budget.compute,
      runs,
      curve: curveOf(budget, reading),
      minimum:
        optimum === undefined
          ? { ...lowest, kind: refusal?.status === "edge" ? "edge" : "none", words: refusal?.words ?? "" }
          : { kind: "inside", at: optimum.optimum, loss: optimum.loss, interval: intervalOf(optimum, reading, level) },
    };
  });
  const { low, high } = law.exponentInterval;
  return {
    reading,
    along: quantityOf(optimumOf === "N" ? modelSize : trainingTokens),
    level,
    exponent: { value: law.exponent, interval: { low, high } },
    profiles,
  };
}

function curveOf({ points }: ComputeBudget, reading: IsoflopReading): readonly ProfilePlace[] {
  const lossAt = reading === "parabola" ? parabolaThrough(points) : cubicThrough(points);
  const [first, last] = [points[0], points.at(-1)];
  if (lossAt === null || first === undefined || last === undefined) return [];
  return evenPlaces(exp(first.coordinate), exp(last.coordinate), placesPerCurve).map((at) => ({ at, loss: lossAt(log(at)) }));
}

type LossAt = ((coordinate: number) => number) | null;

function parabolaThrough(points: ComputeBudget["points"]): LossAt {
  const fit = fitBasin(
    points.map(({ coordinate, loss }) => ({ log2Value: coordinate, loss })),
    wholeBudget,
  );
  return fit.status === "fitted" ? (coordinate) => basinLossAt(fit, coordinate) : null;
}

/** Of ln loss, as the optimum is read. */
function cubicThrough(points: ComputeBudget["points"]): LossAt {
  if (points.length < 3) return null;
  const x = points.map(({ coordinate }) => coordinate);
  const y = points.map(({ loss }) => log(loss));
  const curve = { x, y, slope: akimaSlopes(x, y) };
  return (coordinate) => exp(interpolate(curve, coordinate));
}

function intervalOf({ optimum, logStandardError, points }: FittedBudget, reading: IsoflopReading, level: number): Range {
  const freedom = reading === "parabola" ? points - 3 : manyDegrees;
  const reach = logStandardError === null || freedom < 1 ? 0 : studentTFactor(level, freedom) * logStandardError;
  return { low: optimum * exp(-reach), high: optimum * exp(reach) };
}
