import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { access, readdir, stat } from "node:fs/promises";
import { delimiter, extname, isAbsolute, join, relative, resolve } from "node:path";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { TrainerIdentity } from "../analysis/study/run-key.ts";
import type { StudySpec } from "../analysis/study/study-spec.ts";
import { fileDigest } from "./code-state.ts";
import { referenceTrainer } from "./reference-program.ts";
import type { Environment } from "./settings.ts";

/** A trainer, ready to be started, and who it is. */
export interface TrainerProgram extends TrainerIdentity {
  /** Program and arguments; arguments that are files are absolute paths. Never a shell line. */
  readonly command: readonly string[];
}

/**
 * Turns the `trainer` of a study into a command and an identity. The identity is the declared version and the content of
 * the program's files, in their order: `program` if the study lists them (folders are walked), otherwise those arguments
 * that are files. What such a file imports does not count: list it in `program`, or raise `version`.
 *
 * @param folder - absolute folder that relative paths start from, and in which the trainer will be started
 * @throws LadderError `input` TRAINER_NOT_FOUND when the command, or a file of `program`, is not there
 */
export async function resolveTrainer(spec: StudySpec["trainer"], folder: string, environment: Environment): Promise<TrainerProgram> {
  if (spec === "reference") return referenceTrainer();
  const command = await Promise.all(
    spec.command.map(async (part, index) =>
      (index > 0 || part.includes("/")) && (await isFile(resolve(folder, part))) ? resolve(folder, part) : part,
    ),
  );
  await assertStartable(command[0] ?? "", folder, environment);
  const files = spec.program === undefined ? await implicitFiles(command) : await listedFiles(spec.program, folder);
  if (files.length === 0)
    throw new LadderError(
      "input",
      "TRAINER_WITHOUT_PROGRAM",
      `trainer.command names no file, so nothing says when the trainer changes: ${JSON.stringify(spec.command)}`,
      {
        fields: { command: spec.command },
        hint: "list the trainer's files or folders in trainer.program",
      },
    );
  const digest = createHash("sha256");
  for (const file of files) digest.update(`${await fileDigest(file)}\n`);
  // Arguments that are no files are part of what is run; where the files lie is not.
  for (const part of spec.command.slice(1)) if (!(await isFile(resolve(folder, part)))) digest.update(`argument ${part}\n`);
  return { version: spec.version, programDigest: digest.digest("hex"), command };
}

/**
 * The trainer of a sweep as it is now, for comparison with what was submitted. `command` is the submitted one, whose files
 * are absolute already.
 *
 * @returns undefined when files that the study lists are not to be found from here (the study file lay elsewhere)
 * @throws LadderError `input` TRAINER_NOT_FOUND when the command itself is gone
 */
export async function resolveTrainerAgain(
  spec: StudySpec["trainer"],
  command: readonly string[],
  folder: string,
  environment: Environment,
): Promise<TrainerProgram | undefined> {
  if (spec === "reference") return referenceTrainer();
  const missing = await Promise.all(
    (spec.program ?? []).map(async (name) => (await stat(resolve(folder, name)).catch(() => undefined)) === undefined),
  );
  return missing.includes(true) ? undefined : resolveTrainer({ ...spec, command: [...command] }, folder, environment);
}

async function implicitFiles(command: readonly string[]): Promise<readonly string[]> {
  const [program, ...parameters] = command;
  const files: string[] = [];
  for (const parameter of parameters) if (isAbsolute(parameter) && (await isFile(parameter))) files.push(parameter);
  // `./train.sh` is the program itself; `/usr/bin/python3` is the machine's.
  if (files.length === 0 && program !== undefined && isAbsolute(program) && (await isFile(program))) files.push(program);
  return files;
}

async function listedFiles(names: readonly string[], folder: string): Promise<readonly string[]> {
  const files: string[] = [];
  for (const name of names) {
    const path = resolve(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() === true) files.push(path);
    else if (found?.isDirectory() === true) files.push(...(await walk(path)));
    else
      throw new LadderError(
        "input",
        "TRAINER_NOT_FOUND",
        `trainer.program: there is no file or folder ${JSON.stringify(name)} (looked for ${path})`,
        { fields: { path } },
      );
  }
  return files;
}

/** Folders that hold no source: what a build or an interpreter leaves behind. */
const derived: ReadonlySet<string> = new Set([".git", "node_modules", "__pycache__", ".venv", "venv"]);

/** Files below a folder, sorted by their path within it. */
async function walk(folder: string): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !derived.has(entry.name)) paths.push(...(await walk(path)));
    if (entry.isFile() && extname(entry.name) !== ".pyc") paths.push(path);
  }
  const within = (path: string): string => relative(folder, path);
  return paths.sort((left, right) => (within(left) < within(right) ? -1 : 1));
}

async function assertStartable(program: string, folder: string, environment: Environment): Promise<void> {
  const places = program.includes("/")
    ? [resolve(folder, program)]
    : (environment["PATH"] ?? "").split(delimiter).map((place) => join(place, program));
  for (const place of places) {
    if (
      await access(place, constants.X_OK).then(
        () => isFile(place),
        () => false,
      )
    )
      return;
  }
  throw new LadderError(
    "input",
    "TRAINER_NOT_FOUND",
    `trainer.command: ${JSON.stringify(program)} is not a program ${program.includes("/") ? `at ${places.join("")}` : "on PATH"}`,
    {
      fields: { program },
      hint: "write the program's path, and make the file executable",
    },
  );
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}
