/**
 * base^n for n = 1, 2, 3, …, by one multiplication per step: the same bits whether the steps were done in one process or
 * the run was resumed.
 */
export function powersOf(base: number): (exponent: number) => number {
  let power = 1;
  let reached = 0;
  return (exponent) => {
    if (exponent < reached) {
      power = 1;
      reached = 0;
    }
    for (; reached < exponent; reached += 1) power *= base;
    return power;
  };
}
