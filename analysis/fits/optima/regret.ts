import { exp, expm1, log } from "../../numerics/elementary.ts";
import { dot } from "../../numerics/least-squares.ts";
import type { FittedSurface } from "./surface.ts";

/** Loss paid for a value instead of the optimum. Plain JSON. */
export interface SurfaceRegret {
  /** Loss there over loss at the vertex, minus 1. */
  readonly relative: number;
  /** Nats per token. */
  readonly nats: number;
  /** Whether the point lies among the fitted runs; beyond, a quadratic is a guess. */
  readonly withinWindow: boolean;
}

/**
 * Regret read off the surface, never off the best run: the lowest of a hundred noisy losses lies further below the surface than most
 * regrets are large (Step Law's cells: .14 % on average, against .02 % of regret).
 *
 * @param at natural values by axis, each above 0; an axis left out is taken at its optimum
 */
export function regretAt(surface: FittedSurface, at: Readonly<Record<string, number>>): SurfaceRegret {
  const places = surface.axes.map((axis, index) => {
    const value = at[axis];
    return value === undefined ? (surface.vertex[index] ?? 0) : log(value);
  });
  const away = places.map((place, index) => place - (surface.vertex[index] ?? 0));
  const rise =
    dot(
      away,
      surface.hessian.map((row) => dot(row, away)),
    ) / 2;
  const relative = expm1(rise);
  return {
    relative,
    nats: exp(surface.vertexLogLoss) * relative,
    withinWindow: places.every((place, index) => place >= (surface.windowLow[index] ?? 0) && place <= (surface.windowHigh[index] ?? 0)),
  };
}
