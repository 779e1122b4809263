import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { SourceRecord } from "../../analysis/rows/run-table.ts";
import { ColumnCollector, flatten } from "./column-collector.ts";
import { type RunTableFormat, runTableInvalid } from "./run-table-format.ts";

/** Parquet, with any of its compressions. Members of structures are columns by their path, as in JSON. */
export const parquetFormat: RunTableFormat = {
  id: "parquet",
  reads: "a Parquet file; members of structures are columns by their path",
  detect: ({ isFolder, head }) => !isFolder && new TextDecoder().decode(head.subarray(0, 4)) === "PAR1",
  read: async ({ path, name }) => {
    try {
      const file = await asyncBufferFromFile(path);
      const metadata = await parquetMetadataAsync(file);
      const objects = await parquetReadObjects({ file, metadata, compressors });
      const collector = new ColumnCollector();
      const records = objects.map(
        (object, index): SourceRecord => ({
          line: index + 1,
          cells: collector.cells(flatten(Object.fromEntries(Object.entries(object).map(([key, value]) => [key, plain(value)])))),
        }),
      );
      // What pandas writes along as the index of a frame is no design.
      const indexColumns = parquetSchema(metadata)
        .children.map(({ element }) => element.name)
        .filter((column) => /^__index_level_\d+__$/.test(column));
      return { format: "parquet", place: "record", columns: collector.columns, outcomeColumns: indexColumns, records, notes: [] };
    } catch (error) {
      throw runTableInvalid(name, `it cannot be read as Parquet: ${error instanceof Error ? error.message : String(error)}`, error);
    }
  },
};

/** A value as JSON holds it: 64-bit integers become the nearest double, times their ISO text, bytes their length. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return `${value.byteLength} bytes`;
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]));
  return value;
}
