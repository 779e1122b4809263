import type { PreparedFit } from "./prepared-fit.ts";

/** Above this many, the product of starts is sampled evenly. */
const mostRanked = 20_000;
const goldenRatio = 0.6180339887498949;

/** The product of lists, one coordinate each, in order; of more than `mostRanked` points an even sample (Kronecker's sequence). */
export function startPoints(lists: readonly (readonly number[])[]): Float64Array[] {
  const product = lists.reduce((count, list) => count * list.length, 1);
  const count = Math.min(product, mostRanked);
  return Array.from({ length: count }, (_, index) => {
    let code = index;
    if (count < product) {
      const turn = (index + 0.5) * goldenRatio;
      code = Math.floor((turn - Math.floor(turn)) * product);
    }
    const point = new Float64Array(lists.length);
    for (let j = lists.length - 1; j >= 0; j -= 1) {
      const list = lists[j] ?? [];
      point[j] = list[code % list.length] ?? 0;
      code = Math.floor(code / list.length);
    }
    return point;
  });
}

/** Points by rising objective, those without one left out; equals stay in order. */
export function rankPoints(prepared: PreparedFit, points: readonly Float64Array[]): Float64Array[] {
  const valued = points.map((point, index) => ({ point, index, objective: prepared.objectiveAt(point) }));
  return valued
    .filter(({ objective }) => Number.isFinite(objective))
    .sort((left, right) => left.objective - right.objective || left.index - right.index)
    .map(({ point }) => point);
}
