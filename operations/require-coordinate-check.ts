import { findSearchStrategy } from "../analysis/search/index.ts";
import { LadderError } from "../analysis/study/ladder-error.ts";
import { checkStudyCoordinates, type CheckSurroundings } from "./check-coordinates.ts";
import { projectFolder } from "./coordinate-target.ts";
import type { PreparedStudy } from "./prepare-study.ts";
import type { Session } from "./session.ts";

/** How a check before a submission takes part. */
export type CheckBeforeSubmission = Pick<CheckSurroundings, "onProgress" | "signal">;

/** Seconds until a run of the check is stopped. */
const timeoutSeconds = 3600;

/**
 * Carries out the coordinate check that a study asks for before it is swept, for every one of its rule sets and variants. A
 * check that was carried out before counts; listed trials, such as those of a proof, are not checked again.
 *
 * @throws LadderError `rejected` COORDINATE_CHECK_NOT_PASSED when one fails, or is undecided where `require` is `pass`; and
 *   what `checkStudyCoordinates` throws
 */
export async function requireCoordinateCheck(
  { settings, db }: Pick<Session, "settings" | "db">,
  prepared: PreparedStudy,
  { onProgress, signal }: CheckBeforeSubmission,
): Promise<void> {
  const { spec } = prepared;
  const wanted = spec.coordinateCheck;
  if (wanted === undefined || !findSearchStrategy(spec.strategy.name).sweepsSpace) return;
  onProgress(`${spec.study}: coordinate check over ${wanted.axis} before the sweep`);
  const { checks } = await checkStudyCoordinates(
    prepared,
    {},
    {
      settings,
      db,
      workingDirectory: projectFolder(settings),
      concurrency: prepared.concurrency,
      timeoutSeconds,
      onProgress,
      signal,
    },
  );
  const refused = checks.filter(({ check }) => check.verdict === "fail" || (check.verdict === "undecided" && wanted.require === "pass"));
  for (const { parametrization, check } of checks)
    onProgress(`${check.verdict === "undecided" ? "warning: " : ""}${parametrization}: ${check.words}`);
  if (refused.length === 0) return;
  throw new LadderError(
    "rejected",
    "COORDINATE_CHECK_NOT_PASSED",
    `${spec.study} was not submitted: the coordinate check over ${wanted.axis} that it requires did not pass for ${refused.map(({ parametrization }) => parametrization).join(", ")}`,
    {
      fields: {
        study: spec.study,
        axis: wanted.axis,
        require: wanted.require,
        verdicts: Object.fromEntries(checks.map(({ parametrization, check }) => [parametrization, check.verdict])),
      },
      problems: refused.map(({ parametrization, check }) => ({
        path: parametrization,
        message: check.words,
        ...(check.hints[0] === undefined ? {} : { fix: check.hints[0] }),
      })),
      hint: `see all of it with ladder coordinate-check STUDY.yaml, or ${wanted.require === "pass" ? "write require: not-fail or " : ""}take coordinateCheck out of the study file`,
    },
  );
}
