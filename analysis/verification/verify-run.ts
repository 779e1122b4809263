import type { ResolvedRun } from "../study/run-key.ts";
import type { Schedule } from "../study/trainer-contract.ts";
import { compareLearningRates } from "./learning-rates.ts";
import { compareMovement } from "./movement.ts";
import { rateSeries, readConvention } from "./rate-series.ts";
import { type Finding, type LoggedPoint, type RunVerification, verificationVersion } from "./run-verification.ts";
import { followedDifferently } from "./schedule-causes.ts";
import { compareInitialSizes, initialPoints, isSmall, sizeSeries } from "./tensor-sizes.ts";

const mostUnknownNames = 20;

export interface VerifyOptions {
  /** The run's result is that it diverged. */
  readonly diverged?: boolean;
  /** The schedule that the trainer says it followed, in its `done` line. */
  readonly followed?: Schedule | null;
}

/**
 * Compares what a trainer logged with what was resolved for it: `learningRate/<group or tensor>` at every logged step, and
 * `parameterRms/<tensor>` at step 0 and along the run. Rates may differ by 1e-4 relatively; an initial RMS by five standard
 * errors of its sampling and 1e-3.
 *
 * @param points visible points of all attempts (an attempt hides older ones from its first step on), in any order
 */
export function verifyRun(run: ResolvedRun, points: readonly LoggedPoint[], options: VerifyOptions = {}): RunVerification {
  const rates = rateSeries(run, points);
  const sizes = sizeSeries(run.tensors, points);
  const hasRates = rates.series.length > 0;
  const convention = hasRates ? readConvention(run.schedule, rates.series) : null;
  const movement = compareMovement(run, sizes.series, options.diverged === true);
  const findings = [
    ...(convention === null ? [] : compareLearningRates(run, rates.series, convention === "either" ? "update" : convention)),
    ...(options.followed == null ? [] : followedFindings(run, options.followed)),
    ...compareInitialSizes(run, sizes.series),
    ...movement.findings,
  ];
  const initial = sizes.series.filter((series) => initialPoints(series).length > 0);
  const compared: RunVerification["compared"] = {
    tensors: run.tensors.length,
    learningRate: {
      names: rates.series.length,
      tensors: new Set(rates.series.flatMap(({ tensors }) => tensors)).size,
      points: rates.series.reduce((sum, series) => sum + series.points.length, 0),
      convention,
    },
    initialRms: { tensors: initial.length, small: initial.filter(({ row }) => row.initStd > 0 && isSmall(row)).length },
    movement: { tensors: movement.tensors },
    unknownNames: [...rates.unknown, ...sizes.unknown].slice(0, mostUnknownNames),
  };
  const status = findings.length > 0 ? "failed" : hasRates || initial.length > 0 || movement.tensors > 0 ? "passed" : "not-logged";
  return { version: verificationVersion, status, findings, compared, words: wordsOf(status, findings, compared) };
}

function followedFindings(run: ResolvedRun, followed: Schedule): readonly Finding[] {
  const differing = followedDifferently(run.schedule, followed);
  if (differing.length === 0) return [];
  const cause = `the trainer says that it followed another schedule: ${differing.join(", ")}`;
  return [
    {
      quantity: "schedule",
      kind: "schedule",
      logged: ["done"],
      tensors: run.tensors.map(({ name }) => name),
      attempt: 1,
      step: 0,
      points: 1,
      expected: null,
      used: null,
      ratio: null,
      likelyCause: cause,
      words: cause,
    },
  ];
}

function wordsOf(status: RunVerification["status"], findings: readonly Finding[], compared: RunVerification["compared"]): string {
  if (status === "failed") return findings.map(({ words }) => words).join("; ");
  const unknown =
    compared.unknownNames.length === 0
      ? ""
      : `; not compared, because no group and no tensor of the run has the name: ${compared.unknownNames.slice(0, 3).join(", ")}${compared.unknownNames.length > 3 ? " …" : ""}`;
  if (status === "not-logged")
    return compared.tensors === 0
      ? "the model lists no tensors, so there is nothing to compare with"
      : `the trainer logged neither learningRate/<group> nor parameterRms/<tensor>: what it used is not known${unknown}`;
  const { tensors, learningRate, initialRms } = compared;
  const rates =
    learningRate.tensors === 0
      ? "learning rates were not logged"
      : `the learning rates of ${learningRate.tensors} of ${tensors} tensors are as resolved at ${learningRate.points} points${learningRate.convention === "next-update" ? " (a rate logged at step n is that of the next update)" : ""}`;
  const small = initialRms.small === 0 ? "" : ` (${initialRms.small} too small to show less than 20 %)`;
  const initial =
    initialRms.tensors === 0
      ? "the RMS of tensors at step 0 was not logged"
      : `the RMS at step 0 of ${initialRms.tensors} of ${tensors}${small} is as resolved`;
  return `${rates}; ${initial}${unknown}`;
}
