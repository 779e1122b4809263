import { parametrizationNames } from "../analysis/parametrizations/index.ts";
import { viewVariant } from "../analysis/search/variants.ts";
import { contentHash, type JsonValue } from "../analysis/study/content-hash.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import type { TrialRunResult } from "../analysis/study/trial.ts";
import { type Basin, measureBasins } from "../analysis/transfer/basins.ts";
import type { DriftComparison } from "../analysis/transfer/drift-comparison.ts";
import { compareDrifts } from "../analysis/transfer/paired-drift.ts";
import { defaultTransferTest, type TransferTest } from "../analysis/transfer/transfer-test.ts";
import { type VariantMatrix, variantMatrix } from "../analysis/transfer/variant-matrix.ts";
import { testTransfers } from "../analysis/transfer/verdict.ts";
import { insertFit } from "../infra/postgres/fits.ts";
import { ladderVersion } from "./ladder-version.ts";
import type { Session } from "./session.ts";
import { asJson } from "./json-value.ts";
import { completeQuestion, getSweptStudy, type StudyQuestion } from "./study-question.ts";

export interface TransferOptions {
  readonly axis?: string | undefined;
  readonly hyperparameter?: string | undefined;
  /** Half width of the equivalence zone, octaves per doubling. */
  readonly marginOctavesPerDoubling?: number | undefined;
  /** Level of every interval. */
  readonly level?: number | undefined;
  /** Only this one. */
  readonly parametrization?: string | undefined;
}

/** Transfer tests of a study with the rows of the fits table that keep them. Plain JSON. */
export interface TransferReport extends StudyQuestion {
  readonly study: string;
  readonly tests: readonly TransferTest[];
  /** The drifts of the parametrizations compared seed by seed; none with one parametrization. */
  readonly comparisons: readonly DriftComparison[];
  /** Ids of the stored fits, one a test. */
  readonly fits: readonly string[];
  /** For a study with variants, unless one was asked for: a row a variant, beside what is published. */
  readonly matrix: VariantMatrix | null;
}

/**
 * Tests whether the optimum of a hyperparameter stays put along a scale axis, for each parametrization, and stores each
 * test as a fit: the hash of its rows, its options and the version of the code. The same rows give the same ids.
 *
 * @throws LadderError missing STUDY_NOT_FOUND; conflict NO_RESULTS; input AXIS_UNKNOWN, HYPERPARAMETER_NOT_SWEPT,
 *   PARAMETRIZATION_UNKNOWN
 */
export async function testStudyTransfer(
  { db }: Pick<Session, "db">,
  studyName: string,
  options: TransferOptions = {},
): Promise<TransferReport> {
  const { study, sweep, results } = await getSweptStudy(db, studyName);
  const question = completeQuestion(sweep.spec, options);
  if (options.parametrization !== undefined) viewVariant(sweep.spec, options.parametrization);
  const tests = inOrder(transferTests(results, question, options), sweep.spec.parametrizations);
  const fits: string[] = [];
  for (const test of tests) {
    const rows = results.filter((result) => test.runKeys.includes(result.runKey) && result.parametrization === test.parametrization);
    fits.push(
      await insertFit(db, {
        study: study.name,
        studyId: study.id,
        law: "optimum-drift",
        rowsHash: hashRows(rows),
        content: asJson(test),
        codeVersion: ladderVersion(),
        runKeys: test.runKeys,
      }),
    );
  }
  const matrix =
    options.parametrization === undefined
      ? variantMatrix(tests, transferBasins(results, question, options.level), sweep.spec.variants)
      : null;
  const names = parametrizationNames(tests.map(({ parametrization }) => parametrization));
  const comparisons = compareDrifts(tests, { names, ...(options.level === undefined ? {} : { level: options.level }) });
  return { study: study.name, ...question, tests, comparisons, fits, matrix };
}

/** Tests in the order in which the study file names their parametrizations. */
export function inOrder<Test extends { readonly parametrization: string }>(
  tests: readonly Test[],
  order: readonly string[],
): readonly Test[] {
  return [...tests].sort((left, right) => order.indexOf(left.parametrization) - order.indexOf(right.parametrization));
}

/** The tests of results that are in memory, in the order in which parametrizations occur in them. */
export function transferTests(
  results: readonly TrialRunResult[],
  question: StudyQuestion,
  options: Omit<TransferOptions, keyof StudyQuestion> = {},
): readonly TransferTest[] {
  const tests = testTransfers(transferBasins(results, question, options.level), {
    marginOctavesPerDoubling: options.marginOctavesPerDoubling ?? defaultTransferTest.marginOctavesPerDoubling,
    level: options.level ?? defaultTransferTest.level,
    names: parametrizationNames(results.map(({ parametrization }) => parametrization)),
  });
  const chosen = tests.filter((test) => options.parametrization === undefined || test.parametrization === options.parametrization);
  if (chosen.length > 0) return chosen;
  throw new LadderError("input", "PARAMETRIZATION_NOT_SWEPT", `${options.parametrization ?? "nothing"} was not swept in this study`, {
    hint: `swept: ${[...new Set(tests.map((test) => test.parametrization))].join(", ")}`,
  });
}

/** Loss basins of a study's results. @throws LadderError conflict NO_RESULTS before any run has finished */
export function transferBasins(
  results: readonly TrialRunResult[],
  question: StudyQuestion,
  level: number = defaultTransferTest.level,
): readonly Basin[] {
  const swept = results.filter((result) => result.hyperparameters[question.hyperparameter] !== undefined);
  if (!swept.some((result) => result.state === "finished")) {
    throw new LadderError("conflict", "NO_RESULTS", "no run of this study has finished yet, so there is nothing to measure", {
      hint: "ladder watch STUDY",
    });
  }
  return measureBasins(swept, { ...question, level });
}

/** Identity of the rows behind a fit: which runs, at which values and scales, with which losses. */
export function hashRows(rows: readonly TrialRunResult[]): string {
  const content: JsonValue = rows.map(({ runKey, parametrization, hyperparameters, scale, seed, state, loss, cluster }) => ({
    runKey,
    parametrization,
    hyperparameters,
    scale,
    seed,
    state,
    loss,
    cluster,
  }));
  return contentHash(content);
}
