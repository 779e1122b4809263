import { mean } from "../../numerics/mean.ts";
import { sqrt } from "../../numerics/elementary.ts";

/** Scatter of one seed's loss at one place, beyond what the seed does everywhere. */
export interface SeedScatter {
  readonly standardDeviation: number;
  readonly degreesOfFreedom: number;
  readonly places: number;
}

/**
 * Residual standard deviation of losses after the mean of each place and the effect of each seed are taken off (two-way layout without
 * interaction), over the places where every seed was measured. Differences between places measured with the same seeds scatter by it alone.
 *
 * @param losses a row a place, a column a seed, nats per token; null for a seed without a loss
 * @returns null with fewer than two seeds or two whole places
 */
export function seedScatter(losses: readonly (readonly (number | null)[])[]): SeedScatter | null {
  const whole = losses.flatMap((row) => {
    const known = row.filter((loss) => loss !== null);
    return known.length === row.length ? [known] : [];
  });
  const seeds = whole[0]?.length ?? 0;
  if (whole.length < 2 || seeds < 2) return null;
  const overall = mean(whole.flat());
  const effects = Array.from({ length: seeds }, (_, seed) => mean(whole.map((row) => row[seed] ?? Number.NaN)) - overall);
  let squares = 0;
  for (const row of whole) {
    const center = mean(row);
    for (const [seed, loss] of row.entries()) {
      const residual = loss - center - (effects[seed] ?? 0);
      squares += residual * residual;
    }
  }
  const degreesOfFreedom = (whole.length - 1) * (seeds - 1);
  return { standardDeviation: sqrt(squares / degreesOfFreedom), degreesOfFreedom, places: whole.length };
}
