import { markdownTable } from "../../analysis/study/markdown-table.ts";

/**
 * What the reference bench measured in 2026 (torch 2.15, pyro 1.9.2, optuna 5.0.0, Python 3.11): means over its seeds from 0, 100 evaluations.
 * "carbs, fitted": with every Gaussian process really fitted, in double precision.
 */
const values = {
  a: [
    ["random", 8, "0.790 [0.737 – 0.843]", "0.372 / 0.247", "0", "–"],
    ["Optuna TPE", 8, "0.871 [0.738 – 0.914]", "0.187 / 0.242", "0", "–"],
    ["Optuna GP", 3, "0.930 [0.907 – 0.965]", "0.030 / 0.389", "0", "–"],
    ["carbs", 8, "0.926 [0.912 – 0.944]", "0.129 / 0.069", "0", "26.0"],
    ["carbs, fitted", 8, "0.926 [0.885 – 0.951]", "0.113 / 0.040", "0", "0.5"],
  ],
  b: [
    ["random", 8, "0.547 [0.295 – 0.754]", "1.567 / 1.452", "0", "–"],
    ["Optuna TPE", 8, "0.849 [0.706 – 0.933]", "0.497 / 0.497", "0", "–"],
    ["Optuna GP", 3, "0.933 [0.889 – 0.955]", "0.227 / 0.226", "0", "–"],
    ["carbs", 8, "0.801 [0.735 – 0.930]", "0.356 / 0.316", "0", "0"],
    ["carbs, fitted", 8, "0.826 [0.763 – 0.905]", "0.409 / 0.316", "0", "0"],
  ],
  c: [
    ["random", 8, "0.821 [0.694 – 0.864]", "0.112 / 0.157", "51", "–"],
    ["Optuna TPE", 8, "0.649 [0.455 – 0.745]", "0.291 / 0.382", "89", "–"],
    ["Optuna GP", 3, "0.577 [0.449 – 0.735]", "0.279 / 0.579", "89", "–"],
    ["carbs", 8, "0.887 [0.840 – 0.924]", "0.028 / 0.032", "15", "9.1"],
    ["carbs, fitted", 8, "0.881 [0.642 – 0.941]", "0.083 / 0.204", "10", "0.2"],
  ],
} as const;

/** The values of a problem; null of those that the reference bench does not have. */
export function referenceTable(problem: string): string | null {
  if (!(problem === "a" || problem === "b" || problem === "c")) return null;
  const rows = values[problem].map((row) => row.map(String));
  return markdownTable(["reference", "seeds", "hypervolume", "gap middle / cap", "failed", "over cap"], rows);
}
