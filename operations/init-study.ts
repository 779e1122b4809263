import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { ladderFolder } from "./ladder-version.ts";

/** An example that `init` can start from: a study file and, where it brings its own trainer, that trainer's files. */
export interface StudyExample {
  readonly name: string;
  readonly studyFile: string;
  /** Files that lie beside the study file and are copied with it. */
  readonly companions: readonly string[];
}

/** Every example that comes with Ladder: `examples/NAME.yaml` and `examples/NAME/study.yaml`. */
export async function listExamples(folder: string = join(ladderFolder(), "examples")): Promise<readonly StudyExample[]> {
  const entries = (await readdir(folder, { withFileTypes: true })).sort((left, right) => (left.name < right.name ? -1 : 1));
  const examples: StudyExample[] = [];
  for (const entry of entries) {
    if (entry.isFile() && entry.name.endsWith(".yaml")) {
      examples.push({ name: entry.name.slice(0, -".yaml".length), studyFile: join(folder, entry.name), companions: [] });
    }
    const studyFile = join(folder, entry.name, "study.yaml");
    if (entry.isDirectory() && existsSync(studyFile)) {
      const files = await readdir(join(folder, entry.name), { withFileTypes: true });
      const companions = files
        .filter((file) => file.isFile() && file.name !== "study.yaml")
        .map((file) => join(folder, entry.name, file.name));
      examples.push({ name: entry.name, studyFile, companions });
    }
  }
  return examples;
}

/**
 * Writes `study.yaml` (and what the example brings with it) into a folder, which is made if need be.
 *
 * @returns the files written, absolute, the study file first
 * @throws LadderError missing EXAMPLE_UNKNOWN; conflict FILE_EXISTS when a file is there and `force` is not given: then
 *   nothing is written
 */
export async function initStudy(input: {
  readonly folder: string;
  readonly example: string;
  readonly force: boolean;
}): Promise<readonly string[]> {
  const examples = await listExamples();
  const example = examples.find((candidate) => candidate.name === input.example);
  if (example === undefined) {
    throw new LadderError("missing", "EXAMPLE_UNKNOWN", `there is no example ${JSON.stringify(input.example)}`, {
      hint: `the examples are: ${examples.map(({ name }) => name).join(", ")}`,
    });
  }
  const folder = resolve(input.folder);
  const studyFile = join(folder, "study.yaml");
  const companions = example.companions.map((source) => ({ source, target: join(folder, basename(source)) }));
  const existing = [studyFile, ...companions.map(({ target }) => target)].filter((file) => existsSync(file));
  if (existing.length > 0 && !input.force) {
    throw new LadderError(
      "conflict",
      "FILE_EXISTS",
      `${existing.join(" and ")} ${existing.length > 1 ? "are" : "is"} already there; nothing was written`,
      {
        hint: "name another folder, or pass --force to overwrite",
      },
    );
  }
  await mkdir(folder, { recursive: true });
  await writeFile(studyFile, await readFile(example.studyFile));
  for (const { source, target } of companions) await copyFile(source, target);
  return [studyFile, ...companions.map(({ target }) => target)];
}
