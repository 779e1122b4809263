import type { RandomStream } from "../../numerics/random-stream.ts";
import type { SpaceFeature, UnitDimension } from "./parameter-geometry.ts";
import type { SearchSpace, SearchValues } from "./search-space.ts";

/**
 * A space with its geometry. Searchers move in the unit cube (`decode`, `place`), models see `encode`. In both, equal steps of one
 * parameter are alike: logarithms on a log axis, log-odds on a logit axis.
 */
export interface PreparedSpace {
  readonly space: SearchSpace;
  /** Coordinates of the unit cube, in the order of the parameters; fixed and context parameters have none. */
  readonly dimensions: readonly UnitDimension[];
  /** Coordinates of a model, about -1/2 … 1/2. */
  readonly features: readonly SpaceFeature[];
  /**
   * The model's coordinates of any values, legal or not: a number less 1/2 on its axis (cut at one range's length outside), ordered
   * choices as ranks, unordered ones one-hot, an indicator for each special value and for the absence of a conditional parameter.
   * A parameter that has no value stands at its centre.
   */
  encode(values: SearchValues): Float64Array;
  /** The point of the unit cube that values lie at; `decode(place(v))` is `v` for legal v. */
  place(values: SearchValues): Float64Array;
  /**
   * The legal values at a point: rounded to steps, ends included, and moved to the nearest values that meet the constraints.
   *
   * @param context a value for every context parameter
   * @returns null where no values near the point meet the constraints
   * @throws LadderError `input` CONTEXT_INVALID
   */
  decode(unit: ArrayLike<number>, context: SearchValues): SearchValues | null;
  /**
   * Values as values of this space, legal or not: what it does not know is dropped, what is missing gets the declared centre, what is
   * absent under its condition is left out.
   */
  adopt(values: SearchValues): SearchValues;
  /** Whether values are in bounds, on their steps, present exactly where their conditions hold, and meet the constraints. */
  isLegal(values: SearchValues): boolean;
  /**
   * Legal values drawn evenly over the unit cube; where constraints leave under a hundredth of it, drawn evenly and then repaired.
   *
   * @throws LadderError `input` CONTEXT_INVALID; SPACE_INFEASIBLE where a context leaves nothing
   */
  sample(random: RandomStream, context: SearchValues): SearchValues;
  /** The values at the centre of every parameter, repaired where constraints ask for it. @throws as `sample` */
  center(context: SearchValues): SearchValues;
  /**
   * Legal values that differ in one parameter by one step, or in others too where constraints ask for it.
   *
   * @param step of continuous numbers, as a share of the unit interval
   */
  neighbours(values: SearchValues, step: number): readonly SearchValues[];
  /** Numbers that lie on an end of their range: an optimum there asks for a wider one. */
  onBound(values: SearchValues): readonly { readonly parameter: string; readonly end: "from" | "to"; readonly value: number }[];
}
