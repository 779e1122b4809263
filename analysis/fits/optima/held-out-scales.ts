import { mean } from "../../numerics/mean.ts";
import { LadderError } from "../../study/ladder-error.ts";
import type { OptimumCell } from "./cells.ts";
import { defaultSurface, fitSurface, type SurfaceOptions } from "./fit-surface.ts";
import { optimumOf } from "./optimum-law.ts";
import { regretAt, type SurfaceRegret } from "./regret.ts";
import { fitOptima, type LawVariables, type OptimumRule, stepLawVariables } from "./rules.ts";
import type { FittedSurface, RefusedSurface } from "./surface.ts";

/** Says each hyperparameter at a scale: a fitted law, or one that somebody published. */
export type OptimumGuess = (scale: Readonly<Record<string, number>>) => Readonly<Record<string, number>>;

/** How well a law hit one held-out cell. Plain JSON. */
export interface HeldOutScale {
  readonly scale: Readonly<Record<string, number>>;
  readonly predicted: Readonly<Record<string, number>>;
  /** Predicted over the optimum of the cell's own surface, by hyperparameter. */
  readonly ratios: Readonly<Record<string, number>>;
  /** Loss paid for the predicted values, off the cell's own surface: the headline. */
  readonly regret: SurfaceRegret;
}

/** What a law costs at scales that it has not seen. Plain JSON. */
export interface HeldOutScales {
  readonly scales: readonly HeldOutScale[];
  /** Over the held-out cells, loss over the optimum's loss, minus 1. */
  readonly meanRelativeRegret: number;
  readonly maxRelativeRegret: number;
  /** Held-out cells without a surface of their own: not scored. */
  readonly refused: readonly RefusedSurface[];
  readonly words: string;
}

/** Which cells are held out: those with the largest value of a variable, at each value of the others or over all cells. */
export interface LargestHeldOut {
  readonly variable: string;
  readonly of: "each" | "all";
}

/** The largest token count of every model size. */
export const largestTokens: LargestHeldOut = { variable: "D", of: "each" };

/** Cells apart, in their order. */
export function splitLargest(
  cells: readonly OptimumCell[],
  { variable, of }: LargestHeldOut = largestTokens,
): { readonly kept: readonly OptimumCell[]; readonly heldOut: readonly OptimumCell[] } {
  const groupOf = ({ scale }: OptimumCell): string =>
    of === "all" ? "" : JSON.stringify(Object.entries(scale).filter(([name]) => name !== variable));
  const largest = new Map<string, number>();
  for (const cell of cells)
    largest.set(groupOf(cell), Math.max(largest.get(groupOf(cell)) ?? -Infinity, cell.scale[variable] ?? -Infinity));
  const isLargest = (cell: OptimumCell): boolean => cell.scale[variable] === largest.get(groupOf(cell));
  return { kept: cells.filter((cell) => !isLargest(cell)), heldOut: cells.filter(isLargest) };
}

/**
 * Leaves out the largest scales, fits under a rule to what is left, and scores the left-out cells by regret on their own surfaces.
 *
 * @throws LadderError `input` HOLDOUT_NOTHING when no held-out cell has a surface to be scored on; as `fitOptima` for what is left
 */
export function leaveLargestOut(
  cells: readonly OptimumCell[],
  rule: OptimumRule,
  largest: LargestHeldOut = largestTokens,
  variables: LawVariables = stepLawVariables,
): HeldOutScales {
  const { kept, heldOut } = splitLargest(cells, largest);
  const { laws } = fitOptima(kept, rule, variables);
  return scoreGuess(heldOut, (scale) => Object.fromEntries(Object.entries(laws).map(([of, law]) => [of, optimumOf(law, scale).value])));
}

/**
 * Scores any guess on cells, each by its own surface.
 *
 * @throws LadderError `input` HOLDOUT_NOTHING when no cell has one
 */
export function scoreGuess(cells: readonly OptimumCell[], guess: OptimumGuess, options: SurfaceOptions = defaultSurface): HeldOutScales {
  const surfaces = cells.map((cell) => fitSurface(cell, options));
  const scales = surfaces.flatMap((surface) => (surface.status === "fitted" ? [scored(surface, guess(surface.scale))] : []));
  const refused = surfaces.filter((surface) => surface.status !== "fitted");
  if (scales.length === 0)
    throw new LadderError(
      "input",
      "HOLDOUT_NOTHING",
      `none of ${cells.length} held-out cells has an optimum to be scored on: ${refused[0]?.words ?? "there is none"}`,
      {
        problems: refused.map(({ words }, index) => ({ path: `cells[${index}]`, message: words })),
      },
    );
  const regrets = scales.map(({ regret }) => regret.relative);
  const beyond = scales.filter(({ regret }) => !regret.withinWindow).length;
  const [average, most] = [mean(regrets), Math.max(...regrets)];
  return {
    scales,
    meanRelativeRegret: average,
    maxRelativeRegret: most,
    refused,
    words:
      `regret ${percent(average)} of the loss on average, ${percent(most)} at most, over ${scales.length} held-out scales` +
      (beyond > 0 ? `; ${beyond} of the predictions lie outside the fitted runs` : "") +
      (refused.length > 0 ? `; ${refused.length} not scored` : ""),
  };
}

function scored(surface: FittedSurface, predicted: Readonly<Record<string, number>>): HeldOutScale {
  const ratios = surface.optima.flatMap(({ axis, value }) => {
    const guess = predicted[axis];
    return guess === undefined ? [] : [[axis, guess / value] as const];
  });
  return { scale: surface.scale, predicted, ratios: Object.fromEntries(ratios), regret: regretAt(surface, predicted) };
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(2))} %`;
}
