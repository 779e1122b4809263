export { sweepWorkflow } from "./sweep-workflow.ts";
