import { exp2 } from "../numerics/elementary.ts";
import { LadderError } from "../study/ladder-error.ts";
import type { HyperparameterAxis, HyperparameterSpace } from "../study/study-spec.ts";

const decimals = 1e9;

/**
 * The values of one axis, in the order of the file; a `log2` axis gives 2^from, 2^(from + step), … up to 2^to inclusive.
 * Exponents are rounded to nine decimals, so that a wider grid meets the old one in the same bits and reuses its runs.
 *
 * @throws LadderError `input` AXIS_TOO_LONG beyond 10,000 values
 */
export function axisValues(axis: HyperparameterAxis): readonly number[] {
  if ("values" in axis) return axis.values;
  const { from, to, step } = axis.log2;
  const count = Math.floor((to - from) / step + 1e-9) + 1;
  if (count > 10_000)
    throw new LadderError("input", "AXIS_TOO_LONG", `an axis from ${from} to ${to} in steps of ${step} has ${count} values; at most 10000`);
  return Array.from({ length: count }, (_, index) => exp2(Math.round((from + index * step) * decimals) / decimals));
}

/** Every assignment of a space: the last axis runs fastest; an empty space has one empty assignment. */
export function crossSpace(space: HyperparameterSpace): readonly Readonly<Record<string, number>>[] {
  return Object.entries(space).reduce<readonly Readonly<Record<string, number>>[]>(
    (assignments, [name, axis]) => {
      const values = axisValues(axis);
      return assignments.flatMap((assignment) => values.map((value) => ({ ...assignment, [name]: value })));
    },
    [{}],
  );
}
