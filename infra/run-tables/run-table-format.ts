import { readFile } from "node:fs/promises";
import type { RunTable } from "../../analysis/rows/run-table.ts";
import { LadderError } from "../../analysis/study/ladder-error.ts";

/** A file or folder of runs before it is read. */
export interface RunSource {
  readonly path: string;
  /** As the user wrote it, for messages. */
  readonly name: string;
  readonly isFolder: boolean;
  /** Its first bytes; empty for a folder. */
  readonly head: Uint8Array;
}

/** A format that runs are imported from: one file here, one line in `index.ts`. */
export interface RunTableFormat {
  /** As in `--read-as`. */
  readonly id: string;
  /** What it reads, in one clause, for help and docs. */
  readonly reads: string;
  /** Whether this source looks like it; the first format that says yes reads it. */
  detect(source: RunSource): boolean | Promise<boolean>;
  /**
   * Every run of the source, also those that are broken or did not finish.
   *
   * @throws LadderError `input` RUN_TABLE_INVALID when it is not of this format at all
   */
  read(source: RunSource): Promise<RunTable>;
}

/** The text of a file: UTF-8, or UTF-16 where it begins with that mark. @throws LadderError `input` RUN_TABLE_INVALID */
export async function readText({ path, name }: Pick<RunSource, "path" | "name">): Promise<string> {
  try {
    return decodeText(await readFile(path));
  } catch (error) {
    throw runTableInvalid(name, `it cannot be read as one text: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

/** Bytes as text: UTF-16 by its mark, else UTF-8; the mark is taken off. */
export function decodeText(bytes: Uint8Array): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  return new TextDecoder(encoding).decode(bytes);
}

export function runTableInvalid(name: string, why: string, cause?: unknown): LadderError {
  return new LadderError("input", "RUN_TABLE_INVALID", `${name}: ${why}`, {
    fields: { file: name },
    hint: "--read-as says which format it is",
    ...(cause === undefined ? {} : { cause }),
  });
}
