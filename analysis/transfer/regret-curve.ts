import { interpolate, monotoneCubic, type MonotoneCubic } from "../numerics/monotone-cubic.ts";
import { basinLossAt } from "../fits/basin-fit.ts";
import type { Basin } from "./basins.ts";

/** Loss paid, in nats per token, against distance from the optimum in octaves, at one scale. Plain JSON. */
export interface RegretCurve {
  readonly axisValue: number;
  /** log2 of the optimum that offsets are counted from. */
  readonly optimumLog2: number;
  /** Fitted loss at the optimum. */
  readonly minimumLoss: number;
  /** Regret over offset; x[0] and the last x bound what was measured. */
  readonly curve: MonotoneCubic;
  /** Offset of the nearest diverged grid point below and above the optimum; null where none diverged. */
  readonly divergedBelow: number | null;
  readonly divergedAbove: number | null;
  readonly method: string;
}

/** Regret at an offset, and whether that was measured. */
export interface RegretReading {
  readonly regret: number;
  /** `beyond`: outside the measured grid. `diverged`: at or past a grid point where runs diverged. Either makes the regret a lower bound. */
  readonly reach: "measured" | "beyond" | "diverged";
}

const method =
  "monotone cubic through the fitted optimum, the fitted basin inside its window and the mean losses over seeds outside it; held at its ends beyond";

/**
 * The regret curve of a basin. Inside the window of the fit it follows the fitted polynomial, so that the zero of
 * regret is the fitted minimum and not the luckiest run; farther out, where the polynomial means nothing, it follows
 * the mean losses. Negative regrets by noise are held at 0.
 *
 * @returns null when the mean basin has no fitted optimum
 */
export function regretCurve(basin: Basin): RegretCurve | null {
  const fit = basin.mean;
  if (fit.status !== "fitted") return null;
  const diverged = basin.points.filter((point) => point.diverged > 0).map((point) => point.log2Value - fit.vertexLog2);
  const divergedBelow = diverged.filter((offset) => offset < 0).at(-1) ?? null;
  const divergedAbove = diverged.find((offset) => offset > 0) ?? null;
  const knots = [{ offset: 0, regret: 0 }];
  for (const point of basin.points) {
    const offset = point.log2Value - fit.vertexLog2;
    const { meanLoss } = point;
    const isComplete = point.runs.length === basin.seeds.length && point.diverged === 0 && point.missing === 0;
    if (
      meanLoss === null ||
      !isComplete ||
      Math.abs(offset) < 1e-6 ||
      offset <= (divergedBelow ?? -Infinity) ||
      offset >= (divergedAbove ?? Infinity)
    )
      continue;
    const isFitted = point.log2Value >= fit.windowLow && point.log2Value <= fit.windowHigh;
    const loss = isFitted ? basinLossAt(fit, point.log2Value) : meanLoss;
    knots.push({ offset, regret: Math.max(0, loss - fit.vertexLoss) });
  }
  knots.sort((left, right) => left.offset - right.offset);
  return {
    axisValue: basin.axisValue,
    optimumLog2: fit.vertexLog2,
    minimumLoss: fit.vertexLoss,
    curve: monotoneCubic(
      knots.map((knot) => knot.offset),
      knots.map((knot) => knot.regret),
    ),
    divergedBelow,
    divergedAbove,
    method,
  };
}

/** Regret at `offset` octaves from the optimum, >= 0. */
export function regretAt(regret: RegretCurve, offset: number): RegretReading {
  const value = interpolate(regret.curve, offset);
  if (offset <= (regret.divergedBelow ?? -Infinity) || offset >= (regret.divergedAbove ?? Infinity))
    return { regret: value, reach: "diverged" };
  const [low = 0] = regret.curve.x;
  const high = regret.curve.x.at(-1) ?? 0;
  return { regret: value, reach: offset < low || offset > high ? "beyond" : "measured" };
}
