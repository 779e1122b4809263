import type { AllocationOptions } from "../analysis/fits/allocation.ts";
import { type AllocationPlan, planAllocation } from "../analysis/fits/allocation-plan.ts";
import { readFit } from "./read-fit.ts";
import type { Settings } from "./session.ts";

/** A plan with where its fit came from. Plain JSON: what `ladder allocate --json` prints. */
export interface AllocationReport extends AllocationPlan {
  /** Id or file, as it was asked for. */
  readonly fit: string;
  /** File or study that the rows came from. */
  readonly source: string;
}

/**
 * How to split compute between model size and tokens, by a kept fit.
 *
 * @param name id of a fit, or a file that holds one
 * @param computes FLOPs, above 0, at least one
 * @throws LadderError as `readFit` and `planAllocation`
 */
export async function allocateForFit(
  settings: Settings,
  name: string,
  computes: readonly number[],
  options: AllocationOptions,
): Promise<AllocationReport> {
  const open = await readFit(settings, name);
  return { fit: name, source: open.document.source, ...planAllocation(open, computes, options) };
}
