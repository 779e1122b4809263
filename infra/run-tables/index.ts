import { csvFormat } from "./csv.ts";
import { jsonLinesFormat } from "./json-lines.ts";
import { optunaFormat } from "./optuna.ts";
import { parquetFormat } from "./parquet.ts";
import type { RunTableFormat } from "./run-table-format.ts";
import { tensorboardFormat } from "./tensorboard.ts";
import { wandbFormat } from "./wandb.ts";

/** Every format that runs are imported from. The first one that recognises a source reads it, so the special ones come first. */
export const runTableFormats: readonly RunTableFormat[] = [
  tensorboardFormat,
  parquetFormat,
  optunaFormat,
  wandbFormat,
  jsonLinesFormat,
  csvFormat,
];
