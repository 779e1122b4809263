import type { TrainerRun } from "../../../analysis/study/trainer-contract.ts";
import type { Engine } from "../engine/engine.ts";
import type { Address } from "../engine/kernels.ts";

type Precision = NonNullable<TrainerRun["precision"]>;
type FormatName = Precision["forward"];

/** A small floating-point format as kernels/float8.as.ts takes it. */
export interface Format {
  readonly smallestNormal: number;
  readonly spacingAtOne: number;
  readonly largest: number;
}

/**
 * The eight-bit formats of Micikevicius et al. 2022 (arXiv:2209.05433), table 1: e4m3 without infinities, e5m2 as IEEE 754. What is
 * beyond the largest finite number saturates.
 */
export const formats: Readonly<Record<FormatName, Format | null>> = {
  float32: null,
  e4m3: { smallestNormal: 2 ** -6, spacingAtOne: 2 ** -3, largest: 448 },
  e5m2: { smallestNormal: 2 ** -14, spacingAtOne: 2 ** -2, largest: 57344 },
};

/** The casts of one run, and the share of entries that each of them has made 0 in the last pass. */
export interface Casts {
  readonly forward: Format | null;
  readonly backward: Format | null;
  /** `underflow/<tensor>` for the input of a product, `underflowGradient/<tensor>` for the gradient to its output. */
  readonly underflow: Map<string, number>;
}

/** The casts that a run asks for. */
export function createCasts({ forward, backward }: Precision): Casts {
  return { forward: formats[forward], backward: formats[backward], underflow: new Map() };
}

/** An operand of matrix products: what the product reads may be a cast copy. */
export interface Operand {
  /** Casts what lies at `from`; returns where the product reads. */
  cast(from: Address): Address;
  /** Where the product reads what was cast last. */
  held(from: Address): Address;
}

const asItIs: Operand = { cast: (from) => from, held: (from) => from };

/** An operand of `length` entries in a format; null: as it is, without a copy. `record` gets the share of entries that underflowed. */
export function createOperand(
  { allocate, kernels }: Engine,
  format: Format | null | undefined,
  length: number,
  record: (share: number) => void = () => undefined,
): Operand {
  if (format === null || format === undefined) return asItIs;
  const { smallestNormal, spacingAtOne, largest } = format;
  const room = allocate(length);
  return {
    cast(from) {
      record(kernels.castToFormat(from, room, length, smallestNormal, spacingAtOne, largest) / length);
      return room;
    },
    held: () => room,
  };
}
