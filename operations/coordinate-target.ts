import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { getStudy } from "../infra/postgres/studies.ts";
import { listSweeps } from "../infra/postgres/sweeps.ts";
import type { Settings } from "../infra/settings.ts";
import { resolveTrainerAgain } from "../infra/trainer-program.ts";
import { hashSpec, type PreparedStudy, prepareStudy } from "./prepare-study.ts";
import { withRunningDatabase, withSession } from "./session.ts";

/** What is checked, and from where its trainer is started. */
export interface CoordinateTarget {
  readonly prepared: Pick<PreparedStudy, "spec" | "specHash" | "data" | "trainer" | "concurrency">;
  readonly workingDirectory: string;
}

/**
 * Finds what a coordinate check is about: a study file, for which no stack is needed (a database that runs is used), or a
 * study by name, as it was submitted last.
 *
 * @param target a path, known by its ending, a slash or a file that is there; else a name
 * @throws LadderError what `prepareStudy` refuses; missing STUDY_NOT_FOUND; conflict NO_SWEEP; unavailable STACK_DOWN
 */
export async function withCoordinateTarget<Result>(
  settings: Settings,
  target: string,
  use: (found: CoordinateTarget, db: LadderDatabase | null) => Promise<Result>,
): Promise<Result> {
  if (/\.ya?ml$/i.test(target) || target.includes("/") || existsSync(target)) {
    const prepared = await prepareStudy(settings, target);
    return withRunningDatabase(settings, (db) => use({ prepared, workingDirectory: dirname(resolve(target)) }, db));
  }
  return withSession(settings, async ({ db }) => use(await submittedStudy(settings, db, target), db));
}

/** The newest sweep of a study, with its trainer as it is now. */
async function submittedStudy(settings: Settings, db: LadderDatabase, name: string): Promise<CoordinateTarget> {
  const study = await getStudy(db, name);
  const sweep = (await listSweeps(db, study.id)).at(-1);
  if (sweep === undefined)
    throw new LadderError("conflict", "NO_SWEEP", `study ${name} was never submitted`, { hint: "ladder coordinate-check study.yaml" });
  const workingDirectory = projectFolder(settings);
  const { spec, data, concurrency } = sweep;
  const now = await resolveTrainerAgain(spec.trainer, sweep.trainer.command, workingDirectory, settings.environment);
  return { prepared: { spec, specHash: hashSpec(spec), data, trainer: now ?? sweep.trainer, concurrency }, workingDirectory };
}

/** The folder whose `.ladder/` this is, where sweeps start their trainers. */
export function projectFolder({ home }: Pick<Settings, "home">): string {
  return basename(home) === ".ladder" ? dirname(home) : process.cwd();
}
