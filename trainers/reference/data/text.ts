import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { randomStream } from "../../../analysis/numerics/random-stream.ts";
import { LadderError } from "../../../analysis/study/ladder-error.ts";
import type { Data } from "../../../analysis/study/trainer-contract.ts";
import type { TokenSource } from "./token-source.ts";

/** Symbols of a text: newline is 0, the printable ASCII characters from space to `~` are 1 … 95. */
export const alphabetSize = 96;

/** Bytes to symbols. Carriage returns become newlines, every other byte outside the alphabet a space. */
export function symbolsOf(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => (byte === 10 || byte === 13 ? 0 : byte >= 32 && byte <= 126 ? byte - 31 : 1));
}

/**
 * Any text file, read as bytes. Its last `heldOutFraction` is never trained on; evaluation windows lie evenly over it, the same
 * for every run. Training windows are drawn uniformly from the rest, from a stream named after the step.
 *
 * @throws LadderError `missing` DATA_MISSING, `input` DATA_CHANGED (another sha256), VOCABULARY_TOO_SMALL, DATA_TOO_SHORT
 */
export function textSource(data: Extract<Data, { kind: "text" }>, vocabularySize: number, windowLength: number, seed: number): TokenSource {
  const bytes = readText(data);
  if (vocabularySize < alphabetSize)
    throw new LadderError(
      "input",
      "VOCABULARY_TOO_SMALL",
      `model.vocabularySize is ${vocabularySize}, but text has ${alphabetSize} symbols`,
      {
        hint: `use vocabularySize ${alphabetSize}`,
      },
    );
  const symbols = symbolsOf(bytes);
  const trainingLength = Math.floor(symbols.length * (1 - data.heldOutFraction));
  const training = symbols.subarray(0, trainingLength);
  const heldOut = symbols.subarray(trainingLength);
  for (const [part, length] of [
    ["training part", training.length],
    ["held-out part", heldOut.length],
  ] as const)
    if (length < windowLength)
      throw new LadderError(
        "input",
        "DATA_TOO_SHORT",
        `the ${part} of ${data.path} has ${length} symbols, a window needs ${windowLength}`,
        {
          hint: "use a longer text, a shorter sequenceLength or another heldOutFraction",
        },
      );
  return {
    trainingWindows(step, count, write) {
      const stream = randomStream(seed, "batches", step);
      for (let index = 0; index < count; index += 1) {
        const start = stream.integer(training.length - windowLength + 1);
        write(index, training.subarray(start, start + windowLength));
      }
    },
    heldOutWindows(first, count, total, write) {
      const last = heldOut.length - windowLength;
      for (let index = 0; index < count; index += 1) {
        const start = total > 1 ? Math.floor((last * (first + index)) / (total - 1)) : 0;
        write(index, heldOut.subarray(start, start + windowLength));
      }
    },
  };
}

function readText(data: Extract<Data, { kind: "text" }>): Uint8Array {
  let bytes: Buffer;
  try {
    bytes = readFileSync(data.path);
  } catch (cause) {
    throw new LadderError(
      "missing",
      "DATA_MISSING",
      `cannot read the text ${data.path}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  const digest = createHash("sha256").update(bytes).digest("hex");
  if (digest !== data.sha256)
    throw new LadderError("input", "DATA_CHANGED", `${data.path} has sha256 ${digest}, but the run was resolved for ${data.sha256}`, {
      fields: { path: data.path, found: digest, expected: data.sha256 },
      hint: "restore the file, or submit again so that the new content gets new run keys",
    });
  return bytes;
}
