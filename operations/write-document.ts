import { writeFile } from "node:fs/promises";
import { LadderError } from "../analysis/study/ladder-error.ts";

/** Writes JSON to a file that a user named. @throws LadderError `rejected` FILE_NOT_WRITTEN */
export async function writeDocument(path: string, document: unknown): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(document, null, 2)}\n`);
  } catch (cause) {
    throw new LadderError(
      "rejected",
      "FILE_NOT_WRITTEN",
      `${path} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        fields: { path },
        cause,
      },
    );
  }
}
