import type { Law } from "../../laws/contract.ts";
import { LadderError } from "../../study/ladder-error.ts";
import { type Quantity, quantityOf, type Range } from "./fitted-rows.ts";

/** A value with the ends of its interval; null where no draw gave one. */
export interface FrontierValue {
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** The best split of one budget. */
export interface FrontierPlace {
  /** FLOPs. */
  readonly compute: number;
  readonly size: FrontierValue;
  readonly tokens: FrontierValue;
  readonly tokensPerParameter: FrontierValue;
  /** Of the law itself, not of one new run. */
  readonly loss: FrontierValue;
}

/** How a law splits compute, from the smallest budget to beyond the rows. Plain JSON. */
export interface AllocationFrontier {
  readonly law: string;
  readonly size: Quantity;
  readonly tokens: Quantity;
  readonly output: Quantity;
  readonly level: number;
  /** How the intervals were made, in words. */
  readonly method: string;
  /** Smallest and largest fitted budget, FLOPs; null where budgets are not known. */
  readonly measured: Range | null;
  /** By rising compute. */
  readonly places: readonly FrontierPlace[];
  /** What was asked for; null where nothing was. */
  readonly target: FrontierPlace | null;
}

/** What a reading of the frontier takes of an allocation plan. */
export interface PlannedAllocation {
  readonly level: number;
  readonly method: string;
  /** FLOPs; null where budgets are not known. */
  readonly fittedCompute: { readonly from: number; readonly to: number } | null;
  /** One a budget asked for. */
  readonly places: readonly FrontierPlace[];
  /** Budgets on the way. */
  readonly frontier: readonly FrontierPlace[];
}

/**
 * The frontier of an allocation plan, with the largest budget that was asked for as the target.
 *
 * @param law the one of the plan
 * @throws LadderError `input` ALLOCATION_UNKNOWN for a law that splits nothing
 */
export function readAllocationFrontier(law: Law, plan: PlannedAllocation): AllocationFrontier {
  const find = (name: string | undefined): Law["inputs"][number] | undefined => law.inputs.find((input) => input.name === name);
  const [size, tokens] = [find(law.allocation?.size), find(law.allocation?.tokens)];
  if (size === undefined || tokens === undefined)
    throw new LadderError("input", "ALLOCATION_UNKNOWN", `${law.id} does not say how loss depends on both model size and tokens`, {
      fields: { law: law.id },
      hint: "fit a law of N and D, for example chinchilla",
    });
  const known = new Map([...plan.frontier, ...plan.places].map((place) => [place.compute, place]));
  const places = [...known.values()].sort((left, right) => left.compute - right.compute).map(plain);
  const asked = [...plan.places].sort((left, right) => left.compute - right.compute).at(-1);
  const { fittedCompute } = plan;
  return {
    law: law.id,
    size: quantityOf(size),
    tokens: quantityOf(tokens),
    output: quantityOf(law.output),
    level: plan.level,
    method: plan.method,
    measured: fittedCompute === null ? null : { low: fittedCompute.from, high: fittedCompute.to },
    places,
    target: asked === undefined ? null : plain(asked),
  };
}

/** Without whatever else a place may carry. */
function plain({ compute, size, tokens, tokensPerParameter, loss }: FrontierPlace): FrontierPlace {
  return { compute, size, tokens, tokensPerParameter, loss };
}
