import { findSearchStrategy } from "../analysis/search/index.ts";
import { completeScale } from "../analysis/search/list.ts";
import { studyScales } from "../analysis/search/scales.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { type Scale, type ScaleAxis, scaleAxes } from "../analysis/study/scale.ts";
import type { StudySpec } from "../analysis/study/study-spec.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import type { TrialRunResult } from "../analysis/study/trial.ts";
import { studyResults } from "../infra/postgres/results.ts";
import { getStudy, type Study } from "../infra/postgres/studies.ts";
import { listSweeps, type Sweep } from "../infra/postgres/sweeps.ts";
import { comparableSweeps } from "./read-study-progress.ts";

/** What is asked of a study's results: along which axis, of which hyperparameter. */
export interface StudyQuestion {
  readonly axis: ScaleAxis;
  readonly hyperparameter: string;
}

/** What transfer tests and recommendations speak of. */
export interface SweptStudy {
  readonly study: Study;
  /** The newest sweep over a space. */
  readonly sweep: Sweep;
  /**
   * Results of all sweeps over a space that may stand beside it. Listed trials, such as those of a proof, take no part: a
   * recommendation stays the same when it has been tried.
   */
  readonly results: readonly TrialRunResult[];
}

/**
 * A study with its newest sweep over a space and the results that belong to it.
 *
 * @throws LadderError missing STUDY_NOT_FOUND; conflict NOT_SWEPT when the study has only listed trials
 */
export async function getSweptStudy(db: LadderDatabase, name: string): Promise<SweptStudy> {
  const study = await getStudy(db, name);
  const swept = (await listSweeps(db, study.id)).filter((candidate) => findSearchStrategy(candidate.spec.strategy.name).sweepsSpace);
  const sweep = swept.at(-1);
  if (sweep === undefined)
    throw new LadderError("conflict", "NOT_SWEPT", `study ${name} has no sweep over a space`, { hint: "ladder submit study.yaml" });
  return { study, sweep, results: await studyResults(db, study.id, { sweepIds: comparableSweeps(swept).map(({ id }) => id) }) };
}

/**
 * Fills in what the user left out: the one axis on which the study's scales (or, with one scale only, its target) differ,
 * else width; the learning rate if it is swept, else the only swept hyperparameter.
 *
 * @throws LadderError input AXIS_UNKNOWN, HYPERPARAMETER_NOT_SWEPT
 */
export function completeQuestion(
  spec: StudySpec,
  asked: { readonly axis?: string | undefined; readonly hyperparameter?: string | undefined },
): StudyQuestion {
  return { axis: completeAxis(spec, asked.axis), hyperparameter: completeHyperparameter(spec, asked.hyperparameter) };
}

/**
 * The scale to recommend for: the study's target with what the user changed; axes named by neither are the largest of the
 * sweep.
 *
 * @param changes as typed, `width=256`
 * @throws LadderError input TARGET_INVALID
 */
export function completeTarget(spec: StudySpec, changes: readonly string[]): Scale {
  const changed = Object.fromEntries(changes.map(parseTarget));
  return completeScale({ ...spec.target, ...changed }, studyScales(spec));
}

function parseTarget(text: string): readonly [ScaleAxis, number] {
  const [name, value] = text.split("=");
  const axis = scaleAxes.find((candidate) => candidate === name);
  if (axis === undefined || value === undefined || !/^[1-9]\d*$/.test(value)) {
    throw new LadderError("input", "TARGET_INVALID", `${JSON.stringify(text)} is not a target`, {
      hint: `write AXIS=NUMBER, for example width=256; the axes are ${scaleAxes.join(", ")}`,
    });
  }
  return [axis, Number(value)];
}

function completeAxis(spec: StudySpec, asked: string | undefined): ScaleAxis {
  if (asked !== undefined) {
    const axis = scaleAxes.find((candidate) => candidate === asked);
    if (axis !== undefined) return axis;
    throw new LadderError("input", "AXIS_UNKNOWN", `there is no scale axis ${JSON.stringify(asked)}`, {
      hint: `the axes are ${scaleAxes.join(", ")}`,
    });
  }
  const varying = scaleAxes.filter((axis) => new Set(studyScales(spec).map((scale) => scale[axis])).size > 1);
  return (varying.includes("width") ? "width" : varying[0]) ?? "width";
}

function completeHyperparameter(spec: StudySpec, asked: string | undefined): string {
  const swept = Object.keys(spec.space);
  if (asked === undefined) return swept.find((name) => name === "learningRate") ?? swept[0] ?? "learningRate";
  if (swept.includes(asked)) return asked;
  throw new LadderError("input", "HYPERPARAMETER_NOT_SWEPT", `${JSON.stringify(asked)} was not swept`, {
    hint: `swept: ${swept.join(", ")}`,
  });
}
