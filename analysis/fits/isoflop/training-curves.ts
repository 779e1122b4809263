import { log } from "../../numerics/elementary.ts";
import { mean } from "../../numerics/mean.ts";
import { LadderError } from "../../study/ladder-error.ts";
import type { FitRows } from "../contract.ts";
import { positiveColumn, positiveLosses } from "./budgets.ts";

/** Points of one run by rising compute, all in ln. */
export interface TrainingCurve {
  readonly cluster: number;
  readonly logSize: number;
  readonly logCompute: readonly number[];
  readonly logLoss: readonly number[];
  /** Null where the rows have no column D. */
  readonly logTokens: readonly number[] | null;
}

/**
 * The training curves among rows, by rising size: rows of one cluster are one run. Clusters of a single row are no curve and left out,
 * as are rows of weight 0.
 *
 * @throws LadderError `input` ISOFLOP_COLUMNS, ISOFLOP_VALUES for columns C, N, D (where it is there) and the loss
 */
export function trainingCurves(rows: FitRows): TrainingCurve[] {
  const [compute, size] = [positiveColumn(rows, "C"), positiveColumn(rows, "N")];
  const tokens = rows.columns["D"] === undefined ? null : positiveColumn(rows, "D");
  const losses = positiveLosses(rows);
  const byCluster = new Map<number, number[]>();
  for (const row of compute.keys()) {
    if (!((rows.weights?.[row] ?? 1) > 0)) continue;
    const cluster = rows.clusters?.[row] ?? row;
    const members = byCluster.get(cluster);
    if (members === undefined) byCluster.set(cluster, [row]);
    else members.push(row);
  }
  const curves = [...byCluster].flatMap(([cluster, members]): TrainingCurve[] => {
    if (members.length < 2) return [];
    const sorted = members.sort((left, right) => (compute[left] ?? 0) - (compute[right] ?? 0));
    const logs = (column: Float64Array): number[] => sorted.map((row) => log(column[row] ?? 0));
    const logTokens = tokens === null ? null : logs(tokens);
    return [{ cluster, logSize: mean(logs(size)), logCompute: logs(compute), logLoss: logs(losses), logTokens }];
  });
  return curves.sort((left, right) => left.logSize - right.logSize);
}

/** ln loss, linear in ln C between two points; NaN where the run does not reach. */
export function logLossAt({ logCompute, logLoss }: TrainingCurve, at: number): number {
  return between(logCompute, logLoss, at);
}

/**
 * ln tokens, linear in ln C; NaN where the run does not reach.
 *
 * @throws LadderError `input` ISOFLOP_COLUMNS when the rows have no column D
 */
export function logTokensAt({ logCompute, logTokens }: TrainingCurve, at: number): number {
  if (logTokens !== null) return between(logCompute, logTokens, at);
  throw new LadderError("input", "ISOFLOP_COLUMNS", "the envelope of tokens needs a column D", {
    fields: { name: "D" },
    hint: "map it, for example --map D=…",
  });
}

function between(x: readonly number[], y: readonly number[], at: number): number {
  if (at < (x[0] ?? Infinity) || at > (x.at(-1) ?? -Infinity)) return Number.NaN;
  let index = 0;
  while (index < x.length - 2 && at > (x[index + 1] ?? Infinity)) index += 1;
  const [left = 0, right = 0] = [x[index], x[index + 1]];
  const share = right > left ? (at - left) / (right - left) : 0;
  return (y[index] ?? 0) + share * ((y[index + 1] ?? 0) - (y[index] ?? 0));
}
