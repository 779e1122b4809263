/**
 * Quantile of ascending values by linear interpolation between order statistics (Hyndman and Fan 1996, type 7: what NumPy and R give).
 *
 * @param sorted ascending, at least one
 * @param share in [0, 1]
 */
export function quantileOfSorted(sorted: ArrayLike<number>, share: number): number {
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? low;
  // Equal neighbours are not subtracted: infinities stay themselves.
  return low === high ? low : low + (place - below) * (high - low);
}
