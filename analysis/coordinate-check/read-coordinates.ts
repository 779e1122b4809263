import type { MeasuredCoordinate } from "./check-coordinates.ts";
import { coordinateQuantities } from "./coordinate-check.ts";

/**
 * The rows of one `coordinates` event of the trainer contract. Of its values those named `l1/M`, `rms/M` and `changeRms/M` are
 * read; a module of which only the RMS was written is a value between modules, and is left out with all other names.
 *
 * @param values by name, as the trainer wrote them; may be NaN or infinite
 */
export function readCoordinates(
  place: Pick<MeasuredCoordinate, "axisValue" | "seed" | "step">,
  values: Readonly<Record<string, number>>,
): readonly MeasuredCoordinate[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const slash = name.indexOf("/");
    const quantity = coordinateQuantities.find((candidate) => candidate === name.slice(0, slash));
    const module = name.slice(slash + 1);
    if (quantity === undefined || (!(`l1/${module}` in values) && !(`changeRms/${module}` in values))) return [];
    return [{ ...place, module, quantity, value }];
  });
}
