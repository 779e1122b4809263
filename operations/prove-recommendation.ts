import { compareWithMeasured, measuredAt, type MeasuredLoss, type ProofComparison } from "../analysis/recommendation/proof.ts";
import { writtenScale } from "../analysis/search/variants.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { type StudySpec, studySpecSchema } from "../analysis/study/study-spec.ts";
import type { TrialRunResult } from "../analysis/study/trial.ts";
import { studyResults } from "../infra/postgres/results.ts";
import { getStudy } from "../infra/postgres/studies.ts";
import { planSpec } from "./prepare-study.ts";
import type { Session } from "./session.ts";
import type { RecommendationContent } from "./stored-recommendation.ts";
import { getSweptStudy } from "./study-question.ts";
import { type Submission, submitStudy } from "./submit-study.ts";

/** A recommendation that is to be tried, or was. */
export interface ProofSubject {
  readonly id: string;
  readonly content: RecommendationContent;
}

/** What was measured at the target beside what was predicted for it. Plain JSON. */
export interface Proof {
  readonly recommendation: string;
  /** Runs with the recommended value. */
  readonly recommended: readonly MeasuredLoss[];
  /** Runs with the alternative: another parametrization's proxy optimum, carried up unchanged. */
  readonly alternative: readonly MeasuredLoss[];
  readonly comparison: ProofComparison;
}

/**
 * Trains the target scale with the recommended value and with its alternative, as a sweep of listed trials of the same
 * study; runs that are there already are reused. Returns when it is submitted: follow the study to its end, then read
 * the proof with `readProof`.
 *
 * @param seeds those of the sweep when left out
 * @throws LadderError conflict NO_ALTERNATIVE when the study swept only one parametrization
 */
export async function submitProof(session: Session, { content }: ProofSubject, seeds?: readonly number[]): Promise<Submission> {
  const { sweep } = await getSweptStudy(session.db, content.study);
  const prepared = planSpec({ spec: proofSpec(sweep.spec, content, seeds ?? sweep.spec.seeds), data: sweep.data, trainer: sweep.trainer });
  return submitStudy(session, prepared, { concurrency: sweep.concurrency });
}

/** The spec of the proof: the study's own, with two listed trials in place of the space. */
export function proofSpec(spec: StudySpec, content: RecommendationContent, seeds: readonly number[]): StudySpec {
  const alternative = requireAlternative(content);
  const trial = (parametrization: string, value: number, target = content.target): object => ({
    parametrization,
    hyperparameters: { ...content.held, [content.hyperparameter]: value },
    scale: writtenScale(spec, parametrization, target),
  });
  return studySpecSchema.parse({
    ...spec,
    parametrizations: [content.parametrization, alternative.parametrization],
    seeds,
    strategy: {
      name: "list",
      trials: [trial(content.parametrization, content.value), trial(alternative.parametrization, alternative.value, alternative.target)],
    },
  });
}

/**
 * Compares what was measured at the target with what was predicted; null while no seed has finished under both choices.
 *
 * @throws LadderError missing STUDY_NOT_FOUND
 */
export async function readProof({ db }: Pick<Session, "db">, subject: ProofSubject): Promise<Proof | null> {
  const study = await getStudy(db, subject.content.study);
  return proofOf(await studyResults(db, study.id), subject);
}

/** The same from results that are in memory. */
export function proofOf(results: readonly TrialRunResult[], { id, content }: ProofSubject): Proof | null {
  const { alternative, hyperparameter, parametrization, value, target } = content;
  if (alternative === null) return null;
  const recommended = measuredAt(results, { parametrization, hyperparameter, value, target });
  const others = measuredAt(results, {
    parametrization: alternative.parametrization,
    hyperparameter,
    value: alternative.value,
    target: alternative.target ?? target,
  });
  if (!recommended.some(({ loss }) => loss !== null) || !others.some(({ loss }) => loss !== null)) return null;
  return { recommendation: id, recommended, alternative: others, comparison: compareWithMeasured(alternative.excess, others, recommended) };
}

function requireAlternative(content: RecommendationContent): NonNullable<RecommendationContent["alternative"]> {
  if (content.alternative !== null) return content.alternative;
  throw new LadderError(
    "conflict",
    "NO_ALTERNATIVE",
    `${content.parametrization} is the only parametrization of study ${content.study} with a measured optimum, so there is nothing to prove it against`,
    {
      hint: "add another parametrization to the study file, for example sp, and submit it again",
    },
  );
}
