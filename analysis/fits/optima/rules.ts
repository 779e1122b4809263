import { LadderError } from "../../study/ladder-error.ts";
import { lowestLoss, type OptimumCell, scaleWords } from "./cells.ts";
import { fitSurface } from "./fit-surface.ts";
import { fitOptimumLaw, type OptimumLaw, type OptimumPoint } from "./optimum-law.ts";
import type { FittedSurface, RefusedSurface } from "./surface.ts";

/**
 * What counts as the optimum of a cell. `vertex`: that of a quadratic surface through the runs within `band` of the best. `pooled`: every
 * run less than `tolerance` above the best of its cell is one point of the law (Step Law, arXiv:2503.04715, its `fit_tool.py`; 0.0025
 * there): simple, and led by the luck of single runs.
 */
export type OptimumRule = { readonly kind: "vertex"; readonly band: number } | { readonly kind: "pooled"; readonly tolerance: number };

export const vertexRule: OptimumRule = { kind: "vertex", band: 0.02 };
export const pooledRule: OptimumRule = { kind: "pooled", tolerance: 0.0025 };

/** Variables of the law of each hyperparameter, by its name. */
export type LawVariables = Readonly<Record<string, readonly string[]>>;

/** LR*(N, D) and B*(D), as Step Law has them. */
export const stepLawVariables: LawVariables = { learningRate: ["N", "D"], B: ["D"] };

/** Laws of all hyperparameters, under one rule. Plain JSON. */
export interface OptimaFit {
  readonly rule: OptimumRule;
  readonly laws: Readonly<Record<string, OptimumLaw>>;
  /** The points that each law was fitted to. */
  readonly points: Readonly<Record<string, readonly OptimumPoint[]>>;
  /** Cells without an optimum, each with its reason; always none under the pooled rule. */
  readonly refused: readonly RefusedSurface[];
}

/**
 * Fits a law for each hyperparameter to the optima of cells.
 *
 * @throws LadderError `input` OPTIMUM_LAW_FEW_POINTS and OPTIMUM_LAW_CONFOUNDED as `fitOptimumLaw`
 */
export function fitOptima(
  cells: readonly OptimumCell[],
  rule: OptimumRule = vertexRule,
  variables: LawVariables = stepLawVariables,
  level = 0.95,
): OptimaFit {
  const surfaces = rule.kind === "vertex" ? cells.map((cell) => fitSurface(cell, { band: rule.band, level })) : [];
  const fitted = surfaces.filter((surface) => surface.status === "fitted");
  const pointsOf = (of: string): readonly OptimumPoint[] =>
    rule.kind === "vertex" ? vertices(fitted, of) : cells.flatMap((cell) => nearBest(cell, rule.tolerance, of));
  const points = Object.fromEntries(Object.keys(variables).map((of) => [of, pointsOf(of)]));
  const refused = surfaces.filter((surface) => surface.status !== "fitted");
  return { rule, laws: lawsOf(variables, points, refused, level), points, refused };
}

/** A law for each hyperparameter; one that lacks optima says why each cell has none. */
function lawsOf(
  variables: LawVariables,
  points: OptimaFit["points"],
  refused: readonly RefusedSurface[],
  level: number,
): OptimaFit["laws"] {
  try {
    return Object.fromEntries(Object.entries(variables).map(([of, names]) => [of, fitOptimumLaw(of, names, points[of] ?? [], level)]));
  } catch (error) {
    if (!(error instanceof LadderError) || error.code !== "OPTIMUM_LAW_FEW_POINTS" || refused.length === 0) throw error;
    throw new LadderError(error.kind, error.code, error.message, {
      cause: error,
      fields: error.fields,
      problems: refused.map(({ scale, words }) => ({ path: scaleWords(scale), message: words.slice(scaleWords(scale).length + 2) })),
      hint: "widen the grid where an optimum lies on its end, and add values near the best where they are few",
    });
  }
}

/** Laws under the vertex rule for several bands: how much the definition of the optimum decides. */
export function bandSensitivity(
  cells: readonly OptimumCell[],
  bands: readonly number[] = [0.005, 0.01, 0.02, 0.03],
  variables: LawVariables = stepLawVariables,
): OptimaFit[] {
  return bands.map((band) => fitOptima(cells, { kind: "vertex", band }, variables));
}

function vertices(surfaces: readonly FittedSurface[], of: string): OptimumPoint[] {
  return surfaces.flatMap(({ axes, vertex, scale }) => {
    const value = vertex[axes.indexOf(of)];
    return value === undefined ? [] : [{ scale, logOptimum: value }];
  });
}

function nearBest(cell: OptimumCell, tolerance: number, of: string): OptimumPoint[] {
  const axis = cell.axes.indexOf(of);
  const lowest = lowestLoss(cell);
  return cell.runs.flatMap(({ logValues, loss }) => {
    const value = logValues[axis];
    return value !== undefined && loss / lowest - 1 < tolerance ? [{ scale: cell.scale, logOptimum: value }] : [];
  });
}
