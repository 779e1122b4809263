/**
 * How a value is carried to the target.
 *
 * - `fitted-line` (default): the optimum that the line through all measured optima predicts at the target. Under a
 *   parametrization that transfers the slope is small but seldom zero (about -0.1 octave per doubling for muP in the
 *   demo's six seeds), and a small drift adds up over the doublings to the target; the line follows it, and its interval
 *   grows with the distance.
 * - `carry-base`: the optimum of the base scale, unchanged, as the theory of transfer says it.
 *
 * Regret is predicted in the same way for either.
 */
export const carryRules = ["fitted-line", "carry-base"] as const;
export type CarryRule = (typeof carryRules)[number];
