import type { Operations } from "../../../analysis/study/trainer-contract.ts";
import type { Engine } from "../engine/engine.ts";
import type { Parameter } from "../training/parameters.ts";
import type { Casts } from "./casts.ts";
import type { Observer } from "./observer.ts";

/** What a model may be built with besides its tensors and operations. Without it, nothing is measured and nothing is cast. */
export interface ModelOptions {
  readonly observer?: Observer | undefined;
  readonly casts?: Casts | undefined;
}

/** What every part of a model is built from. */
export interface ModelContext extends ModelOptions {
  readonly engine: Engine;
  readonly operations: Operations;
  readonly parameters: readonly Parameter[];
}

/** A factor on a value and, apart from it, on the gradient that comes back; equal ones give the true gradient. */
export interface Factor {
  readonly forward: number;
  readonly backward: number;
}

/** The factor that changes nothing. */
export const neutralFactor: Factor = { forward: 1, backward: 1 };
