import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkCoordinates, type MeasuredCoordinate } from "../analysis/coordinate-check/check-coordinates.ts";
import type { CoordinateAxis, DivergedRun } from "../analysis/coordinate-check/coordinate-check.ts";
import { coordinatePlanHash, type MeasuredCheck } from "../analysis/coordinate-check/measured-check.ts";
import { type CoordinatePlan, planCoordinateCheck } from "../analysis/coordinate-check/plan.ts";
import { coordinateCheckSpecSchema, type StudySpec } from "../analysis/study/study-spec.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { findCoordinateCheck, insertCoordinateCheck } from "../infra/postgres/coordinate-checks.ts";
import type { Settings } from "../infra/settings.ts";
import { runCoordinatePlan } from "./coordinate-runs.ts";
import type { PreparedStudy } from "./prepare-study.ts";

/** What the user asks for; what is left out is the study's `coordinateCheck`, or its default. */
export interface CoordinateCheckOptions {
  readonly axis?: CoordinateAxis | undefined;
  readonly axisValues?: readonly number[] | undefined;
  readonly steps?: number | undefined;
  readonly seeds?: readonly number[] | undefined;
  /** At the base scale. */
  readonly learningRate?: number | undefined;
  /** Only this rule set or variant; left out: all of the study. */
  readonly parametrization?: string | undefined;
}

/** Where and how checks run. */
export interface CheckSurroundings {
  readonly settings: Pick<Settings, "environment">;
  /** Absolute folder in which trainers are started. */
  readonly workingDirectory: string;
  /** Null: nothing is looked up or stored. */
  readonly db: LadderDatabase | null;
  /** Runs at a time. */
  readonly concurrency: number;
  /** Seconds until a run is stopped. */
  readonly timeoutSeconds: number;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Checks of a study. Plain JSON. */
export interface CoordinateReport {
  readonly study: string;
  readonly axis: CoordinateAxis;
  readonly checks: readonly CoordinateCheckResult[];
}

export interface CoordinateCheckResult extends MeasuredCheck {
  /** True when the same runs had been checked before: nothing was trained. */
  readonly reused: boolean;
  readonly stored: boolean;
}

/**
 * Runs the coordinate check of each rule set of a study with the study's own trainer, as processes of this machine. With a
 * database a check that was carried out before is reused, and a new one is kept.
 *
 * @throws LadderError `input` what `planCoordinateCheck` and `checkCoordinates` refuse; `rejected` CHECK_RUN_FAILED,
 *   COORDINATES_MISSING; the signal's reason when it is aborted, with every trainer ended
 */
export async function checkStudyCoordinates(
  prepared: Pick<PreparedStudy, "spec" | "specHash" | "data" | "trainer">,
  options: CoordinateCheckOptions,
  surroundings: CheckSurroundings,
): Promise<CoordinateReport> {
  const { spec, data, trainer } = prepared;
  const asked = completeOptions(spec, options);
  const names = options.parametrization === undefined ? [...new Set(spec.parametrizations)] : [options.parametrization];
  // All are planned before any is run: what cannot be resolved is said at once.
  const identity = { version: trainer.version, programDigest: trainer.programDigest };
  const plans = names.map((parametrization) => planCoordinateCheck(spec, data, identity, { ...asked, parametrization }));
  const checks: CoordinateCheckResult[] = [];
  for (const plan of plans) checks.push(await checkPlan(plan, prepared, surroundings));
  return { study: spec.study, axis: asked.axis, checks };
}

/** Options with the study's own settings and defaults filled in; values of the study's check belong to its axis alone. */
function completeOptions(spec: StudySpec, options: CoordinateCheckOptions) {
  const own = coordinateCheckSpecSchema.parse(spec.coordinateCheck ?? {});
  const axis = options.axis ?? own.axis;
  return {
    axis,
    axisValues: options.axisValues ?? (axis === own.axis ? own.values : undefined),
    steps: options.steps ?? own.steps,
    seeds: options.seeds ?? own.seeds,
    learningRate: options.learningRate ?? own.learningRate,
  };
}

async function checkPlan(
  plan: CoordinatePlan,
  { spec, specHash, trainer }: Pick<PreparedStudy, "spec" | "specHash" | "trainer">,
  surroundings: CheckSurroundings,
): Promise<CoordinateCheckResult> {
  const { db, onProgress } = surroundings;
  const contentHash = coordinatePlanHash(plan);
  const known = db === null ? undefined : await findCoordinateCheck(db, contentHash);
  if (db !== null && known !== undefined) {
    const { createdAt, ...measured } = known;
    onProgress(`${plan.parametrization}: the same check was carried out ${createdAt.toISOString()}, nothing is trained again`);
    await insertCoordinateCheck(db, spec.study, measured);
    return { ...measured, reused: true, stored: true };
  }
  const { rows, diverged } = await collect(plan, trainer.command, surroundings);
  const { axis, modules, reservations, hints } = plan;
  const measured: MeasuredCheck = {
    contentHash,
    parametrization: plan.parametrization,
    optimizer: spec.optimizer.name,
    hyperparameters: { ...plan.hyperparameters },
    batchSizeTokens: plan.batchSizeTokens,
    specHash,
    trainer: { version: trainer.version, programDigest: trainer.programDigest },
    runKeys: plan.runs.map(({ run }) => run.runKey),
    check: checkCoordinates({ axis, rows, modules, diverged, reservations, hints }),
  };
  if (db !== null) await insertCoordinateCheck(db, spec.study, measured);
  return { ...measured, reused: false, stored: db !== null };
}

async function collect(
  plan: CoordinatePlan,
  command: readonly string[],
  surroundings: CheckSurroundings,
): Promise<{ readonly rows: readonly MeasuredCoordinate[]; readonly diverged: readonly DivergedRun[] }> {
  const home = await mkdtemp(join(tmpdir(), "ladder-coordinates-"));
  try {
    return await runCoordinatePlan(plan, { ...surroundings, command, home });
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}
