#!/usr/bin/env node
import process, { env } from "node:process";
import { LadderError, type LadderErrorKind } from "../../analysis/study/ladder-error.ts";
import { preemptedExitCode } from "../../analysis/study/trainer-contract.ts";
import { openMetricsFile } from "./training/metrics-file.ts";
import { readRunFile } from "./training/run-file.ts";
import { trainRun } from "./training/train-run.ts";

/**
 * The reference trainer as a process of trainer contract 1: reads the JSON file in LADDER_RUN, appends JSON lines to LADDER_METRICS.
 * Exit 0: done or diverged (the lines say which); 75: stopped by SIGTERM or SIGINT with a checkpoint; 2: the run is refused.
 */
const exitCodes: Readonly<Record<LadderErrorKind, number>> = { input: 2, missing: 3, conflict: 4, unavailable: 5, rejected: 6, defect: 70 };

const usage = `The reference trainer of Ladder (trainer contract 1). It is started by Ladder's executors.

  LADDER_RUN=run.json LADDER_METRICS=metrics.jsonl node main.js

LADDER_RUN      a JSON file with everything resolved (see docs/reference-trainer.md)
LADDER_METRICS  JSON lines are appended to this file
Exit codes      0 done or diverged, 75 stopped with a checkpoint, 2 run refused, 3 file missing`;

async function main(): Promise<number> {
  if (process.argv.includes("--help") || process.argv.includes("-h")) {
    console.log(usage);
    return 0;
  }
  let stopRequested = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => {
      stopRequested = true;
    });
  const run = readRunFile(variable("LADDER_RUN"));
  const write = openMetricsFile(variable("LADDER_METRICS"));
  console.log(
    `${run.model.architecture} width ${run.scale.width} depth ${run.scale.depth}, ${run.scale.parameterCountTotal} parameters, ` +
      `${run.tokenHorizon / run.scale.batchSizeTokens} steps of ${run.scale.batchSizeTokens} tokens, seed ${run.seed}, attempt ${run.attempt}` +
      (run.resumeFrom === null ? "" : `, resuming from ${run.resumeFrom}`),
  );
  const outcome = await trainRun(run, { write, shouldStop: () => stopRequested });
  console.log(
    `${outcome.status} at step ${outcome.step}${outcome.loss === null ? "" : `, held-out loss ${outcome.loss.toFixed(4)}`}, ` +
      `${outcome.cpuSeconds.toFixed(2)} CPU-seconds`,
  );
  return outcome.status === "preempted" ? preemptedExitCode : 0;
}

function variable(name: string): string {
  const value = env[name];
  if (value === undefined || value === "")
    throw new LadderError("input", "ENVIRONMENT_INCOMPLETE", `${name} is not set`, {
      hint: "set LADDER_RUN and LADDER_METRICS; --help says how",
    });
  return value;
}

function report(error: unknown): number {
  if (!(error instanceof LadderError)) {
    console.error(error);
    return exitCodes.defect;
  }
  console.error(`error: ${error.message} [${error.code}]`);
  for (const { path, message, value, fix } of error.problems)
    console.error(
      `  ${path === "" ? "(root)" : path}: ${message}${value === undefined ? "" : ` (found ${value})`}${fix === undefined ? "" : `; ${fix}`}`,
    );
  if (error.hint !== undefined) console.error(`hint: ${error.hint}`);
  return exitCodes[error.kind];
}

process.exitCode = await main().catch(report);
