import type { MeasuredCoordinate } from "../../../analysis/coordinate-check/check-coordinates.ts";
import type { CoordinateModule } from "../../../analysis/coordinate-check/coordinate-check.ts";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";

export const widths = [64, 128, 256, 512];
export const seeds = [1, 2, 3];

export const plantedModules: readonly CoordinateModule[] = [
  { name: "hidden.0", kind: "input", insideBlock: false },
  { name: "hidden.1", kind: "hidden", insideBlock: false },
  { name: "logits", kind: "output", insideBlock: false },
];

export interface PlantedModule {
  /** Slope of ln mean |x| on ln axis at a step; 0 when left out. */
  readonly size?: (step: number) => number;
  /** Slope of ln RMS change; 0 when left out. */
  readonly change?: (step: number) => number;
  /** Change over size at the smallest axis value after one update. */
  readonly movement?: number;
}

export interface PlantedRows {
  readonly axisValues?: readonly number[];
  readonly seeds?: readonly number[];
  readonly steps?: number;
  /** Standard deviation of ln value. */
  readonly noise?: number;
  readonly modules?: Readonly<Record<string, PlantedModule>>;
}

/** Rows of three modules whose slopes are planted; all else is flat. */
export function plantRows(planted: PlantedRows = {}): MeasuredCoordinate[] {
  const { axisValues = widths, steps = 4, noise = 0 } = planted;
  const base = axisValues[0] ?? 1;
  return plantedModules.flatMap(({ name }) => {
    const { size = () => 0, change = () => 0, movement = 0.1 } = planted.modules?.[name] ?? {};
    return axisValues.flatMap((axisValue) =>
      (planted.seeds ?? seeds).flatMap((seed) =>
        Array.from({ length: steps + 1 }, (_, step) => {
          const random = randomStream(seed, name, String(axisValue), String(step));
          const value = (factor: number, slope: number): number => factor * (axisValue / base) ** slope * Math.exp(noise * random.normal());
          const place = { axisValue, seed, step, module: name };
          return [
            { ...place, quantity: "l1" as const, value: value(0.8, size(step)) },
            { ...place, quantity: "rms" as const, value: value(1, size(step)) },
            { ...place, quantity: "changeRms" as const, value: step === 0 ? 0 : value(movement * step, change(step)) },
          ];
        }).flat(),
      ),
    );
  });
}
