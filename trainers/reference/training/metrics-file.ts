import { openSync, writeSync } from "node:fs";
import type { TrainerEvent } from "../../../analysis/study/trainer-contract.ts";
import type { MetricLine } from "./train-run.ts";

/** Opens a metrics file for appending; each line is one write, so that readers see whole lines or a last one still being written. */
export function openMetricsFile(path: string): (line: MetricLine | TrainerEvent) => void {
  const file = openSync(path, "a");
  return (line) => {
    const bytes = Buffer.from(formatLine(line));
    let written = 0;
    while (written < bytes.length) written += writeSync(file, bytes, written);
  };
}

/** One JSON line. Numbers that JSON lacks are written as the contract reads them: "NaN", "Infinity". */
export function formatLine(line: MetricLine | TrainerEvent): string {
  return `${JSON.stringify(line, (_key, value: unknown) => (typeof value === "number" && !Number.isFinite(value) ? String(value) : value))}\n`;
}
