import { z } from "zod";
import type { IndependentSearch } from "../analysis/search/independent/measure.ts";
import { shareInPercent } from "../analysis/study/number-words.ts";
import { type CoordinateVerdictLine, listCoordinateVerdicts } from "../infra/postgres/coordinate-checks.ts";
import { listFits } from "../infra/postgres/fits.ts";
import { readRunChecks } from "../infra/postgres/run-checks.ts";
import { findRuns } from "../infra/postgres/runs.ts";
import { listRecommendations } from "../infra/postgres/recommendations.ts";
import { studyResults } from "../infra/postgres/results.ts";
import { getStudy } from "../infra/postgres/studies.ts";
import { listSweeps } from "../infra/postgres/sweeps.ts";
import { listTrials } from "../infra/postgres/trials.ts";
import { findIndependentSearch } from "./report-independent.ts";
import { findRangeTests, type RangeTestFinding } from "./report-range-test.ts";
import { comparableSweeps, progressOfStudy } from "./read-study-progress.ts";
import { readStoredRecommendation } from "./stored-recommendation.ts";
import type { Session } from "./session.ts";
import type { StudyProgress } from "./study-progress.ts";

/** A study as `show` prints it. */
export interface StudyDetails {
  readonly progress: StudyProgress;
  /** Failed runs with what is known of the failure, in the order of the plan. */
  readonly failures: readonly { readonly runKey: string; readonly errorClass: string | null; readonly message: string | null }[];
  /** Whether trainers used what was resolved, of the runs with a result; `mismatches` are those that did not. */
  readonly usedAgainstResolved: {
    readonly passed: number;
    readonly failed: number;
    readonly notLogged: number;
    readonly mismatches: readonly { readonly runKey: string; readonly words: string }[];
  };
  /** What a search in stages has found so far: lines, combination, interactions; null for other strategies. */
  readonly independentSearch: IndependentSearch | null;
  /** What the curves of a study of range tests tell. */
  readonly rangeTests: readonly RangeTestFinding[];
  /** The newest of each rule set and axis. */
  readonly coordinateChecks: readonly CoordinateVerdictLine[];
  readonly recommendations: readonly { readonly id: string; readonly words: string }[];
  /** Kept fits of scaling laws, the newest first. */
  readonly fits: readonly { readonly id: string; readonly law: string; readonly words: string }[];
}

/** What a line on a kept fit of a law is made of; transfer tests are kept beside it in another form. */
const fitSummarySchema = z.object({
  kind: z.literal("law-fit"),
  rows: z.object({ used: z.int() }),
  holdout: z.object({ meanAbsoluteRelativeError: z.number(), rows: z.int() }).nullable(),
});

function fitWords({ rows, holdout }: z.infer<typeof fitSummarySchema>): string {
  const score =
    holdout === null
      ? "no larger run held out"
      : `error ${shareInPercent(holdout.meanAbsoluteRelativeError)} on ${holdout.rows} larger runs`;
  return `${rows.used} rows, ${score}`;
}

/** @throws LadderError missing STUDY_NOT_FOUND */
export async function showStudy({ db }: Pick<Session, "db">, studyName: string): Promise<StudyDetails> {
  const study = await getStudy(db, studyName);
  const progress = await progressOfStudy(db, study);
  const sweeps = comparableSweeps(await listSweeps(db, study.id));
  const { spec } = study;
  const results = await studyResults(db, study.id);
  const data = sweeps.findLast((sweep) => sweep.spec.strategy.name === spec.strategy.name)?.data;
  const trials = await Promise.all(sweeps.map((sweep) => listTrials(db, sweep.id)));
  const runs = await findRuns(
    db,
    trials.flat().flatMap((trial) => trial.runs.map(({ runKey }) => runKey)),
  );
  const checks = await readRunChecks(
    db,
    runs.map(({ runKey }) => runKey),
  );
  const count = (wanted: string): number => [...checks.values()].filter(({ status }) => status === wanted).length;
  return {
    progress,
    independentSearch: findIndependentSearch(spec, data, results),
    rangeTests: await findRangeTests(db, spec, results),
    usedAgainstResolved: {
      passed: count("passed"),
      failed: count("failed"),
      notLogged: count("not-logged"),
      mismatches: [...checks].flatMap(([runKey, { status, words }]) => (status === "failed" ? [{ runKey, words }] : [])),
    },
    fits: (await listFits(db, study.name)).flatMap(({ id, law, content }) => {
      const parsed = fitSummarySchema.safeParse(content);
      return parsed.success ? [{ id, law, words: fitWords(parsed.data) }] : [];
    }),
    failures: runs.filter(({ state }) => state === "failed").map(({ runKey, errorClass, message }) => ({ runKey, errorClass, message })),
    coordinateChecks: await listCoordinateVerdicts(db, study.name),
    recommendations: (await listRecommendations(db, study.id)).map((row) => ({
      id: row.id,
      words: readStoredRecommendation(row).content.words,
    })),
  };
}
