import { pow } from "../../numerics/elementary.ts";
import { LadderError } from "../../study/ladder-error.ts";

/**
 * How the factors of one operation are tied to each other. Independent ones keep every value and gradient at unit scale, but
 * where paths join, as at a residual split, their gradients are then no longer parts of one gradient; one common factor keeps
 * them so. Names are those of unit-scaling 0.3.5 (constraints.py) with dashes; `none` is its `None`.
 */
export const constraints = [
  "none",
  "to-output-scale",
  "to-grad-input-scale",
  "to-left-grad-scale",
  "to-right-grad-scale",
  "gmean",
  "hmean",
  "amean",
] as const;
export type Constraint = (typeof constraints)[number];

/**
 * The factor that a constraint puts in the place of all ideal factors; undefined where each keeps its own.
 *
 * @param scales ideal factors, positive: that of the output first, then those of the gradients in the order of the arguments
 * @throws LadderError `input` CONSTRAINT_UNFIT when the operation has not the gradient that the constraint names
 */
export function commonScale(constraint: Constraint, scales: readonly number[]): number | undefined {
  const sum = (terms: readonly number[]) => terms.reduce((total, term) => total + term, 0);
  const at = (index: number, count: number): number => {
    const scale = scales[index];
    if (scale !== undefined && scales.length === count) return scale;
    throw new LadderError(
      "input",
      "CONSTRAINT_UNFIT",
      `constraint ${constraint} is for operations with ${count - 1} input gradients, this one has ${scales.length - 1}`,
      { fields: { constraint, scales }, hint: "use to-output-scale or a mean" },
    );
  };
  switch (constraint) {
    case "none":
      return undefined;
    case "to-output-scale":
      return at(0, scales.length);
    case "to-grad-input-scale":
      return at(1, 2);
    case "to-left-grad-scale":
      return at(1, 3);
    case "to-right-grad-scale":
      return at(2, 3);
    case "gmean": {
      const product = scales.reduce((total, scale) => total * scale, 1);
      return scales.length === 2 ? Math.sqrt(product) : pow(product, 1 / scales.length);
    }
    case "hmean":
      return scales.length / sum(scales.map((scale) => 1 / scale));
    case "amean":
      return sum(scales) / scales.length;
  }
}

/**
 * The factors that an operation uses, in the order of `scales`.
 *
 * @throws LadderError `input` CONSTRAINT_UNFIT, see `commonScale`
 */
export function applyConstraint(constraint: Constraint, scales: readonly number[]): readonly number[] {
  const common = commonScale(constraint, scales);
  return common === undefined ? scales : scales.map(() => common);
}
