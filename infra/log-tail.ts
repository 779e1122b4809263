import { open } from "node:fs/promises";

const mostBytes = 16_384;

/** The last lines of a log file; empty when there is none. */
export async function readLogTail(path: string, lines = 8): Promise<string> {
  const file = await open(path, "r").catch(() => undefined);
  if (file === undefined) return "";
  try {
    const { size } = await file.stat();
    const length = Math.min(size, mostBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString("utf8", 0, bytesRead).trim().split("\n").slice(-lines).join("\n");
  } finally {
    await file.close();
  }
}
