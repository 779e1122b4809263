import { log } from "../../numerics/elementary.ts";
import type { OpenFit } from "../document/open-fit.ts";
import { type AskedPlace, budgetOf } from "./asked-place.ts";

/** How far one quantity of a place lies from the fitted rows. Plain JSON. */
export interface PlaceDistance {
  /** An input, or what the budget is told by. */
  readonly name: string;
  readonly value: number;
  /** Smallest and largest fitted value. */
  readonly fitted: readonly [number, number];
  /**
   * ln of the value over the end of the range that it lies beyond: above 0 beyond the largest, below 0 beyond the smallest, 0 inside. Null
   * where a logarithm says nothing.
   */
  readonly logRatio: number | null;
  readonly words: string;
}

/** Inputs and budgets are off by rounding: nearer to the range than this is inside. */
const rounding = 1e-6;

/** The inputs in the law's order, then the budget where it is none of them. */
export function placeDistances({ fitted }: OpenFit, { inputs, budget }: AskedPlace): readonly PlaceDistance[] {
  const ofInputs = Object.entries(inputs).map(([name, value]) => distanceOf(name, value, fitted.columns[name] ?? new Float64Array(0)));
  if (budget === null || inputs[budget.name] !== undefined) return ofInputs;
  return [...ofInputs, distanceOf(budget.name, budgetOf(budget.asked), budget.fitted.map(budgetOf))];
}

function distanceOf(name: string, value: number, column: Float64Array): PlaceDistance {
  const low = column.reduce((least, entry) => Math.min(least, entry), Infinity);
  const high = column.reduce((most, entry) => Math.max(most, entry), -Infinity);
  const base = { name, value, fitted: [low, high] as const };
  const slack = rounding * Math.max(Math.abs(low), Math.abs(high));
  if (value >= low - slack && value <= high + slack) return { ...base, logRatio: 0, words: "inside the fitted range" };
  const end = value > high ? high : low;
  const side = value > high ? "largest" : "smallest";
  if (!(end > 0 && value > 0)) return { ...base, logRatio: null, words: `${value > high ? "above" : "below"} the fitted range` };
  const ratio = value / end;
  return { ...base, logRatio: log(ratio), words: `${ratioText(ratio)} x the ${side} fitted ${name}` };
}

/** Two digits from 1 to 100, whole numbers above, powers of ten beyond. */
function ratioText(ratio: number): string {
  if (ratio >= 1e6 || ratio < 1e-3) return ratio.toExponential(1).replace("e+", "e");
  return ratio >= 100 ? ratio.toFixed(0) : String(Number(ratio.toPrecision(ratio > 1 && ratio < 1.1 ? 3 : 2)));
}
