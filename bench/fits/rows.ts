import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FitRows } from "../../analysis/fits/contract.ts";
import { exp, log, pow } from "../../analysis/numerics/elementary.ts";
import { randomStream } from "../../analysis/numerics/random-stream.ts";
import { parseCsv } from "../../infra/run-tables/csv.ts";

const folder = join(import.meta.dirname, "../../test/published");

/** N, D and loss of a data set of the published fits. */
function readRows(path: string): { N: number; D: number; loss: number }[] {
  const { columns, records } = parseCsv(readFileSync(join(folder, path), "utf8"), path);
  const [size, tokens, loss] = ["N", "D", "loss"].map((name) => columns.indexOf(name));
  return records.map(({ cells }) => ({ N: Number(cells[size ?? 0]), D: Number(cells[tokens ?? 0]), loss: Number(cells[loss ?? 0]) }));
}

function toFitRows(rows: readonly { N: number; D: number; loss: number }[]): FitRows {
  return {
    columns: { N: Float64Array.from(rows, ({ N }) => N), D: Float64Array.from(rows, ({ D }) => D) },
    output: Float64Array.from(rows, ({ loss }) => loss),
  };
}

/** Besiroglu et al.'s 240: figure 4 of Hoffmann et al. without the five highest losses. */
export function chinchillaRows(): FitRows {
  const sorted = readRows("chinchilla/runs.csv").sort((left, right) => left.loss - right.loss);
  return toFitRows(sorted.slice(0, 240));
}

/** (Mis)Fitting's 4,852 intermediate checkpoints. */
export function checkpointRows(): FitRows {
  return toFitRows(readRows("misfitting/checkpoints.csv"));
}

/** Rows of a known law with 1 % noise, N and D over three decades. */
export function syntheticRows(count: number): FitRows {
  const stream = randomStream(1, "bench", "synthetic", count);
  return toFitRows(
    Array.from({ length: count }, () => {
      const [N, D] = [exp(log(1e7) + 6.9 * stream.uniform()), exp(log(1e9) + 6.9 * stream.uniform())];
      return { N, D, loss: (1.8 + 480 * pow(N, -0.35) + 2100 * pow(D, -0.37)) * exp(0.01 * stream.normal()) };
    }),
  );
}
