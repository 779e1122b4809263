import { exp2, sqrt } from "../numerics/elementary.ts";
import { LadderError } from "../study/ladder-error.ts";
import type { HyperparameterAxis, HyperparameterSpace } from "../study/study-spec.ts";

const decimals = 1e9;

/**
 * The values of one axis, in the order of the file; a `log2` axis gives 2^from, 2^(from + step), … up to 2^to inclusive.
 * Exponents are rounded to nine decimals, so that a wider grid meets the old one in the same bits and reuses its runs.
 *
 * @throws LadderError `input` AXIS_TOO_LONG beyond 10,000 values, AXIS_WITHOUT_VALUES for an axis without a grid
 */
export function axisValues(axis: HyperparameterAxis): readonly number[] {
  if ("values" in axis) return axis.values;
  if (!("log2" in axis))
    throw new LadderError("input", "AXIS_WITHOUT_VALUES", "an axis from one end to the other has no grid of values", {
      hint: "write { values: […] } or { log2: { from, to, step } }, or use a strategy that searches",
    });
  const { from, to, step } = axis.log2;
  const count = Math.floor((to - from) / step + 1e-9) + 1;
  if (count > 10_000)
    throw new LadderError("input", "AXIS_TOO_LONG", `an axis from ${from} to ${to} in steps of ${step} has ${count} values; at most 10000`);
  return Array.from({ length: count }, (_, index) => exp2(Math.round((from + index * step) * decimals) / decimals));
}

/** The smallest and largest value of an axis. */
export function axisEnds(axis: HyperparameterAxis): { readonly from: number; readonly to: number } {
  const range = "log" in axis ? axis.log : "linear" in axis ? axis.linear : "logit" in axis ? axis.logit : null;
  if (range !== null) return { from: range.from, to: range.to };
  const values = axisValues(axis);
  return { from: Math.min(...values), to: Math.max(...values) };
}

/** The value in the middle of an axis: of a grid the lower of two, of a range its centre or the middle of its scale. */
export function axisMiddle(axis: HyperparameterAxis): number {
  if ("log" in axis) return axis.log.center ?? sqrt(axis.log.from * axis.log.to);
  if ("linear" in axis) return axis.linear.center ?? (axis.linear.from + axis.linear.to) / 2;
  if ("logit" in axis) return axis.logit.center ?? (axis.logit.from + axis.logit.to) / 2;
  const values = [...axisValues(axis)].sort((left, right) => left - right);
  return values[Math.floor((values.length - 1) / 2)] ?? 0;
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
