import type { LawVariable } from "./contract.ts";

/** Variables that many laws share, under the names that `--map` and `--at` take. */
export const modelSize: LawVariable = { name: "N", meaning: "parameters of the model", unit: "parameters" };
export const trainingTokens: LawVariable = { name: "D", meaning: "training tokens", unit: "tokens" };
export const trainingCompute: LawVariable = { name: "C", meaning: "training compute", unit: "FLOPs" };
export const crossEntropy: LawVariable = { name: "loss", meaning: "cross entropy", unit: "nats per token" };
