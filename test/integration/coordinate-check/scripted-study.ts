import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { StudySpecInput } from "../../../analysis/study/study-spec.ts";

const trainer = fileURLToPath(new URL("./scripted-trainer.mjs", import.meta.url));
/** What the scripted trainer does, by the number that its hyperparameter `mode` has. */
export const modes = { silent: 1, crashes: 2, hangs: 3, diverges: 4 } as const;

/** A folder in which every start of the trainer leaves a file. */
export interface Journal {
  readonly folder: string;
  readonly starts: () => readonly number[];
  readonly remove: () => void;
}

export function createJournal(): Journal {
  const folder = mkdtempSync(join(tmpdir(), "ladder-journal-"));
  return {
    folder,
    starts: () => readdirSync(folder).map(Number),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A study whose trainer is scripted: `sizeSlope`, `changeSlope`, `breaksAt` and `mode` are hyperparameters. */
export function scriptedStudy(journal: Journal, changes: Partial<StudySpecInput> = {}): StudySpecInput {
  return {
    study: "scripted",
    trainer: { command: [process.execPath, trainer, journal.folder] },
    model: { architecture: "custom", tensors: [{ name: "hidden", role: "hidden", shape: ["width", "width"] }] },
    data: { kind: "external", id: "none" },
    optimizer: { name: "sgd", momentum: 0 },
    base: { width: 8 },
    scales: { width: [8, 16, 32], depth: 1, headDimension: 1, batchSizeTokens: 4, tokenHorizon: 400 },
    parametrizations: ["mup"],
    space: { learningRate: { values: [0.01, 0.02] } },
    seeds: [1],
    executor: { name: "local", slots: 2 },
    ...changes,
  };
}
