import { setWorkflowOptions, sleep } from "@temporalio/workflow";
import type { SweepInput, SweepResult } from "../../../workflows/sweep-messages.ts";
import { sweepWorkflow as original } from "../../../workflows/sweep-workflow.ts";

/** The workflow with one step more than histories know: replaying one with it must fail. */
export async function sweepWorkflow(input: SweepInput): Promise<SweepResult> {
  await sleep("1 second");
  return original(input);
}
setWorkflowOptions({ failureExceptionTypes: [Error] }, sweepWorkflow);
