import { createHash } from "node:crypto";
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import { type Optimizer, optimizerNames } from "../../../analysis/study/trainer-contract.ts";
import type { Engine } from "../engine/engine.ts";
import type { Address } from "../engine/kernels.ts";
import type { OptimizerState } from "./optimizer.ts";
import type { Parameter } from "./parameters.ts";

/**
 * A checkpoint file: 8 bytes "LADDERC1", the header's length (u32, little-endian), the header (JSON), then the blocks of the
 * header one after the other as little-endian f32 or, where the header says so, f64, then the SHA-256 of all before it. Batches come from counter streams,
 * so weights, optimizer state and step are the whole state of a run.
 */
const magic = "LADDERC1";

const headerSchema = z.strictObject({
  step: z.int().nonnegative(),
  optimizer: z.enum(optimizerNames),
  blocks: z.array(
    z.strictObject({ tensor: z.string(), part: z.string(), length: z.int().positive(), precision: z.literal("float64").optional() }),
  ),
});

interface Block {
  readonly tensor: string;
  readonly part: string;
  readonly length: number;
  readonly precision: "float32" | "float64";
  readonly address: Address;
}

/** What a checkpoint holds: the run's tensors and its optimizer's. */
export interface TrainedState {
  readonly engine: Engine;
  readonly parameters: readonly Parameter[];
  readonly optimizer: Optimizer;
  readonly optimizerState: OptimizerState;
}

/**
 * Writes the state after `step` updates to `folder`, synced and by rename: a reader sees the whole file or none.
 *
 * @returns the absolute path of the file
 */
export function writeCheckpoint(folder: string, step: number, state: TrainedState): string {
  const path = resolve(join(folder, `step-${String(step).padStart(9, "0")}.checkpoint`));
  const blocks = blocksOf(state);
  const header = Buffer.from(JSON.stringify({ step, optimizer: state.optimizer.name, blocks: blocks.map(headerOf) }));
  const prefix = Buffer.alloc(12);
  prefix.write(magic, "latin1");
  prefix.writeUInt32LE(header.length, 8);
  const temporary = `${path}.${process.pid}.partial`;
  const hash = createHash("sha256");
  try {
    mkdirSync(folder, { recursive: true });
    const file = openSync(temporary, "w");
    try {
      for (const bytes of [prefix, header, ...blocks.map((block) => bytesOf(state.engine, block))]) {
        hash.update(bytes);
        writeWhole(file, bytes);
      }
      writeWhole(file, hash.digest());
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (cause) {
    removeQuietly(temporary);
    throw new LadderError("unavailable", "CHECKPOINT_NOT_WRITTEN", `cannot write the checkpoint ${path}: ${messageOf(cause)}`, {
      hint: "check free space and permissions of the checkpoint folder",
      cause,
    });
  }
  return path;
}

/**
 * Reads a checkpoint into the state's tensors.
 *
 * @returns the number of updates done
 * @throws LadderError `missing` CHECKPOINT_MISSING; `input` CHECKPOINT_DAMAGED or CHECKPOINT_MISMATCH (another model or optimizer)
 */
export function readCheckpoint(path: string, state: TrainedState): number {
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch (cause) {
    throw new LadderError("missing", "CHECKPOINT_MISSING", `cannot read the checkpoint ${path}: ${messageOf(cause)}`, { cause });
  }
  const damaged = new LadderError("input", "CHECKPOINT_DAMAGED", `${path} is not a whole checkpoint of this trainer`, {
    hint: "start from an older checkpoint, or from step 0 with resumeFrom null",
  });
  const body = file.subarray(0, file.length - 32);
  if (file.length < 44 || file.toString("latin1", 0, 8) !== magic) throw damaged;
  if (
    !createHash("sha256")
      .update(body)
      .digest()
      .equals(file.subarray(file.length - 32))
  )
    throw damaged;
  const headerEnd = 12 + file.readUInt32LE(8);
  const header = headerSchema.parse(JSON.parse(file.toString("utf8", 12, headerEnd)));
  const blocks = blocksOf(state);
  if (header.optimizer !== state.optimizer.name || !isDeepStrictEqual(header.blocks, blocks.map(headerOf)))
    throw new LadderError("input", "CHECKPOINT_MISMATCH", `${path} belongs to another model or optimizer than this run`, {
      fields: { checkpointOptimizer: header.optimizer, runOptimizer: state.optimizer.name },
      hint: "resumeFrom must name a checkpoint with the same tensors, shapes and optimizer",
    });
  let offset = headerEnd;
  for (const block of blocks) {
    const bytes = bytesOf(state.engine, block);
    bytes.set(file.subarray(offset, offset + bytes.length));
    offset += bytes.length;
  }
  return header.step;
}

function blocksOf({ parameters, optimizerState }: TrainedState): readonly Block[] {
  return parameters.flatMap(({ row, length, weights }, index) => [
    { tensor: row.name, part: "weights", length, precision: "float32", address: weights },
    ...(optimizerState.slots[index] ?? []).map(({ name, ...slot }): Block => ({ tensor: row.name, part: name, ...slot })),
  ]);
}

/** What the header says of a block; f32 goes without saying. */
function headerOf({ tensor, part, length, precision }: Block) {
  return { tensor, part, length, ...(precision === "float64" ? { precision } : {}) };
}

function bytesOf(engine: Engine, { address, length, precision }: Block): Uint8Array {
  const floats = engine.floats(address, precision === "float64" ? 2 * length : length);
  return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);
}

function writeWhole(file: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
}

/** Removes what a failed write left; the failure itself is what the caller hears of. */
function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The folder is not there or not ours: nothing was left.
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
