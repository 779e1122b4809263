import { createHash } from "node:crypto";
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { LineAssembler, type StreamLine } from "./line-assembler.ts";

/** Why reading began again at the file's first byte. Ingest is idempotent, so reading a line twice is harmless. */
export type TailRestart = "truncated" | "rotated" | "rewritten";

export interface TailBatch {
  readonly lines: readonly StreamLine[];
  readonly restarts: readonly TailRestart[];
  /** True when bytes were left for the next call. */
  readonly more: boolean;
}

const prefixBytes = 1024;
const batchBytes = 1_048_576;

/**
 * Follows a file that another process appends to, like `tail -F` for machines: complete lines only, and no line lost
 * when the file is truncated, replaced or renamed away. Offset, inode and a digest of the first kilobyte tell the cases
 * apart. Memory is bounded by one batch (1 MiB) and one line.
 */
export class FileTail {
  private assembler = new LineAssembler();
  private inode: bigint | undefined;
  private prefix = { length: 0, digest: "" };
  private readonly path: string;

  /** @param path - absolute; the file need not exist yet */
  constructor(path: string) {
    this.path = path;
  }

  /** Reads what was appended since the last call, at most 1 MiB of it. */
  async read(): Promise<TailBatch> {
    const file = await openIfThere(this.path);
    if (file === undefined) return { lines: [], restarts: [], more: false };
    try {
      return await this.readFrom(file);
    } finally {
      await file.close();
    }
  }

  /** The last piece without `\n`, if any: for when the writer is known to be gone and `read` has no more. */
  finish(): readonly StreamLine[] {
    const rest = this.assembler.flush();
    return rest === undefined ? [] : [rest];
  }

  private async readFrom(file: FileHandle): Promise<TailBatch> {
    const { ino, size } = await file.stat({ bigint: true });
    let drained: readonly StreamLine[] = [];
    const restarts: TailRestart[] = [];
    if (this.inode !== undefined && ino !== this.inode) {
      drained = await this.drainRenamed(this.inode);
      restarts.push("rotated");
      this.restart();
    } else if (size < BigInt(this.assembler.readUntil)) {
      restarts.push("truncated");
      this.restart();
    } else if (
      size > BigInt(this.assembler.readUntil) &&
      this.prefix.length > 0 &&
      (await digestOfStart(file, this.prefix.length)) !== this.prefix.digest
    ) {
      restarts.push("rewritten");
      this.restart();
    }
    this.inode = ino;
    const bytes = await readAt(file, this.assembler.readUntil, batchBytes);
    const lines = this.assembler.push(bytes);
    await this.rememberPrefix(file);
    return { lines: drained.length === 0 ? lines : drained.concat(lines), restarts, more: bytes.length === batchBytes };
  }

  private restart(): void {
    this.assembler = new LineAssembler(0, this.assembler.nextNumber);
    this.prefix = { length: 0, digest: "" };
  }

  private async rememberPrefix(file: FileHandle): Promise<void> {
    const length = Math.min(prefixBytes, this.assembler.readUntil);
    if (length > this.prefix.length) this.prefix = { length, digest: await digestOfStart(file, length) };
  }

  /** A rotated file lies beside the new one under another name; its inode finds it. */
  private async drainRenamed(inode: bigint): Promise<readonly StreamLine[]> {
    for (const name of await readdir(dirname(this.path))) {
      if (name === basename(this.path)) continue;
      const path = join(dirname(this.path), name);
      const found = await stat(path, { bigint: true }).catch(() => undefined);
      if (found?.ino !== inode) continue;
      const file = await openIfThere(path);
      if (file === undefined) continue;
      try {
        let lines: readonly StreamLine[] = [];
        for (
          let bytes = await readAt(file, this.assembler.readUntil, batchBytes);
          bytes.length > 0;
          bytes = await readAt(file, this.assembler.readUntil, batchBytes)
        ) {
          lines = lines.concat(this.assembler.push(bytes));
        }
        return lines.concat(this.finish());
      } finally {
        await file.close();
      }
    }
    return [];
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function readAt(file: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const { size } = await file.stat();
  const wanted = Math.max(0, Math.min(length, size - offset));
  if (wanted === 0) return new Uint8Array(0);
  const buffer = new Uint8Array(wanted);
  let filled = 0;
  while (filled < wanted) {
    const { bytesRead } = await file.read(buffer, filled, wanted - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

async function digestOfStart(file: FileHandle, length: number): Promise<string> {
  return createHash("sha256")
    .update(await readAt(file, 0, length))
    .digest("hex");
}
