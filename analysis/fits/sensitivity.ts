import type { Law } from "../laws/contract.ts";
import { LadderError } from "../study/ladder-error.ts";
import { type Allocation, type AllocationOptions, computeSplitter } from "./allocation.ts";
import type { FitResult, FitRows } from "./contract.ts";
import { type FitOptions, fitLaw } from "./fit-law.ts";
import {
  countingVariants,
  deltaVariants,
  type FitVariant,
  formVariants,
  type InputCounting,
  outputVariant,
  penaltyVariants,
  residualVariant,
  type SensitivityFactor,
  sizeVariants,
  startVariants,
} from "./sensitivity-variants.ts";

/** One way in which the same fit could have been made. Plain JSON. */
export interface SensitivityRow {
  /** Null for the fit itself. */
  readonly factor: SensitivityFactor | null;
  /** What differs from the fit, in words. */
  readonly variant: string;
  readonly law: string;
  readonly rowCount: number;
  /** Natural values; null where a term vanished. */
  readonly parameters: Readonly<Record<string, number | null>>;
  /** Of its own objective and rows: only start grids are compared by it. */
  readonly objectiveValue: number;
  readonly startsRun: number;
  /** Of the starts that were run, the share that ended at its own minimum. */
  readonly shareReached: number;
  /** The best split at every budget asked for; null where there is none. */
  readonly optima: readonly (Allocation | null)[];
  /** Why this way has no fit; null where it has. */
  readonly refused: string | null;
}

export interface SensitivityOptions extends FitOptions {
  /** Input whose smallest values are left out in turn, for example N; left out: the law's model size, if it has one. */
  readonly size?: string;
  /** Other countings of an input by words that name them, for example N without embeddings. */
  readonly countings?: Readonly<Record<string, InputCounting>>;
  /** Also other forms, penalties and start grids, and without the highest outputs and the largest models. */
  readonly thorough?: boolean;
  /** FLOPs at which the best split is told; none when left out. */
  readonly computes?: readonly number[];
  readonly allocation?: AllocationOptions;
}

/**
 * The fit and what it would have been with another delta, without the rows it fits worst, without the smallest models and with another
 * counting, and, where asked for, everything else in which published fits of the same rows differ: what a reader must see before believing
 * a parameter to three digits.
 *
 * @throws LadderError as `fitLaw` for the fit itself; `computeSplitter` where `computes` are given
 */
export function fitSensitivity(law: Law, rows: FitRows, options: SensitivityOptions = {}): readonly SensitivityRow[] {
  const { size = law.allocation?.size, countings = {}, thorough = false, computes = [], allocation = {}, ...fitOptions } = options;
  const fit = fitLaw(law, rows, fitOptions);
  const optimaOf = (other: Law, found: FitResult): SensitivityRow["optima"] => optima(other, found, computes, allocation);
  if (computes.length > 0) computeSplitter(law, allocation);
  const own = { law, rows, options: fitOptions };
  const sized = (end: "smallest" | "largest"): readonly FitVariant[] =>
    size === undefined ? [] : sizeVariants(law, rows, fitOptions, size, end);
  const variants: readonly FitVariant[] = [
    ...(thorough ? formVariants(law, rows, fitOptions) : []),
    ...deltaVariants(law, rows, fitOptions, fit),
    ...(thorough ? penaltyVariants(law, rows, fitOptions, fit) : []),
    ...(thorough ? startVariants(law, rows, fitOptions) : []),
    ...(thorough ? [outputVariant(law, rows, fitOptions)] : []),
    residualVariant(law, rows, fitOptions, fit),
    ...sized("smallest"),
    ...(thorough ? sized("largest") : []),
    ...countingVariants(law, rows, fitOptions, countings),
  ].filter((variant) => thorough || variant.rows.output.length >= law.parameters.length);
  return [
    toRow({ ...own, factor: null, variant: "as fitted" }, fit, optimaOf(law, fit)),
    ...variants.map((variant) => {
      try {
        const found = fitLaw(variant.law, variant.rows, variant.options);
        return toRow(variant, found, optimaOf(variant.law, found));
      } catch (error) {
        if (!thorough || !(error instanceof LadderError) || error.kind === "defect") throw error;
        return refusedRow(variant, error.message, computes);
      }
    }),
  ];
}

function optima(law: Law, fit: FitResult, computes: readonly number[], allocation: AllocationOptions): SensitivityRow["optima"] {
  if (law.allocation === undefined || computes.length === 0) return computes.map(() => null);
  const splitter = computeSplitter(law, allocation);
  const coordinates = Float64Array.from(fit.parameters, ({ coordinate }) => coordinate);
  return computes.map((compute) => splitter.split(coordinates, compute));
}

type Labelled = Pick<SensitivityRow, "factor" | "variant"> & { readonly law: Law };

function toRow({ factor, variant, law }: Labelled, fit: FitResult, found: SensitivityRow["optima"]): SensitivityRow {
  return {
    factor,
    variant,
    law: law.id,
    rowCount: fit.rowCount,
    parameters: Object.fromEntries(fit.parameters.map(({ name, value }) => [name, value])),
    objectiveValue: fit.objectiveValue,
    startsRun: fit.starts.run,
    shareReached: fit.starts.shareReached,
    optima: found,
    refused: null,
  };
}

function refusedRow({ factor, variant, law, rows }: FitVariant, refused: string, computes: readonly number[]): SensitivityRow {
  return {
    factor,
    variant,
    law: law.id,
    rowCount: rows.output.length,
    parameters: {},
    objectiveValue: 0,
    startsRun: 0,
    shareReached: 0,
    optima: computes.map(() => null),
    refused,
  };
}
