import { parametrizationNames } from "../analysis/parametrizations/index.ts";
import { recommendValue } from "../analysis/recommendation/recommend.ts";
import type { TargetPrediction } from "../analysis/recommendation/target-prediction.ts";
import { trainedScale, writtenScale } from "../analysis/search/variants.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { TrialRunResult } from "../analysis/study/trial.ts";
import type { StudySpec } from "../analysis/study/study-spec.ts";
import { variantMatrix } from "../analysis/transfer/variant-matrix.ts";
import { listAttempts } from "../infra/postgres/attempts.ts";
import type { LadderDatabase } from "../infra/postgres/connect.ts";
import { listCoordinateVerdicts } from "../infra/postgres/coordinate-checks.ts";
import { listRecommendations } from "../infra/postgres/recommendations.ts";
import { studyResults } from "../infra/postgres/results.ts";
import { readRunChecks } from "../infra/postgres/run-checks.ts";
import { findRuns } from "../infra/postgres/runs.ts";
import { getStudy, type Study } from "../infra/postgres/studies.ts";
import { listSweeps } from "../infra/postgres/sweeps.ts";
import { listTrials } from "../infra/postgres/trials.ts";
import { asJson } from "./json-value.ts";
import { ladderVersion } from "./ladder-version.ts";
import { proofOf } from "./prove-recommendation.ts";
import { progressOfStudy } from "./read-study-progress.ts";
import type { Session } from "./session.ts";
import { readStoredRecommendation, type StoredRecommendation } from "./stored-recommendation.ts";
import { type StudyDocument, studyDocumentSchema } from "./study-document.ts";
import { studyFigures } from "./study-figures.ts";
import { completeQuestion, getSweptStudy, type StudyQuestion } from "./study-question.ts";
import { hashRows, inOrder, transferBasins, transferTests } from "./test-transfer.ts";

/**
 * The whole study as one document. All analysis in it is computed from the stored results at this moment; the same
 * results give the same numbers.
 *
 * @throws LadderError missing STUDY_NOT_FOUND
 */
export async function exportStudy(
  { db }: Pick<Session, "db">,
  studyName: string,
  asked: { readonly axis?: string | undefined } = {},
): Promise<StudyDocument> {
  const study = await getStudy(db, studyName);
  const { spec, results: sweptResults } = await readSwept(db, study);
  const sweeps = await listSweeps(db, study.id);
  const progress = await progressOfStudy(db, study);
  const trials = await Promise.all(
    sweeps.map(async (sweep) =>
      (await listTrials(db, sweep.id)).map(({ number, parametrization, hyperparameters, scale, runs }) => ({
        sweep: sweep.number,
        number,
        parametrization,
        hyperparameters,
        scale,
        runs,
      })),
    ),
  );
  const results = await studyResults(db, study.id);
  const recommendations = (await listRecommendations(db, study.id)).map(readStoredRecommendation);
  const question = completeQuestion(spec, asked);
  const runKeys = trials.flat().flatMap((trial) => trial.runs.map(({ runKey }) => runKey));
  const analysis = analyse({ swept: sweptResults, all: results }, question, recommendations, spec);
  const document = {
    format: "ladder-study",
    version: 1,
    ladder: ladderVersion(),
    study: study.name,
    question: study.spec.question ?? null,
    state: progress.state,
    spec,
    totals: progress.totals,
    spent: progress.spent,
    sweeps: sweeps.map(({ studyId: _studyId, workflowId: _workflowId, budget: _budget, ...sweep }) => sweep),
    trials: trials.flat(),
    runs: await describeRuns({ db }, runKeys),
    results,
    recommendations,
    coordinateChecks: await listCoordinateVerdicts(db, study.name),
    ...analysis,
  };
  return studyDocumentSchema.parse(asJson(document));
}

/** The newest spec over a space with its results; a study of listed trials alone has no such results. */
async function readSwept(
  db: LadderDatabase,
  study: Study,
): Promise<{ readonly spec: StudySpec; readonly results: readonly TrialRunResult[] }> {
  try {
    const { sweep, results } = await getSweptStudy(db, study.name);
    return { spec: sweep.spec, results };
  } catch (error) {
    if (error instanceof LadderError && error.code === "NOT_SWEPT") return { spec: study.spec, results: [] };
    throw error;
  }
}

/** Everything computed: basins, tests, proofs, figures. Without finished runs there is none of it. */
function analyse(
  results: { readonly swept: readonly TrialRunResult[]; readonly all: readonly TrialRunResult[] },
  question: StudyQuestion,
  recommendations: readonly StoredRecommendation[],
  spec: StudySpec,
): Readonly<Record<"transfer" | "proofs" | "figures", unknown>> {
  if (!results.swept.some(({ state }) => state === "finished")) return { transfer: null, proofs: [], figures: [] };
  const order = spec.parametrizations;
  const basins = transferBasins(results.swept, question);
  const tests = inOrder(transferTests(results.swept, question), order);
  const proofs = recommendations.flatMap((subject) => {
    const proof = proofOf(results.all, subject);
    return proof === null ? [] : [{ proof, content: subject.content }];
  });
  const predictions = predictionsFor(results.swept, question, recommendations[0], spec);
  return {
    transfer: {
      ...question,
      rows: results.swept,
      rowsHash: hashRows(results.swept),
      basins,
      tests,
      matrix: variantMatrix(tests, basins, spec.variants),
    },
    proofs: proofs.map(({ proof }) => proof),
    figures: studyFigures({ basins, tests, predictions, proofs, order }),
  };
}

async function describeRuns({ db }: Pick<Session, "db">, runKeys: readonly string[]): Promise<readonly unknown[]> {
  const described: unknown[] = [];
  const checks = await readRunChecks(db, runKeys);
  for (const { runKey, state, seed, loss, step, tokens, errorClass, message, cluster } of await findRuns(db, runKeys)) {
    const attempts = (await listAttempts(db, runKey)).map((attempt) => ({
      attempt: attempt.attempt,
      state: attempt.state,
      executor: attempt.executor,
      jobId: attempt.jobId,
      codeCommit: attempt.codeCommit,
      dirtyDigest: attempt.dirtyDigest,
      host: attempt.host,
      cpuSeconds: attempt.cpuSeconds,
      startedAt: attempt.startedAt,
      endedAt: attempt.endedAt,
    }));
    described.push({
      ...{ runKey, state, seed, loss, step, tokens, errorClass, message, cluster, attempts },
      usedAgainstResolved: checks.get(runKey) ?? null,
    });
  }
  return described;
}

/** Predictions of every parametrization at the target of the newest recommendation. */
function predictionsFor(
  results: readonly TrialRunResult[],
  question: StudyQuestion,
  newest: StoredRecommendation | undefined,
  spec: StudySpec,
): readonly TargetPrediction[] {
  if (newest === undefined) return [];
  const { base } = newest.content;
  const order = spec.parametrizations;
  const written = writtenScale(spec, newest.content.parametrization, newest.content.target);
  return order.flatMap((parametrization) => {
    const target = trainedScale(spec, parametrization, written);
    try {
      const result = recommendValue(results, { ...question, parametrization, target, base, names: parametrizationNames(order) });
      return result.outcome === "recommended" ? [result.prediction] : [];
    } catch (error) {
      // A parametrization that was not swept along this axis has no prediction; the figure does without.
      if (error instanceof LadderError && error.code === "PARAMETRIZATION_NOT_SWEPT") return [];
      throw error;
    }
  });
}
