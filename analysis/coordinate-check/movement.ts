import { mean } from "../numerics/mean.ts";
import type { CoordinateQuantity, CoordinateRow, Movement } from "./coordinate-check.ts";

/**
 * How far each module moved by the last step: RMS of the change over RMS (or, where no RMS was written, mean |x|) at step 0.
 * Where no change was written it is the change of the mean |x| over the mean |x| at step 0, which is smaller, because
 * entries that rise and entries that fall cancel.
 *
 * @returns one a module; `relativeChange` null where the module was 0 at the start or has no value at either end
 */
export function measureMovements(rows: readonly CoordinateRow[]): readonly Movement[] {
  const last = rows.reduce((latest, { step }) => Math.max(latest, step), 0);
  const values = new Map(rows.map((row) => [key(row), row.value]));
  const modules = [...new Set(rows.map(({ module }) => module))];
  return modules.map((module) => {
    const places = distinctPlaces(rows.filter((row) => row.module === module));
    const at = (place: Place, quantity: CoordinateQuantity, step: number): number | null =>
      values.get(key({ ...place, module, quantity, step })) ?? null;
    const hasChange = places.some((place) => at(place, "changeRms", last) !== null);
    const ratios = places.flatMap((place) => {
      const before = hasChange ? (at(place, "rms", 0) ?? at(place, "l1", 0)) : at(place, "l1", 0);
      const after = at(place, hasChange ? "changeRms" : "l1", last);
      if (before === null || before === 0 || after === null) return [];
      return [hasChange ? after / before : Math.abs(after - before) / before];
    });
    return { module, step: last, relativeChange: ratios.length === 0 ? null : mean(ratios), measure: hasChange ? "rms" : "l1" };
  });
}

type Place = Pick<CoordinateRow, "axisValue" | "seed">;

function distinctPlaces(rows: readonly CoordinateRow[]): readonly Place[] {
  return [...new Map(rows.map(({ axisValue, seed }) => [`${axisValue} ${seed}`, { axisValue, seed }])).values()];
}

function key({ axisValue, seed, step, module, quantity }: Omit<CoordinateRow, "value">): string {
  return `${axisValue} ${seed} ${step} ${quantity} ${module}`;
}
