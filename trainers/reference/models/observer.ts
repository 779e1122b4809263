import type { Engine } from "../engine/engine.ts";
import type { Address } from "../engine/kernels.ts";

/** Measures what passes through a model, in the passes in which it is active; in all others it costs a test. */
export interface Observer {
  /** Set by the training loop before a pass. */
  active: boolean;
  /** A module's output before the activation: `l1/M`, `rms/M`, and `changeRms/M` against the first pass that was observed. */
  output(module: string, address: Address, length: number): void;
  /** A value between modules: `rms/M` only. */
  value(module: string, address: Address, length: number): void;
  /** The gradient to a module's output, which is factor times what lies there: `gradientRms/M`. */
  gradient(module: string, address: Address, length: number, factor: number): void;
}

/** An observer and what it has measured since the last `take`. */
export interface CoordinateObserver extends Observer {
  take(): Record<string, number>;
}

/** An observer that keeps the outputs of its first pass, f32, in the host's memory. */
export function createObserver(engine: Engine): CoordinateObserver {
  const first = new Map<string, Float32Array>();
  let values: Record<string, number> = {};
  const rms = (address: Address, length: number) => engine.kernels.rootMeanSquare(address, length);
  return {
    active: false,
    output(module, address, length) {
      const now = engine.floats(address, length);
      const then = first.get(module) ?? now.slice();
      first.set(module, then);
      let absolute = 0;
      let change = 0;
      for (let i = 0; i < length; i += 1) {
        const value = now[i] ?? 0;
        const difference = value - (then[i] ?? 0);
        absolute += Math.abs(value);
        change += difference * difference;
      }
      values[`l1/${module}`] = absolute / length;
      values[`rms/${module}`] = rms(address, length);
      values[`changeRms/${module}`] = Math.sqrt(change / length);
    },
    value(module, address, length) {
      values[`rms/${module}`] = rms(address, length);
    },
    gradient(module, address, length, factor) {
      values[`gradientRms/${module}`] = Math.abs(factor) * rms(address, length);
    },
    take() {
      const taken = values;
      values = {};
      return taken;
    },
  };
}
