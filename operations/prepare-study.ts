import { readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { planTrials } from "../analysis/search/plan.ts";
import { contentHash, type JsonValue } from "../analysis/study/content-hash.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { StudySpec } from "../analysis/study/study-spec.ts";
import type { Data } from "../analysis/study/trainer-contract.ts";
import type { PlannedTrial } from "../analysis/study/trial.ts";
import { parseStudyFile } from "../infra/configs/study-file.ts";
import { resolveData } from "../infra/data-source.ts";
import type { Settings } from "../infra/settings.ts";
import { resolveTrainer, type TrainerProgram } from "../infra/trainer-program.ts";

/** A study file with all that it names looked up: nothing in it depends on where or when it runs. */
export interface PreparedStudy {
  readonly spec: StudySpec;
  readonly specHash: string;
  readonly data: Data;
  readonly trainer: TrainerProgram;
  readonly trials: readonly PlannedTrial[];
  /** Runs at a time: the executor's slots, or one a processor. */
  readonly concurrency: number;
}

/**
 * Reads a study file and resolves its data, its trainer and every run.
 *
 * @throws LadderError missing FILE_NOT_FOUND; input SPEC_INVALID with every problem; what data and trainer refuse
 */
export async function prepareStudy(settings: Pick<Settings, "environment">, studyFile: string): Promise<PreparedStudy> {
  const path = resolve(studyFile);
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    throw new LadderError("missing", "FILE_NOT_FOUND", `there is no readable file ${studyFile}`, {
      cause: error,
      hint: "ladder init writes a study.yaml",
    });
  });
  return prepareSpec(settings, parseStudyFile(text, studyFile), dirname(path));
}

/** The same for a spec that is in memory; relative paths in it start from `folder`. */
export async function prepareSpec(settings: Pick<Settings, "environment">, spec: StudySpec, folder: string): Promise<PreparedStudy> {
  const [data, trainer] = await Promise.all([resolveData(spec.data, folder), resolveTrainer(spec.trainer, folder, settings.environment)]);
  return planSpec({ spec, data, trainer });
}

/** Resolves every run of a spec for known data and a known trainer. */
export function planSpec({ spec, data, trainer }: Pick<PreparedStudy, "spec" | "data" | "trainer">): PreparedStudy {
  return {
    spec,
    specHash: hashSpec(spec),
    data,
    trainer,
    trials: planTrials(spec, data, { version: trainer.version, programDigest: trainer.programDigest }),
    concurrency: spec.executor.slots ?? availableParallelism(),
  };
}

/** Identity of a spec with its defaults filled in: comments, order of keys and layout of the file do not count. */
export function hashSpec(spec: StudySpec): string {
  const json: JsonValue = z.json().parse(JSON.parse(JSON.stringify(spec)));
  return contentHash(json);
}
